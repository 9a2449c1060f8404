"""Business days against an oracle that counts differently: numpy's, with the holidays written out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.clock import (
    END_OF_DAY,
    add_business_days,
    business_days_between,
    due_in_business_days,
    due_in_working_hours,
    is_business_day,
)

# 5 U.S.C. 6103 for 2026 and 2027, with the day off where the holiday itself falls on a weekend.
FEDERAL = [date.fromisoformat(day) for day in (
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", "2026-07-04", "2026-09-07",
    "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
    "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-06-18", "2027-06-19", "2027-07-04", "2027-07-05",
    "2027-09-06", "2027-10-11", "2027-11-11", "2027-11-25", "2027-12-24", "2027-12-25", "2027-12-31",
)]
DAYS = st.dates(date(2026, 1, 1), date(2027, 9, 30))
ZONES = st.sampled_from(["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
                         "America/Phoenix", "Pacific/Honolulu", "America/Anchorage", "UTC"])
INSTANTS = st.datetimes(datetime(2026, 1, 2), datetime(2027, 9, 30), timezones=st.just(UTC))


def test_every_day_of_two_years_is_judged_like_the_calendar_of_the_law() -> None:
    day = date(2026, 1, 1)
    while day < date(2027, 12, 31):
        assert is_business_day(day) == (day.weekday() < 5 and day not in FEDERAL), day
        day += timedelta(days=1)


@given(day=DAYS, count=st.integers(0, 40))
def test_adding_business_days_agrees_with_the_oracle(day: date, count: int) -> None:
    # "forward" moves a start that is no business day onto the next one, which is then the first, not the zeroth.
    rolled = np.busday_offset(day, 0, roll="forward", holidays=FEDERAL).astype(date)
    steps = count - 1 if count and rolled != day else count
    expected = np.busday_offset(day, steps, roll="forward", holidays=FEDERAL).astype(date)
    assert add_business_days(day, count) == expected


@given(day=DAYS, count=st.integers(1, 20))
def test_between_undoes_adding(day: date, count: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    later = add_business_days(day, count)
    end = datetime(later.year, later.month, later.day, 1, tzinfo=UTC)
    assert business_days_between(noon, end, zone="UTC") == count
    assert business_days_between(end, noon, zone="UTC") == 0


@pytest.mark.parametrize(("day", "count", "expected"), [
    ("2026-07-02", 1, "2026-07-06"),  # the Fourth is a Saturday: Friday is off, then the weekend
    ("2026-11-25", 1, "2026-11-27"),  # Thanksgiving
    ("2026-11-25", 2, "2026-11-30"),
    ("2026-12-31", 1, "2027-01-04"),  # over the year's end
    ("2027-12-30", 1, "2028-01-03"),  # New Year 2028 is a Saturday: the day off lies in 2027
    ("2026-11-21", 0, "2026-11-23"),  # a Saturday rolls on
    ("2026-11-23", 0, "2026-11-23"),
])
def test_adding_over_holidays(day: str, count: int, expected: str) -> None:
    assert add_business_days(date.fromisoformat(day), count) == date.fromisoformat(expected)


def test_a_states_own_holiday_counts_only_there() -> None:
    friday_after_thanksgiving = date(2026, 11, 27)
    assert is_business_day(friday_after_thanksgiving)
    assert not is_business_day(friday_after_thanksgiving, state="TX")
    assert is_business_day(friday_after_thanksgiving, state="NY")
    assert is_business_day(friday_after_thanksgiving, state="no such state")


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_business_days(date(2026, 11, 23), -1)


@given(now=INSTANTS, count=st.integers(0, 15), zone=ZONES)
def test_due_is_five_in_the_afternoon_there_on_a_business_day(now: datetime, count: int, zone: str) -> None:
    due = due_in_business_days(now, count, zone=zone)
    assert due.utcoffset() == timedelta(0)
    there = due.astimezone(ZoneInfo(zone))
    assert there.time() == END_OF_DAY
    assert is_business_day(there.date())
    assert there.date() == add_business_days(now.astimezone(ZoneInfo(zone)).date(), count)
    assert count == 0 or due > now


@pytest.mark.parametrize(("now", "expected"), [
    ("2026-03-06T18:00", "2026-03-09T22:00"),  # clocks go forward on Sunday 8 March: 17:00 is 22:00 UTC, not 23:00
    ("2026-03-05T18:00", "2026-03-06T23:00"),
    ("2026-10-30T18:00", "2026-11-02T23:00"),  # and back on Sunday 1 November
    ("2026-11-24T05:30", "2026-11-24T23:00"),  # half past eleven on the evening of Monday in Chicago
])
def test_due_keeps_to_the_clock_on_the_wall(now: str, expected: str) -> None:
    due = due_in_business_days(datetime.fromisoformat(now).replace(tzinfo=UTC), 1, zone="America/Chicago")
    assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def _minute_by_minute(now: datetime, hours: int, zone: str) -> datetime:
    """The oracle: the clock on the wall there is looked at each minute, and working minutes are counted."""
    left = hours * 60
    while left:
        there = now.astimezone(ZoneInfo(zone))
        left -= is_business_day(there.date()) and 9 <= there.hour < 17
        now += timedelta(minutes=1)
    return now


@given(
    st.datetimes(datetime(2026, 10, 25), datetime(2026, 12, 1), timezones=st.just(UTC)), st.integers(1, 17),
    st.sampled_from(["America/Chicago", "America/New_York", "Pacific/Honolulu"]),
)  # fmt: skip
def test_working_hours_are_those_of_the_wall_clock(now: datetime, hours: int, zone: str) -> None:
    now = now.replace(second=0, microsecond=0)
    due = due_in_working_hours(now, hours, zone=zone)
    assert due == _minute_by_minute(now, hours, zone) and due.tzinfo is UTC
