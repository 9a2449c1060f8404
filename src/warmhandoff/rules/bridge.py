"""The bridge: the promise to hold a client until she is seen elsewhere, and what the record shows of its keeping.

Grounds and least numbers are data with source and date (bridge.toml). Everything here is support: it says what is
missing in the record, never that care was or was not abandoned.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

LONGEST_NOTICE = 365  # days
# How one tried to reach her.
TRIES = {"phone": "By phone", "mail": "By mail or letter", "message": "By a message", "session": "In session",
         "other": "Another way"}  # fmt: skip


@cache
def table() -> dict[str, Any]:
    """Everything in bridge.toml, as it stands there."""
    return tomllib.loads(files("warmhandoff.rules").joinpath("bridge.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Ground:
    """Why one may let her go. kind: record, words, notice or exception; caretaker: someone else must be named."""

    code: str
    label: str
    kind: str
    source: str
    as_of: date
    caretaker: bool = False


@cache
def grounds() -> dict[str, Ground]:
    """Code -> ground, in the order in which they are offered."""
    return {one["code"]: Ground(**one) for one in table()["ground"]}


@dataclass(frozen=True)
class Facts:
    """What the record holds. `today`: in the practice's zone; `notice_days`: the practice's own number.

    attended, declined: whether the referrals say so. names: other providers she was given. attempts: tries to reach
    her. follow_up: someone is still to ask after her since a crisis.
    """

    today: date
    notice_days: int
    attended: bool = False
    declined: bool = False
    names: int = 0
    attempts: int = 0
    notice_on: date | None = None
    end_on: date | None = None
    caretaker: bool = False
    follow_up: bool = False

    @property
    def earliest_end(self) -> date | None:
        """The first day on which the notice has run; None before it was given."""
        return self.notice_on + timedelta(days=self.notice_days) if self.notice_on else None


def _of_notice(facts: Facts) -> list[str]:
    least = table()["least"]
    earliest, end_on = facts.earliest_end, facts.end_on
    said = []
    if end_on is None:
        said.append("No end date was stated.")
    elif facts.today <= end_on:
        said.append("The stated end date has not passed.")
    if facts.notice_on is None:
        said.append("No notice is recorded.")
    elif end_on is not None and earliest is not None and end_on < earliest:
        said.append(f"Between notice and end date lie fewer than {facts.notice_days} days.")
    if facts.names < least["names"]:
        said.append(f"She was given {_count(facts.names)}; at least {least['names']} are usual.")
    if facts.attempts < least["attempts"]:
        said.append(f"{_tries(facts.attempts)} to reach her recorded; at least {least['attempts']} are needed.")
    return said


def _count(names: int) -> str:
    return "no names" if not names else f"{names} name" if names == 1 else f"{names} names"


def _tries(attempts: int) -> str:
    return "No try" if not attempts else "One try" if attempts == 1 else f"{attempts} tries"


def missing(code: str, facts: Facts, words: str) -> list[str]:
    """What the record lacks for this ground, as sentences; [] when she may be let go on it. KeyError: no such ground.

    words: the clinician's own. While somebody is still to ask after her since a crisis, no ground but her death, a
    danger or her being seen elsewhere counts (articles: reduce the risk first).
    """
    ground = grounds()[code]
    said: list[str] = []
    if ground.kind == "notice":
        said = _of_notice(facts)
    elif not words.strip() and not (ground.kind == "record" and getattr(facts, code)):
        said.append(f"Say in a sentence how it {'is known' if ground.kind == 'record' else 'was'}.")
    if ground.caretaker and not facts.caretaker:
        said.append("Name the emergency caretaker who holds her from now on.")
    if facts.follow_up and code not in ("attended", "death", "threat"):
        said.append("Since a crisis somebody is still to ask after her: that comes first.")
    return said
