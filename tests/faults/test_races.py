"""Processes racing the same move: one winner, the others are told that someone was faster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.places import database
from tests.faults.racers import prepared, race

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("accept", "accept"), ("bare", "bare", "bare"), ("accept", "decline", "end")]
MODULE = "racing"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_winner_the_others_stale(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        for number, (moves, ids) in enumerate(zip(races, prepared(MODULE, env, len(races)), strict=True)):
            told = race(MODULE, env, moves, ids, tmp_path / f"go-{number}")
            assert sorted(told) == sorted(["won"] + ["stale"] * (len(moves) - 1)), (moves, told)
