"""The PostgreSQL of the tests: starts, answers on its socket alone, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.house.tree import ROOT
from tests.postgres import running_postgres

pytestmark = pytest.mark.postgres


def test_it_runs_while_the_block_does_and_leaves_nothing() -> None:
    with running_postgres() as url:
        base = Path(parse_qs(urlsplit(url).query)["host"][0])
        with psycopg.connect(url) as connection:
            settings = dict(connection.execute("select name, setting from pg_settings").fetchall())
            assert settings["fsync"] == "off" and settings["listen_addresses"] == ""
            assert connection.execute("select current_user").fetchone() == ("postgres",)
        owner = (base / "data").stat().st_uid
        assert owner != 0 and (owner == os.geteuid() or os.geteuid() == 0)
    assert not base.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_it_is_gone_also_when_the_block_fails() -> None:
    with pytest.raises(ValueError, match="broken"), running_postgres() as url:
        raise ValueError("broken")
    assert not Path(parse_qs(urlsplit(url).query)["host"][0]).exists()


def test_a_command_is_given_the_database_and_keeps_its_exit_code() -> None:
    inner = "import os, sys; sys.exit(7 if os.environ['WARMHANDOFF_TEST_DATABASE_URL'].startswith('postgres') else 1)"
    command = [sys.executable, "tests/postgres.py", "--", sys.executable, "-c", inner]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == 7
    assert subprocess.run(command[:2], cwd=ROOT, capture_output=True, timeout=60, check=False).returncode == 2
