"""Quarters and years of the calendar: what a report is about.

Whole ones only: two reports of periods that anyone may choose differ by a day, and that day by one person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from warmhandoff.rules.refusals import BadInput, Problem

_KEY = re.compile(r"(20\d\d)(?:-Q([1-4]))?")


@dataclass(frozen=True)
class Period:
    """A year ("2026") or a quarter ("2026-Q4"). first, last: its days, both within it."""

    key: str
    first: date
    last: date

    @property
    def label(self) -> str:
        year, _, quarter = self.key.partition("-Q")
        return f"{year}, quarter {quarter}" if quarter else year

    def instants(self, zone: str) -> tuple[datetime, datetime]:
        """From when, inclusive, until when, exclusive, on the clock of this zone."""
        begins, ends = self.first, self.last + timedelta(days=1)
        clock = ZoneInfo(zone)
        return (datetime(begins.year, begins.month, begins.day, tzinfo=clock),
                datetime(ends.year, ends.month, ends.day, tzinfo=clock))


def period(key: str) -> Period:
    """The period of this key. BadInput for what is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise BadInput(Problem("choose a year or a quarter", field="period"))
    year, quarter = int(found[1]), int(found[2] or 0)
    first = date(year, 3 * quarter - 2, 1) if quarter else date(year, 1, 1)
    after = date(year + (quarter in (0, 4)), 1 if quarter in (0, 4) else 3 * quarter + 1, 1)
    return Period(key, first, after - timedelta(days=1))


def periods(since: date, today: date) -> list[Period]:
    """Every year and quarter from the one `since` lies in to today's, the latest first, each year before its parts."""
    years = range(today.year, min(since.year, today.year) - 1, -1)
    keys = [key for year in years for key in (str(year), *(f"{year}-Q{quarter}" for quarter in (4, 3, 2, 1)))]
    return [one for one in map(period, keys) if one.first <= today and one.last >= since]
