"""Two of a practice answer the same referral at the same instant: one answer stands, whole, on both databases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.places import database
from tests.faults.racers import count, prepared, race

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("clinician", "coordinator"), ("clinician", "clinician"), ("coordinator", "accept", "clinician")]
MODULE = "racing_redirect"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_answer_stands(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        for number, (hows, ids) in enumerate(zip(races, prepared(MODULE, env, len(races)), strict=True)):
            told = race(MODULE, env, hows, ids, tmp_path / f"go-{number}")
            assert told.count("won") == 1 and set(told) <= {"won", "stale", "not_now"}, (hows, told)
            state, moves, answers, names = count(MODULE, env, ids)
            winner = hows[told.index("won")]
            wanted = {"clinician": ("redirected", "3"), "coordinator": ("redirected", "2"), "accept": ("accepted", "0")}
            assert (state, names) == wanted[winner] and (moves, answers) == ("2", "1"), (hows, told)
