"""What the command line says to bad input: an exit code scripts can rely on, and words that name file and field."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.environment import SOURCE
from tests.matching.examples import LISTING, NEED
from warmhandoff.cli.match import match
from warmhandoff.rules.refusals import BadInput

pytestmark = pytest.mark.slow

COUNT = {"fast": 150, "ci": 3000, "nightly": 30_000}[os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast")]
ODD: tuple[Any, ...] = (None, True, -1, 0, 1e308, 10**400, "", "\x00", "\ud800", "é" * 999, [], [[]], {},
                        {"": {}}, [None], ["trauma", "trauma"], "NaN",
                        {"plan": 3}, {"zip": "00000"}, {"lat": 91, "lon": 0})  # fmt: skip

WHOLE = re.compile("JSON|object|UTF-8|nested|number|empty")  # reasons that are about the whole file


def warmhandoff(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as it is typed, with data and keys of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WARMHANDOFF_", "DJANGO_"))}
    env = {**kept, "PYTHONPATH": str(SOURCE), "WARMHANDOFF_DATA": str(folder / "data"), **more}
    command = [sys.executable, "-m", "warmhandoff", *arguments]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def whole(said: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert said.returncode == code, (said.returncode, said.stderr)
    assert "Traceback" not in said.stderr + said.stdout
    for word in words:
        assert word in said.stderr, (word, said.stderr)


# --- match


def odd(value: Any, chance: Random) -> Any:
    """The value with one place in it changed for something odd."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(sorted(value))
        change = chance.choice([odd(value[key], chance), chance.choice(ODD)])
        renamed = chance.choice([key] * 5 + ["surprise"])
        return {**{k: v for k, v in value.items() if k != key}, renamed: change}
    return chance.choice(ODD)


def run_match(folder: Path, need: bytes, listings: bytes) -> None:
    (folder / "need.json").write_bytes(need)
    (folder / "listings.jsonl").write_bytes(listings)
    app = typer.Typer()
    app.command()(match)
    result = CliRunner().invoke(app, [str(folder / "need.json"), "--directory", str(folder), "--json"])
    if result.exit_code == 0:
        json.loads(result.stdout)
        return
    assert isinstance(result.exception, BadInput), (need, listings, result.exception)
    assert result.exception.exit_code == 2 and result.stdout == ""
    for problem in result.exception.problems:
        assert problem.file and Path(problem.file).name in ("need.json", "listings.jsonl"), problem
        assert problem.reason and (problem.field is not None or problem.line or WHOLE.search(problem.reason)), problem


def test_odd_needs_and_listings(tmp_path: Path) -> None:
    for seed in range(COUNT):
        chance = Random(seed)
        need, rows = NEED, [LISTING, LISTING | {"id": 2}]
        if seed % 2:
            need = odd(need, chance)
        else:
            rows[1] = odd(rows[1], chance)
        run_match(tmp_path, json.dumps(need).encode(), "\n".join(map(json.dumps, rows)).encode())


