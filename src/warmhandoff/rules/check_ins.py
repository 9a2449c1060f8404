"""When a client who agreed is asked how it goes: the defaults in check_ins.toml, and what she may answer."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from warmhandoff.rules.clock import due_in_business_days

HOW = {"page": "On her page", "phone": "By telephone"}
CALL = "Call her: how is it going?"
ASKED_ELSE = "She asked for something else: talk with her"
ONCE_MORE = "Hear once more how it goes, then close the loop"
STEPS = frozenset({CALL, ASKED_ELSE})
# Where a check-in tells how the waiting is, not how the sessions are.
WAITING = frozenset({"sent", "asked", "silent", "declined", "waitlisted", "accepted", "taken", "booked", "missed"})


@dataclass(frozen=True)
class Ask:
    """One time of asking: so many days after it was sent, or after the first session took place."""

    code: str
    label: str
    days: int
    after: str


@cache
def asks() -> dict[str, Ask]:
    """Every time of asking by its code, the earliest first (defaults with their source in check_ins.toml)."""
    table = tomllib.loads(files("warmhandoff.rules").joinpath("check_ins.toml").read_text(encoding="utf-8"))
    return {code: Ask(code, **row) for code, row in table["ask"].items()}


def ask_at(ask: Ask, facts: Mapping[str, datetime | None], *, zone: str, state: str | None) -> datetime | None:
    """When she is asked: the end of the first business day after so many days, in UTC; None before the fact.

    facts: "sent" and "session" -> when it happened.
    """
    since = facts.get(ask.after)
    if since is None:
        return None
    return due_in_business_days(since + timedelta(days=ask.days - 1), 1, zone=zone, state=state)
