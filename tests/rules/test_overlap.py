"""A long run of another text is found wherever it stands, and a short one is not."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from warmhandoff.rules.overlap import LONGEST_RUN, shares_run

WORDS = st.text(alphabet="abc d", max_size=90)


def _noise(seed: int, length: int) -> str:
    return "".join(random.Random(seed).choices(string.ascii_lowercase, k=length))


@pytest.mark.parametrize("length", [59, 60, 61, 90])
@pytest.mark.parametrize("start", [0, 1, 29, 30, 31, 61, 100])
def test_sixty_in_a_row_are_found_at_every_place(start: int, length: int) -> None:
    note = _noise(1, 400)
    text = f"{_noise(2, 50).upper()}0{note[start : start + length]}0{_noise(3, 50).upper()}"
    assert shares_run(text, [_noise(4, 300), note]) == (length >= LONGEST_RUN)


def test_line_ends_and_capitals_do_not_hide_it() -> None:
    said = "She said that her brother had never once asked how she was after the accident."
    assert shares_run(said.replace(" ", "\n  ").upper(), [said]) and not shares_run(said[:58], [said])


@hypothesis_settings(max_examples=150)
@given(WORDS, WORDS, st.integers(min_value=4, max_value=20))
def test_it_says_what_looking_at_every_place_says(mine: str, theirs: str, length: int) -> None:
    def flat(text: str) -> str:
        return " ".join(text.split()).casefold()

    one, other = flat(mine), flat(theirs)
    slow = any(one[at : at + length] in other for at in range(len(one) - length + 1))
    assert shares_run(mine, [theirs], length=length) == slow
