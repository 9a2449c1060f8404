"""Due dates in business days. Time itself is read once, at the door, and passed in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

START_OF_DAY, END_OF_DAY = time(9, 0), time(17, 0)


@lru_cache(maxsize=256)
def _holidays(state: str | None, year: int) -> frozenset[date]:
    # Federal holidays plus those of the state, where the library knows the state.
    known = state if state in holidays.country_holidays("US").subdivisions else None
    return frozenset(holidays.country_holidays("US", subdiv=known, years=[year, year + 1]).keys())


def is_business_day(day: date, *, state: str | None = None) -> bool:
    """Monday to Friday and not a public holiday of the United States (or of `state`)."""
    return day.weekday() < 5 and day not in _holidays(state, day.year)


def add_business_days(day: date, count: int, *, state: str | None = None) -> date:
    """The `count`-th business day after `day` (count >= 0); with 0, `day` itself or the next business day."""
    if count < 0:
        raise ValueError("count of business days must not be negative")
    while count > 0 or not is_business_day(day, state=state):
        day += timedelta(days=1)
        if is_business_day(day, state=state):
            count -= 1
            if count <= 0:
                break
    return day


def due_in_business_days(now: datetime, count: int, *, zone: str, state: str | None = None) -> datetime:
    """17:00 in `zone` on the `count`-th business day after `now`, as an instant in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    day = add_business_days(local.date(), count, state=state)
    return datetime.combine(day, END_OF_DAY, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def due_in_working_hours(now: datetime, hours: int, *, zone: str, state: str | None = None) -> datetime:
    """The instant, in UTC, when `hours` working hours are over: 9:00 to 17:00 in `zone`, on business days."""
    place, left = ZoneInfo(zone), timedelta(hours=hours)
    day = now.astimezone(place).date()
    while True:
        begins, ends = (datetime.combine(day, at, place).astimezone(UTC) for at in (START_OF_DAY, END_OF_DAY))
        room = ends - max(begins, now) if is_business_day(day, state=state) else timedelta()
        if room >= left:
            return max(begins, now.astimezone(UTC)) + left
        left -= max(room, timedelta())
        day += timedelta(days=1)


def business_days_between(start: datetime, end: datetime, *, zone: str, state: str | None = None) -> int:
    """Whole business days from `start` to `end`, both seen in `zone`; 0 when end is not after start."""
    day, last = start.astimezone(ZoneInfo(zone)).date(), end.astimezone(ZoneInfo(zone)).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += is_business_day(day, state=state)
    return count