def test_odd_bytes(tmp_path: Path) -> None:
    good_need, good_row = json.dumps(NEED).encode(), json.dumps(LISTING).encode()
    for seed in range(COUNT // 3):
        chance = Random(seed)
        need, row = bytearray(good_need), bytearray(good_row)
        spoiled = need if seed % 2 else row
        for _ in range(chance.randrange(1, 5)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        run_match(tmp_path, bytes(need), bytes(row))
    for data in (b"", b"\x00", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b"null"):
        run_match(tmp_path, data, good_row)
        run_match(tmp_path, good_need, data)


# --- exit codes as scripts see them


def test_an_unknown_option_and_command_end_with_2(tmp_path: Path) -> None:
    whole(warmhandoff(tmp_path, "--nonsense"), 2, "--nonsense")
    whole(warmhandoff(tmp_path, "match", "--nonsense"), 2, "--nonsense")
    whole(warmhandoff(tmp_path, "conjure"), 2, "conjure")


@pytest.mark.slow
def test_import_ends_with_0_1_or_2(tmp_path: Path) -> None:
    good, rejected, other = tmp_path / "good.csv", tmp_path / "some.csv", tmp_path / "other.csv"
    (tmp_path / "my.toml").write_text(
        '[source]\nname = "mine"\n[key]\ncolumns = ["id"]\n'
        '[facts.name]\ncolumn = "name"\n[facts.kind]\ncolumn = "kind"\n'
    )
    good.write_text("id,name,kind\n1,Ana,therapist\n")
    rejected.write_text("id,name,kind\n1,Ana,therapist\n2,Bo,wizard\n")
    other.write_text("a,b\n1,2\n")
    mapping = ("--mapping", str(tmp_path / "my.toml"))
    assert warmhandoff(tmp_path, "import", "csv", str(good), *mapping).returncode == 0
    said = warmhandoff(tmp_path, "import", "csv", str(rejected), *mapping)
    assert said.returncode == 1 and "line 3: kind" in said.stdout
    whole(warmhandoff(tmp_path, "import", "csv", str(other), *mapping), 2, "other.csv")
    whole(warmhandoff(tmp_path, "import", "csv", str(tmp_path / "none.csv"), *mapping), 2, "none.csv")
    whole(warmhandoff(tmp_path, "import", "csv", str(good), "--mapping", "none.toml"), 2, "none.toml")


@pytest.mark.slow
def test_a_key_that_cannot_be_used_ends_with_4(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "encryption.key"
    key.parent.mkdir()
    where = {"WARMHANDOFF_ENCRYPTION_KEY_FILE": str(key)}
    (tmp_path / "a.csv").write_text("id,name,kind\n1,Ana,therapist\n")
    for data, mode in ((b"", 0o600), (b"\xff\xfe\x00", 0o600), (b"not a key\n", 0o600)):
        key.write_bytes(data)
        key.chmod(mode)
        whole(warmhandoff(tmp_path, "import", "csv", "a.csv", **where), 4, "encryption.key")
    key.unlink()
    key.mkdir()
    whole(warmhandoff(tmp_path, "import", "csv", "a.csv", **where), 4, "encryption.key")


@pytest.mark.slow
def test_a_secret_key_that_cannot_be_used_ends_with_4(tmp_path: Path) -> None:
    name = "WARMHANDOFF_SECRET_KEY_FILE"
    key = tmp_path / "secret.key"
    (tmp_path / "a.csv").write_text("id,name,kind\n")
    key.write_text("short")
    key.chmod(0o600)
    whole(warmhandoff(tmp_path, "import", "csv", "a.csv", **{name: str(key)}), 4, "secret.key")
    key.write_text("x" * 60)
    key.chmod(0o644)
    whole(warmhandoff(tmp_path, "import", "csv", "a.csv", **{name: str(key)}), 4, "chmod 600")
    key.write_bytes(b"\xff" * 60)
    key.chmod(0o600)
    whole(warmhandoff(tmp_path, "import", "csv", "a.csv", **{name: str(key)}), 4, "secret.key")


@pytest.mark.slow
def test_a_disk_that_takes_nothing_ends_with_4(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,kind\n")
    (tmp_path / "file").write_text("not a folder")
    for data in (tmp_path / "file" / "data", Path("/dev/full/data"), Path("/proc/nothing/data")):
        whole(warmhandoff(tmp_path, "import", "csv", "a.csv", WARMHANDOFF_DATA=str(data)), 4)


def test_a_full_disk_ends_with_4(tmp_path: Path) -> None:
    """The database cannot grow: a limit on file size stands for a full disk."""
    (tmp_path / "a.csv").write_text("id,name,kind\n")
    line = f'ulimit -f 8; trap "" XFSZ; exec "{sys.executable}" -m warmhandoff import csv a.csv'
    env = {**{k: v for k, v in os.environ.items() if not k.startswith(("WARMHANDOFF_", "DJANGO_"))},
           "PYTHONPATH": str(SOURCE), "WARMHANDOFF_DATA": str(tmp_path / "data")}  # fmt: skip
    whole(subprocess.run(["bash", "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True, check=False), 4)


def test_output_that_nobody_can_take_ends_with_4(tmp_path: Path) -> None:
    (tmp_path / "need.json").write_text(json.dumps(NEED))
    (tmp_path / "listings.jsonl").write_text(json.dumps(LISTING))
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "warmhandoff", "match", "need.json", "--directory", "listings.jsonl"]
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            command, env=env, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert said.returncode == 4 and "Traceback" not in said.stderr, said.stderr
