"""Which facts have gone stale. A stale fact is shown with its age, and reaches the engine as unknown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

FactNow = Mapping[str, Any]
FactsNow = Mapping[str, FactNow]
# Where something is: shown nowhere, on no screen, list or map, where the place is kept confidential.
PLACE = ("address", "city", "state", "zip", "lat", "lon")
_LICENCE = ("licensed_states", "compacts")


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.directory").joinpath("freshness.toml").read_text(encoding="utf-8"))


@cache
def _ages() -> tuple[dict[str, int], frozenset[str]]:
    return _raw()["days"], frozenset(_raw()["never"]["fields"])


def serves() -> Mapping[str, int]:
    """field -> how much it serves the musts of a search, for those that are asked about."""
    weights: dict[str, int] = _raw()["serves"]
    return weights


def days_known(field: str) -> int | None:
    """For how many days a fact of this field counts as known; None: however old it is."""
    days, never = _ages()
    return None if field in never else days.get(field, days["rest"])


def dated(fact: FactNow) -> date:
    """The later of the days on which the fact was seen in its source and verified."""
    seen, verified = date.fromisoformat(fact["seen_on"]), fact.get("verified_on")
    return max(seen, date.fromisoformat(verified)) if verified else seen


def age(fact: FactNow, today: date) -> int:
    """Whole days since the fact was last seen or verified; 0 for a date yet to come."""
    return max(0, (today - dated(fact)).days)


def is_stale(facts: FactsNow, field: str, today: date) -> bool:
    """Whether this fact no longer counts as known. A licence counts to its expiry, where that is known.

    Who pauses until a day is closed until then, however long that is; from that day on nobody knows, until asked.
    """
    fact = facts[field]
    if field == "accepting" and facts.get("paused_until", {}).get("value") and fact["value"] != "open":
        until = date.fromisoformat(facts["paused_until"]["value"])
        if today < until:
            return False
        if dated(fact) < until:
            return True
    if field in _LICENCE and facts.get("licensed_until", {}).get("value"):
        return date.fromisoformat(facts["licensed_until"]["value"]) < today
    limit = days_known(field)
    return limit is not None and age(fact, today) > limit


def changes_on(facts: FactsNow, today: date) -> date:
    """The first day after `today` on which something known today no longer counts as known; date.max: never.

    A verification dated in the days to come keeps its age of 0 for now: then the next day.
    """
    days = [date.max]
    for field, fact in facts.items():
        if fact.get("verified_on") and date.fromisoformat(fact["verified_on"]) > today:
            days.append(today + timedelta(days=1))
        if fact["value"] is None or is_stale(facts, field, today):
            continue
        limit = days_known(field)
        if field in _LICENCE and facts.get("licensed_until", {}).get("value"):
            days.append(date.fromisoformat(facts["licensed_until"]["value"]) + timedelta(days=1))
        elif limit is not None:
            days.append(dated(fact) + timedelta(days=limit + 1))
    return min(days)


def known_values(facts: FactsNow, today: date) -> dict[str, Any]:
    """field -> value of everything that still counts as known on `today`."""
    return {
        field: fact["value"] for field, fact in facts.items()
        if fact["value"] is not None and not is_stale(facts, field, today)
    }  # fmt: skip


def verified_days(facts: FactsNow, today: date) -> int | None:
    """The age in days of the latest verification of any fact; None when none was ever verified."""
    dates = [date.fromisoformat(fact["verified_on"]) for fact in facts.values() if fact.get("verified_on")]
    return max(0, (today - max(dates)).days) if dates else None
