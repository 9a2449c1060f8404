"""Fifty at once with the same link and the right code: one comes in, every time."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, database

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_ROUNDS", "2"))
RACERS = 50


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_comes_in_by_a_link_however_many_try(kind: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    with database(kind, tmp_path) as env:
        env.pop("WARMHANDOFF_SMTP_URL")
        command = [PYTHON, "-m", "tests.faults.redeeming", str(ROUNDS), str(RACERS)]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["came_in"] == [1] * ROUNDS, said
    assert said["used"] == said["entered"] == ROUNDS
    assert set(said["told"]) <= {"not_there", "too_many"} and sum(said["told"].values()) == ROUNDS * (RACERS - 1)
    say(f"{kind}: {ROUNDS} rounds of {RACERS}, {said['told']}")
