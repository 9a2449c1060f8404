"""Two of a practice answer the same referral at the same instant: one answer stands, whole, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, database

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("clinician", "coordinator"), ("clinician", "clinician"), ("coordinator", "accept", "clinician")]


def _run(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", "tests.faults.racing_redirect", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_answer_stands(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        prepared = json.loads(_answer(_run(env, "prepare", str(len(races)))))
        for number, (hows, ids) in enumerate(zip(races, prepared, strict=True)):
            go, given = tmp_path / f"go-{number}", json.dumps(ids)
            racers = [_run(env, how, given, str(go)) for how in hows]
            for racer in racers:
                assert racer.stdout is not None
                assert racer.stdout.readline().strip() == "ready", racer.communicate()
            go.touch()
            told = [_answer(racer) for racer in racers]
            assert told.count("won") == 1 and set(told) <= {"won", "stale", "not_now"}, (hows, told)
            state, moves, answers, names = _answer(_run(env, "count", given, "-")).split()
            winner = hows[told.index("won")]
            wanted = {"clinician": ("redirected", "3"), "coordinator": ("redirected", "2"), "accept": ("accepted", "0")}
            assert (state, names) == wanted[winner] and (moves, answers) == ("2", "1"), (hows, told)
