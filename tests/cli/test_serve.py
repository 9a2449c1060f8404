"""serve and worker as an operator meets them: first start, keys, link, refusals."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server

pytestmark = pytest.mark.slow


def _run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PYTHON, "-m", "warmhandoff", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_first_start_makes_everything_and_prints_a_link_once(tmp_path: Path) -> None:
    server = Server(environment(tmp_path / "data"), tmp_path / "log")
    server.start()
    server.kill()
    first = (tmp_path / "log").read_text()
    assert re.search(r"/start/#[0-9a-z]{52}\n", first)
    for key in (tmp_path / "data-keys").iterdir():
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (tmp_path / "data" / "warmhandoff.sqlite3").exists()
    assert not list((tmp_path / "data").glob("*.key")), "keys lie beside the data, not in it"


def test_a_lost_encryption_key_stops_the_start_and_makes_no_new_one(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    assert _run(env, "user", "list").returncode == 0
    key = tmp_path / "data-keys" / "encryption.key"
    key.rename(tmp_path / "elsewhere")
    told = _run(env, "user", "list")
    assert told.returncode == 4 and "encryption key" in told.stderr
    assert not key.exists()


def test_a_key_others_can_read_stops_the_start(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    assert _run(env, "user", "list").returncode == 0
    (tmp_path / "data-keys" / "secret.key").chmod(0o644)
    told = _run(env, "user", "list")
    assert told.returncode == 4 and "chmod 600" in told.stderr


def test_an_unreachable_database_says_so(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", WARMHANDOFF_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    told = _run(env, "user", "list")
    assert told.returncode == 4 and "database cannot be used" in told.stderr


def test_an_unknown_setting_stops_the_start(tmp_path: Path) -> None:
    told = _run(environment(tmp_path / "data", WARMHANDOFF_COLOUR="red"), "user", "list")
    assert told.returncode == 4 and "WARMHANDOFF_COLOUR" in told.stderr


def test_the_worker_runs_apart_and_stops_when_told(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", WARMHANDOFF_WORKER="apart")
    command = [PYTHON, "-m", "warmhandoff", "worker"]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert "worker runs" in worker.stdout.readline()
        time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0
