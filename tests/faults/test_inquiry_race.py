"""Several say yes for her at the same instant: exactly one stands, on both databases, and nobody waits for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.places import database
from tests.faults.racers import count, prepared, race

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("0", "1", "2"), ("0", "0"), ("2", "1", "answer 0")]
MODULE = "racing_inquiry"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_is_confirmed_the_others_are_withdrawn(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        for number, (places, ids) in enumerate(zip(races, prepared(MODULE, env, len(races)), strict=True)):
            told = race(MODULE, env, places, ids, tmp_path / f"go-{number}")
            confirming = [said for place, said in zip(places, told, strict=True) if not place.startswith("answer")]
            assert sorted(confirming) == ["not_now"] * (len(confirming) - 1) + ["won"], (places, told)
            confirmed, withdrawn = count(MODULE, env, ids)
            assert confirmed == "1" and int(withdrawn) in (1, 2), (places, told)
