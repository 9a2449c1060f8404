"""The practice's calendar as the demo sees it: moments counted in business days before (or after) its today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from warmhandoff.rules.clock import is_business_day

ZONE = ZoneInfo("America/Chicago")
STATE = "TX"
OPENS = time(9, 0)


@dataclass(frozen=True)
class Calendar:
    """Business days around `now`. Everything of day 0 happens before nine, so that it lies before `now` as well."""

    now: datetime

    @cached_property
    def anchor(self) -> date:
        """Day 0: the last business day whose nine o'clock is not after `now`."""
        local = self.now.astimezone(ZONE)
        day = local.date()
        if local.time() < OPENS:
            day -= timedelta(days=1)
        while not is_business_day(day, state=STATE):
            day -= timedelta(days=1)
        return day

    def day(self, back: int) -> date:
        """The business day that lies `back` business days before day 0; after it for a negative count."""
        day, step = self.anchor, timedelta(days=-1 if back > 0 else 1)
        for _ in range(abs(back)):
            day += step
            while not is_business_day(day, state=STATE):
                day += step
        return day

    def moment(self, back: int, clock: str) -> datetime:
        """An instant: the time of day "HH:MM" in the practice's zone, on the business day `back` days ago."""
        return datetime.combine(self.day(back), time.fromisoformat(clock), ZONE)

    def days_ago(self, count: int, clock: str = "10:00") -> datetime:
        """An instant `count` calendar days before day 0, whatever day of the week that is."""
        return datetime.combine(self.anchor - timedelta(days=count), time.fromisoformat(clock), ZONE)

    def born(self, age: int, *, month: int, day: int) -> str:
        """The date of birth (ISO) of someone who is `age` years old today and has her birthday on that day."""
        today = self.now.astimezone(ZONE).date()
        return date(today.year - age - ((month, day) > (today.month, today.day)), month, day).isoformat()
