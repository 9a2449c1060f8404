"""The registry of what a practice can switch off: every code does something, and nothing else is kept."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import SOURCE
from warmhandoff.rules.lifecycle import MOVES
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.switches import MOVES_OF, SWITCHES, all_of, differing, is_on, moves_off


def test_only_what_differs_is_kept() -> None:
    assert differing(all_of({})) == {}
    assert differing({**all_of({}), "portal": False}) == {"portal": False}
    assert not is_on("portal", {"portal": False}) and is_on("portal", {})
    with pytest.raises(BadInput):
        differing({"everything": True})
    with pytest.raises(KeyError):
        is_on("everything", {})


def test_what_is_off_takes_its_moves_away() -> None:
    assert {move for moves in MOVES_OF.values() for move in moves} <= MOVES.keys()
    assert moves_off({}) == frozenset() and moves_off({"conversations": False}) == {"talk"}


@pytest.mark.parametrize("code", SWITCHES)
def test_every_switch_is_asked_for_somewhere(code: str) -> None:
    asked = re.compile(rf"""(?:\b(?:is_on|uses)\([^"'()]*,\s|\bon\[)["']{code}["']|\bswitches\.{code}\b""")
    pages = [path for path in SOURCE.rglob("*") if path.suffix in (".py", ".html") and path.name != "switches.py"]
    moves = code in MOVES_OF
    assert moves or any(asked.search(path.read_text()) for path in pages), f"nothing looks at the switch {code}"
    assert len(SWITCHES[code].shows.split()) > 5
