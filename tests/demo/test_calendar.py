"""Days of the demo, counted in business days around any today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.demo.calendar import Calendar
from warmhandoff.demo.schedule import Schedule
from warmhandoff.rules.clock import is_business_day

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # nine in the morning in Texas


def test_day_nought_is_today_from_nine_on() -> None:
    assert Calendar(MONDAY).anchor == date(2026, 11, 23)
    assert Calendar(MONDAY - timedelta(seconds=1)).anchor == date(2026, 11, 20)


def test_a_weekend_and_a_holiday_belong_to_the_day_before() -> None:
    assert Calendar(MONDAY - timedelta(days=1)).anchor == date(2026, 11, 20)
    assert Calendar(datetime(2026, 11, 26, 18, 0, tzinfo=UTC)).anchor == date(2026, 11, 25)  # Thanksgiving


def test_days_are_counted_both_ways() -> None:
    calendar = Calendar(MONDAY)
    assert calendar.day(1) == date(2026, 11, 20)
    assert calendar.day(-1) == date(2026, 11, 24)
    assert calendar.moment(1, "17:00") == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert calendar.days_ago(2).date() == date(2026, 11, 21)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)), st.integers(-15, 60))
def test_what_happened_lies_before_now_and_what_is_booked_after(now: datetime, back: int) -> None:
    calendar = Calendar(now)
    moment = calendar.moment(back, "08:59" if back >= 0 else "20:00")
    assert is_business_day(moment.date(), state="TX")
    assert moment < now if back >= 0 else moment > now - timedelta(days=5)


@pytest.mark.parametrize(
    ("month", "day", "born"), [(11, 23, "1986-11-23"), (11, 24, "1985-11-24"), (1, 1, "1986-01-01")]
)
def test_a_client_is_as_old_as_she_is_said_to_be(month: int, day: int, born: str) -> None:
    assert Calendar(MONDAY).born(40, month=month, day=day) == born


@pytest.mark.django_db
def test_a_schedule_is_played_in_the_order_of_its_times() -> None:
    schedule, heard, told = Schedule(), list[str](), list[tuple[int, int]]()
    for days, word in ((1, "second"), (2, "first"), (0, "third"), (0, "fourth")):
        schedule.add(MONDAY - timedelta(days=days), lambda now, word=word: heard.append(f"{word} {now:%d}"))
    schedule.play(progress=lambda done, every: told.append((done, every)))
    assert heard == ["first 21", "second 22", "third 23", "fourth 23"]
    assert told == [(4, 4)]
