"""Processes racing the same move: one winner, the others are told that someone was faster."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, database

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("accept", "accept"), ("bare", "bare", "bare"), ("accept", "decline", "end")]


def _run(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", "tests.faults.racing", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


def _race(env: dict[str, str], moves: tuple[str, ...], ids: object, go: Path) -> list[str]:
    racers = [_run(env, move, json.dumps(ids), str(go)) for move in moves]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline().strip() == "ready", racer.communicate()
    go.touch()
    return [_answer(racer) for racer in racers]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_winner_the_others_stale(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        walks = json.loads(_answer(_run(env, "prepare", str(len(races)))))
        for number, (moves, ids) in enumerate(zip(races, walks, strict=True)):
            told = _race(env, moves, ids, tmp_path / f"go-{number}")
            assert sorted(told) == sorted(["won"] + ["stale"] * (len(moves) - 1)), (moves, told)
