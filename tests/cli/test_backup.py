"""backup, restore and drill as an operator runs them, on both databases, beside a process that writes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults.places import PYTHON, ROOT, database, environment
from warmhandoff.core.keys import make_encryption_key

pytestmark = pytest.mark.slow
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PYTHON, "-m", "warmhandoff", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def practice(kind: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    with database(kind, tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.cli.practice", "make"], env=env, cwd=ROOT, check=True, timeout=120)
        (tmp_path / "out").mkdir()
        yield env


@contextmanager
def writing(env: dict[str, str], stop: Path) -> Iterator[subprocess.Popen[str]]:
    command = [PYTHON, "-m", "tests.cli.practice", "write", str(stop)]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == "writing"
        try:
            yield writer
        finally:
            stop.touch()


def somewhere_new(env: dict[str, str], kind: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a new, empty place with the old keys."""
    shutil.copytree(tmp_path / "data-keys", tmp_path / "new-keys")
    new = {**env, "WARMHANDOFF_DATA": str(tmp_path / "new")}
    if kind == "sqlite":
        return new
    with psycopg.connect(env["WARMHANDOFF_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    parts = urlsplit(env["WARMHANDOFF_DATABASE_URL"])
    return {**new, "WARMHANDOFF_DATABASE_URL": parts._replace(path="/restored").geturl()}


def rows_of(path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What a backup holds, read with the keys of that server."""
    from django.conf import settings

    from warmhandoff.core.sealed_stream import Reader
    from warmhandoff.core.sealing import forget_keys

    monkeypatch.setattr(settings, "ENCRYPTION_KEY_FILE", Path(f"{env['WARMHANDOFF_DATA']}-keys/encryption.key"))
    forget_keys()
    found: dict[str, list[Any]] = {}
    table, names = "", list[str]()
    with path.open("rb") as file:
        for line in Reader(file, path.name).lines():
            if isinstance(line, list):
                found[table].append(dict(zip(names, line, strict=True)))
            elif "table" in line:
                table, names = line["table"], line["columns"]
                found[table] = []
    return found


@BOTH
def test_while_others_write_it_holds_one_instant(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with practice(kind, tmp_path) as env:
        with writing(env, tmp_path / "stop") as writer:
            for number in range(2):
                told = run(env, "backup", str(tmp_path / "out" / f"{number}.whbackup"), "--json")
                assert told.returncode == 0, told.stderr
            assert writer.poll() is None, "the writer was not disturbed"
        counts = []
        for number in range(2):
            rows = rows_of(tmp_path / "out" / f"{number}.whbackup", env, monkeypatch)
            clients = {row["id"] for row in rows["clients_client"]}
            added = {row["client_id"] for row in rows["core_event"] if row["move"] == "add_client"}
            audited = {row["id"] for row in rows["core_auditentry"]}
            assert clients == added, "each client has her event: no half of a transaction"
            assert {row["client_id"] for row in rows["clients_careteam"]} == clients
            assert {row["entry_id"] for row in rows["core_auditedclient"]} <= audited
            counts.append(len(clients))
        assert counts[0] < counts[1], "it was written meanwhile, or this shows nothing"


@BOTH
def test_there_and_back(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with practice(kind, tmp_path) as env:
        first, second = tmp_path / "out" / "a.whbackup", tmp_path / "out" / "b.whbackup"
        made = json.loads(run(env, "backup", str(first), "--drill", "--json").stdout)
        assert made["drill"]["faults"] == [] and made["drill"]["rows"] == made["rows"] > 50
        new = somewhere_new(env, kind, tmp_path)
        told = run(new, "restore", str(first), "--json")
        assert told.returncode == 0, told.stderr
        done = json.loads(told.stdout)
        assert done["rows"] == made["rows"] and done["epoch"] == 1 and done["gate"] == "closed"
        again = run(new, "restore", str(first))
        assert again.returncode == 2 and "not empty" in again.stderr
        assert run(new, "backup", str(second)).returncode == 0
        before, after = rows_of(first, env, monkeypatch), rows_of(second, new, monkeypatch)
        for table in before.keys() - {"core_epoch", "core_job"}:
            assert Counter(map(str, before[table])) == Counter(map(str, after[table])), table
        assert run(new, "restore", "--open-gate").returncode == 0
        assert run(new, "restore", "--open-gate").returncode == 3
        assert "lakeside" in run(new, "user", "list").stdout


def test_killed_at_any_moment_it_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    with practice("sqlite", tmp_path) as env:
        command = [PYTHON, "-c", KILLED, "backup", str(tmp_path / "out" / "a.whbackup")]
        for moment in ("_write_tables", "_read_back", "_give_name"):
            env["WARMHANDOFF_TEST_MOMENT"] = moment
            done = subprocess.run(command, env=env, cwd=ROOT, timeout=60, check=False)
            assert done.returncode == -signal.SIGKILL
            left = [path.name for path in (tmp_path / "out").iterdir()]
            assert "a.whbackup" not in left and any(name.endswith(".part") for name in left), (moment, left)
        assert run(env, "backup", str(tmp_path / "out" / "a.whbackup")).returncode == 0


# `backup`, killed by itself as soon as this step of it is done (the naming: before it begins).
KILLED = """
import os, signal, sys
from warmhandoff.cli import environment
start = environment.start_django
def prepared(*a, **k):
    start(*a, **k)
    from warmhandoff.core import backing_up
    name = os.environ["WARMHANDOFF_TEST_MOMENT"]
    step = getattr(backing_up, name)
    def last(*a, **k):
        if name != "_give_name":
            step(*a, **k)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(backing_up, name, last)
import warmhandoff.cli.backup as command
command.start_django = prepared
from warmhandoff.cli import main
main()
"""


def test_refusals_have_their_codes_and_write_nothing(tmp_path: Path) -> None:
    with practice("sqlite", tmp_path) as env:
        path = tmp_path / "out" / "a.whbackup"
        beside = run(env, "backup", str(tmp_path / "data-keys" / "a.whbackup"))
        assert beside.returncode == 3 and "holds the key file" in beside.stderr
        assert run(env, "backup", str(tmp_path / "nowhere" / "a.whbackup")).returncode == 2
        assert run(env, "backup", str(path)).returncode == 0
        assert run(env, "backup", str(path)).returncode == 2
        new = {**env, "WARMHANDOFF_DATA": str(tmp_path / "new")}
        keyless = run(new, "restore", str(path))
        assert keyless.returncode == 4 and "no backup can be read" in keyless.stderr
        assert not (tmp_path / "new-keys" / "encryption.key").exists(), "no key is made up"
        make_encryption_key(tmp_path / "new-keys" / "encryption.key")
        other = run(new, "restore", str(path))
        assert other.returncode == 4 and "another encryption key" in other.stderr
        shutil.copy(tmp_path / "data-keys" / "encryption.key", tmp_path / "new-keys" / "encryption.key")
        path.write_bytes(path.read_bytes()[:-1])
        torn = run(new, "restore", str(path))
        assert torn.returncode == 2 and "altered" in torn.stderr
        assert list((tmp_path / "new").iterdir()) == []
        assert run(new, "drill", str(path)).returncode == 2
        assert run(new, "restore", str(tmp_path / "none")).returncode == 2
        assert run(new, "restore").returncode == 2


def test_a_killed_restore_leaves_no_database(tmp_path: Path) -> None:
    with practice("sqlite", tmp_path) as env:
        path = tmp_path / "out" / "a.whbackup"
        assert run(env, "backup", str(path)).returncode == 0
        new = somewhere_new(env, "sqlite", tmp_path)
        with subprocess.Popen([PYTHON, "-m", "warmhandoff", "restore", str(path)], env=new, cwd=ROOT) as restoring:
            until = time.monotonic() + 60
            while not list((tmp_path / "new").glob(".restoring*")) and time.monotonic() < until:
                time.sleep(0.01)
            restoring.kill()
        assert not (tmp_path / "new" / "warmhandoff.sqlite3").exists()
        assert run(new, "restore", str(path)).returncode == 0, "what it left is no hindrance"
        assert [file.name for file in (tmp_path / "new").iterdir()] == ["warmhandoff.sqlite3"]


def test_the_worker_keeps_a_backup_a_day(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", WARMHANDOFF_WORKER="apart", WARMHANDOFF_BACKUP_FOLDER=str(tmp_path / "daily"))
    with subprocess.Popen([PYTHON, "-m", "warmhandoff", "worker"], env=env, cwd=ROOT) as worker:
        until = time.monotonic() + 60
        while not list(tmp_path.glob("daily/warmhandoff-*.whbackup")) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
        told = run(env, "doctor", "--json")
        worker.terminate()
    assert len(list((tmp_path / "daily").iterdir())) == 1
    assert told.returncode == 0, told.stdout
