"""doctor names what is wrong and what to do, also where a start would be refused, and makes nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults.places import PYTHON, ROOT, database, environment

pytestmark = pytest.mark.slow


def doctor(env: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
    command = [PYTHON, "-m", "warmhandoff", "doctor", "--json"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    document = json.loads(done.stdout)
    assert document["well"] == (done.returncode == 0)
    assert all(row["do"] for row in document["findings"] if row["state"] != "ok"), "each says what to do"
    return done.returncode, document["findings"]


def wrong(findings: list[dict[str, Any]]) -> dict[str, str]:
    return {row["check"]: row["says"] for row in findings if row["state"] != "ok"}


def started(env: dict[str, str]) -> None:
    subprocess.run([PYTHON, "-m", "warmhandoff", "user", "list"], env=env, cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_looks_at_everything_and_finds_the_worker_missing(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as env:
        started(env)
        code, findings = doctor(env)
        one_role = {"roles"} if kind == "postgresql" else set()  # of a superuser, too: the doctor says so
        assert code == 1 and set(wrong(findings)) == {"worker"} | one_role
        looked_at = {"address", "mail", "documents", "disk", "matching", "database", "keys", "worker", "clock"}
        looked_at |= {"backup", "jobs"}
        assert {row["check"] for row in findings} == looked_at | one_role


def test_where_nothing_was_started_it_makes_nothing(tmp_path: Path) -> None:
    code, findings = doctor(environment(tmp_path / "data"))
    assert code == 4 and "cannot be read" in wrong(findings)["settings"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("given", "check", "words"), [
    ({"WARMHANDOFF_COLOUR": "red"}, "settings", "WARMHANDOFF_COLOUR"),
    ({"WARMHANDOFF_CLOCK_OFFSET": "soon"}, "settings", "soon"),
    ({"WARMHANDOFF_TRUSTED_PROXIES": "-1"}, "settings", "WARMHANDOFF_TRUSTED_PROXIES must be a whole number"),
    ({"WARMHANDOFF_LOG_LEVEL": "LOUD"}, "settings", ""),
    ({"WARMHANDOFF_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database", "cannot be used"),
])
def test_what_stops_a_start_is_told_without_a_traceback(
    given: dict[str, str], check: str, words: str, tmp_path: Path
) -> None:
    started(environment(tmp_path / "data"))
    code, findings = doctor(environment(tmp_path / "data", **given))
    assert code == 4 and words in wrong(findings)[check]


def test_each_fault_is_found_together(tmp_path: Path) -> None:
    started(environment(tmp_path / "data"))
    subprocess.run([PYTHON, "-m", "tests.cli.practice", "make"], env=environment(tmp_path / "data"), cwd=ROOT,
                   check=True, timeout=60)
    more = {"WARMHANDOFF_BASE_URL": "http://desk.example.org", "WARMHANDOFF_SMTP_URL": "smtp://127.0.0.1:1",
            "WARMHANDOFF_WORKER": "outside", "WARMHANDOFF_BACKUP_FOLDER": str(tmp_path)}
    code, findings = doctor(environment(tmp_path / "data", **more))
    found = wrong(findings)
    assert code == 1
    assert set(found) == {"address", "mail", "settings", "keys", "worker", "backup", "clock"}
    assert "still to come" in found["clock"], "the cast lives tomorrow"
    assert "never a backup" in found["backup"] and "lies in" in found["keys"]


def test_behind_a_proxy_that_is_not_named_and_with_a_list_that_finds_nothing(tmp_path: Path) -> None:
    started(environment(tmp_path / "data"))
    (tmp_path / "list.txt").write_text("password\n")
    https = {"WARMHANDOFF_BASE_URL": "https://desk.example"}
    more = {**https, "WARMHANDOFF_PASSWORD_BLOCKLIST": str(tmp_path / "list.txt")}
    found = wrong(doctor(environment(tmp_path / "data", **more))[1])
    assert "none is named" in found["proxy"] and "does not hold a SHA-1 hash" in found["settings"]
    found = wrong(doctor(environment(tmp_path / "data", **https, WARMHANDOFF_TRUSTED_PROXIES="1"))[1])
    assert "proxy" not in found and "settings" not in found


@pytest.mark.parametrize("fault", ["torn", "other", "open"])
def test_a_key_that_is_not_right_is_told(fault: str, tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    subprocess.run([PYTHON, "-m", "tests.cli.practice", "make"], env=env, cwd=ROOT, check=True, timeout=60)
    key = tmp_path / "data-keys" / "encryption.key"
    if fault == "torn":
        key.write_text(key.read_text()[:-30])
    elif fault == "open":
        key.chmod(0o644)
    else:
        from warmhandoff.core.keys import make_encryption_key

        key.unlink()
        make_encryption_key(key)
    code, findings = doctor(env)
    says = {"torn": "torn", "other": "not the one", "open": "chmod 600"}[fault]
    assert code == 4 and says in wrong(findings)["keys"]


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    started(env)
    path = tmp_path / "data" / "warmhandoff.sqlite3"
    whole = bytearray(path.read_bytes())
    whole[4096 * 3:4096 * 40] = b"\x5a" * (4096 * 37)
    path.write_bytes(whole)
    code, findings = doctor(env)
    assert code == 4 and "database" in wrong(findings)
