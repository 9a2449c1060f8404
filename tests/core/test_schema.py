"""The tests' tables are those that migrations make."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.places import ROOT, environment
from tests.schema import form_here, form_of


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere the tests' own tables are migrated")
def test_migrations_make_the_tables_of_the_models(db: None, tmp_path: Path) -> None:
    start = "from warmhandoff.cli.environment import start_django; start_django(migrate=True)"
    subprocess.run([sys.executable, "-c", start], env=environment(tmp_path / "data"), cwd=ROOT, check=True)
    migrated = sqlite3.connect(tmp_path / "data" / "warmhandoff.sqlite3")
    try:
        expected, found = form_of(migrated), form_here()
    finally:
        migrated.close()
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
