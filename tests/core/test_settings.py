"""A wrong setting stops the start, and says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from warmhandoff.core.keys import make_encryption_key, make_secret_key

SOURCE = Path(__file__).resolve().parents[2] / "src"
SHOW = "from warmhandoff import settings as s; d = s.DATABASES['default']; print(d['ENGINE'], d['NAME'], d.get('HOST'))"


def start(home: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, as `warmhandoff serve` would at its start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARMHANDOFF_")}
    environment = {**kept, "PYTHONPATH": str(SOURCE), "WARMHANDOFF_DATA": str(home / "data"), **given}
    command = [sys.executable, "-W", "error", "-c", SHOW]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_secret_key(tmp_path / "data-keys" / "secret.key")
    make_encryption_key(tmp_path / "data-keys" / "encryption.key")
    return tmp_path


def test_the_tests_run_on_the_database_that_was_asked_for() -> None:
    asked = "postgresql" if os.environ.get("WARMHANDOFF_TEST_DATABASE_URL") else "sqlite"
    assert connection.vendor == asked


def test_the_embedded_database_lies_in_the_data_folder(home: Path) -> None:
    done = start(home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["django.db.backends.sqlite3", str(home / "data" / "warmhandoff.sqlite3")]


@pytest.mark.parametrize(("url", "name", "host"), [
    ("postgresql://wh:s%40crt@db.internal:5433/desk", "desk", "db.internal"),
    ("postgresql://wh@/desk?host=/var/run/postgresql", "desk", "/var/run/postgresql"),
])
def test_postgresql_is_one_variable(home: Path, url: str, name: str, host: str) -> None:
    done = start(home, WARMHANDOFF_DATABASE_URL=url)
    assert done.stdout.split() == ["django.db.backends.postgresql", name, host], done.stderr


@pytest.mark.parametrize(("given", "words"), [
    ({"WARMHANDOFF_DATABSE_URL": "postgresql://x@y/z"}, "Unknown settings: WARMHANDOFF_DATABSE_URL"),
    ({"WARMHANDOFF_DATABASE_URL": "mysql://x@y/z"}, "must start with postgresql://"),
    ({"WARMHANDOFF_SECRET_KEY_FILE": "/nowhere/secret.key"}, "/nowhere/secret.key cannot be read"),
    ({"WARMHANDOFF_TRUSTED_PROXIES": "one"}, "WARMHANDOFF_TRUSTED_PROXIES must be a whole number"),
])
def test_a_wrong_setting_stops_the_start(home: Path, given: dict[str, str], words: str) -> None:
    done = start(home, **given)
    assert done.returncode != 0 and words in done.stderr and not done.stdout


def test_a_signing_key_others_can_read_stops_the_start(home: Path) -> None:
    key = home / "data-keys" / "secret.key"
    key.chmod(0o640)
    done = start(home)
    assert done.returncode != 0 and f"chmod 600 {key}" in done.stderr


@pytest.mark.parametrize("key", ["a" * 64, "changeme" * 8, "django-insecure-" + "".join(map(chr, range(48, 110)))])
def test_a_signing_key_that_can_be_guessed_stops_the_start(home: Path, key: str) -> None:
    (home / "data-keys" / "secret.key").write_text(key + "\n")
    done = start(home)
    assert done.returncode != 0 and "can be guessed" in done.stderr and key not in done.stderr


def test_a_short_signing_key_stops_the_start(home: Path) -> None:
    (home / "data-keys" / "secret.key").write_text("too short\n")
    done = start(home)
    assert done.returncode != 0 and "shorter than 50 characters" in done.stderr and "too short" not in done.stderr
