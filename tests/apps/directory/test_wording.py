"""Facts in words, for staff and for clients in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from warmhandoff.directory.wording import age_in_words, fact_in_words, fee_in_words, wait_in_words


@pytest.mark.parametrize(
    ("days", "english", "spanish"),
    [(None, "", ""), (0, "at once", "enseguida"), (1, "in about 1 day", "en 1 día"),
     (9, "in about 9 days", "en unos 9 días"), (21, "in about 3 weeks", "en unas 3 semanas")],
)  # fmt: skip
def test_waits(days: int | None, english: str, spanish: str) -> None:
    assert (wait_in_words(days), wait_in_words(days, "es")) == (english, spanish)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "today"), (1, "1 day ago"), (59, "59 days ago"), (60, "2 months ago"), (729, "24 months ago"),
     (730, "2 years ago")],
)  # fmt: skip
def test_ages(days: int, words: str) -> None:
    assert age_in_words(days) == words


def test_fees() -> None:
    values = {"fee": 15050, "sliding_scale": True, "sliding_floor": 6000, "out_of_network": True}
    assert fee_in_words(values) == "$150.50 a session, sliding scale from $60, out of network"
    assert fee_in_words(values, "es") == "$150.50 por sesión, escala según ingresos desde $60, fuera de la red"
    assert fee_in_words({"sliding_scale": False, "fee": None}) == ""


@pytest.mark.parametrize(
    ("field", "value", "language", "words"),
    [
        ("formats", ["in_person"], "es", "en persona"), ("formats", [], None, "none"), ("formats", [], "es", "ninguno"),
        ("plans", ["aetna", "Local Union 7"], None, "Aetna, Local Union 7"), ("sliding_scale", True, "es", "sí"),
        ("fee", 9000, None, "$90"), ("licensed_until", "2027-06-30", None, "30 June 2027"), ("phone", None, None, ""),
    ],
)  # fmt: skip
def test_facts(field: str, value: Any, language: str | None, words: str) -> None:
    assert fact_in_words(field, value, language) == words
