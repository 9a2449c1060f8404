"""Fit rates that are soft when few, a cadence, and a note that is kind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from warmhandoff.rules.conversation import flags
from warmhandoff.rules.niche import Source, checked_niche, fit_in_words, kind_note, say_again, taught, wants_note
from warmhandoff.rules.reading import measure

TODAY = date(2026, 11, 23)


def source(fits: int = 0, poor: int = 0, other: int = 0, heard: int | None = None) -> Source:
    return Source(1, "Dr. Falk", fits, poor, other, None if heard is None else TODAY - timedelta(days=heard))


@pytest.mark.parametrize(
    ("one", "rate", "words"),
    [
        (source(), None, "Nothing to tell a fit by yet."), (source(other=9), None, "Nothing to tell a fit by yet."),
        (source(1, 1), None, "1 of 2 fitted so far: too few to say."), (source(4, 1), 0.8, "4 of 5 fitted."),
        (source(4, 0, 7), None, "4 of 4 fitted so far: too few to say."),
    ],
)  # fmt: skip
def test_few_are_called_few(one: Source, rate: float | None, words: str) -> None:
    assert one.rate == rate and fit_in_words(one) == words


def test_it_is_said_again_after_three_months_and_a_note_follows_poor_fits() -> None:
    assert say_again(source(), TODAY) and say_again(source(heard=90), TODAY) and not say_again(source(heard=89), TODAY)
    assert wants_note(source(1, 2), TODAY) and not wants_note(source(0, 1), TODAY)
    assert not wants_note(source(5, 2), TODAY) and not wants_note(source(0, 4, heard=10), TODAY)
    assert taught(source()) == "" and taught(source(1)).startswith("You said yes once")
    assert "3 times" in taught(source(3))


def test_the_note_is_kind_plain_and_about_no_client() -> None:
    niche, level = checked_niche("I help adults live well with pain.")
    note = kind_note("Dr. Falk", niche)
    assert not flags(note) and not measure(note).too_hard and not level.too_hard
    assert niche in note and "thank you" in note
