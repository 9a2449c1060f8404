"""Facts that Warm Handoff itself wrote into a file of another format, each with its dates: they are read back whole.

HSDS carries them as attributes, Plan-Net as extensions. Where a service carries them, its other fields are passed over:
they say the same in the words of their standard, and less exactly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from warmhandoff.directory.exporting import CARRIED_AS
from warmhandoff.directory.fields import checked
from warmhandoff.rules.refusals import BadInput, Problem

__all__ = ["CARRIED_AS", "Carried", "carried", "day_of"]
_LONGEST = 20_000


@dataclass(frozen=True)
class Carried:
    """field -> value, and field -> (seen, verified)."""

    facts: dict[str, Any]
    dates: Mapping[str, tuple[date | None, date | None]]


def carried(said: Iterable[tuple[str, object]], today: date) -> Carried | None:
    """(field, JSON of "value", "seen_on" and "verified_on") of each fact; None where there is none.

    Refuses (BadInput, naming the field) what is no fact, no JSON, no date, or of a day yet to come.
    """
    facts, dates = dict[str, Any](), dict[str, tuple[date | None, date | None]]()
    for field, text in said:
        try:
            fact = json.loads(text[:_LONGEST]) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            fact = None
        if not isinstance(fact, dict):
            raise BadInput(Problem("is carried without a value that can be read", field=field[:60]))
        facts[field] = fact.get("value")
        dates[field] = (day_of(fact.get("seen_on"), field, today), day_of(fact.get("verified_on"), field, today))
    known = {field: value for field, value in checked(facts).items() if value is not None}
    return Carried(known, dates) if known else None


def day_of(text: object, field: str, today: date) -> date | None:
    """A day like 2027-06-30, not after today; None for nothing."""
    if text in (None, ""):
        return None
    try:
        day = date.fromisoformat(str(text))
    except ValueError as error:
        reason = f"a date like 2027-06-30 is needed, not {str(text)[:40]!r}"
        raise BadInput(Problem(reason, field=field[:60])) from error
    if day > today:
        raise BadInput(Problem(f"{day} is yet to come", field=field[:60]))
    return day
