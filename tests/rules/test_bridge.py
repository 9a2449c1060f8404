"""The grounds on which a client may be let go, and what each asks of the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from warmhandoff.rules.bridge import Facts, grounds, missing, table

TODAY = date(2026, 11, 23)
KEPT = Facts(
    today=TODAY, notice_days=30, names=2, attempts=2, notice_on=TODAY - timedelta(days=32),
    end_on=TODAY - timedelta(days=1),
)


def test_every_ground_has_a_source_and_a_day() -> None:
    assert list(grounds()) == ["attended", "declined", "agreed", "end_date", "death", "threat", "licence", "illness"]
    assert all(ground.source and ground.as_of <= TODAY for ground in grounds().values())
    assert table()["least"] == {"names": 2, "attempts": 2}


def test_a_stated_end_date_counts_with_notice_names_and_tries() -> None:
    assert missing("end_date", KEPT, "") == []


@pytest.mark.parametrize(("change", "said"), [
    ({"end_on": None}, "No end date was stated."),
    ({"end_on": TODAY}, "The stated end date has not passed."),
    ({"notice_on": None}, "No notice is recorded."),
    ({"notice_on": TODAY - timedelta(days=30)}, "Between notice and end date lie fewer than 30 days."),
    ({"names": 1}, "She was given 1 name; at least 2 are usual."),
    ({"attempts": 1}, "One try to reach her recorded; at least 2 are needed."),
    ({"follow_up": True}, "Since a crisis somebody is still to ask after her: that comes first."),
])  # fmt: skip
def test_each_thing_that_lacks_is_said(change: dict[str, object], said: str) -> None:
    assert missing("end_date", replace(KEPT, **change), "words do not help") == [said]


def test_the_notice_of_the_practice_counts_to_the_day() -> None:
    on_the_day = replace(KEPT, notice_on=KEPT.end_on - timedelta(days=30))  # type: ignore[operator]
    assert missing("end_date", on_the_day, "") == []
    assert on_the_day.earliest_end == KEPT.end_on
    assert missing("end_date", replace(on_the_day, notice_days=31), "") != []


def test_the_record_or_a_sentence_says_that_she_attended_or_declined() -> None:
    for code in ("attended", "declined"):
        assert missing(code, KEPT, " ") == ["Say in a sentence how it is known."]
        assert missing(code, replace(KEPT, **{code: True}), "") == []
        assert missing(code, KEPT, "she called on Monday") == []


def test_exceptions_need_words_and_where_the_clinician_is_gone_a_caretaker() -> None:
    for code in ("death", "threat", "agreed"):
        assert missing(code, KEPT, "") == ["Say in a sentence how it was."]
        assert missing(code, KEPT, "said") == []
    for code in ("licence", "illness"):
        assert missing(code, KEPT, "said") == ["Name the emergency caretaker who holds her from now on."]
        assert missing(code, replace(KEPT, caretaker=True), "said") == []


def test_after_a_crisis_she_is_asked_after_first() -> None:
    waits = replace(KEPT, follow_up=True, caretaker=True)
    free = {code for code in grounds() if not missing(code, waits, "said")}
    assert free == {"attended", "death", "threat"}
