"""Who may be told what, written a second time and by itself: security requirement R-11's independent oracle.

Nothing here calls the product: tables and dates only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
NEVER = frozenset({"chart", "notes"})
SUD_BASES = frozenset({"medical_emergency"})
BASES = frozenset({"serious_threat", "medical_emergency", "required_by_law", "court_order", "involved_in_care",
                   "child_abuse_report", "adult_abuse_report"})  # fmt: skip


@dataclass
class Paper:
    """A release as its paper says."""

    client: int
    recipients: frozenset[int]
    classes: frozenset[str]
    purpose: str
    last_day: date
    signed: bool = False
    taken_back: bool = False


@dataclass
class Ground:
    """A recorded ground other than a release."""

    client: int
    basis: str
    facts: str
    recipient: str
    classes: frozenset[str]


@dataclass
class Oracle:
    """Everything that was said, in the order in which it was said."""

    papers: list[Paper] = field(default_factory=list)
    shut: bool = False
    own_words: set[int] = field(default_factory=set)

    def faults(self, paper: Paper, to: int, classes: frozenset[str], why: str, at: datetime) -> Iterator[str]:
        """Every condition that this paper fails."""
        if not paper.signed:
            yield "unsigned"
        if paper.taken_back:
            yield "taken back"
        if at.astimezone(ZONE).date() > paper.last_day:
            yield "run out"
        if to not in paper.recipients:
            yield "recipient"
        if why != paper.purpose:
            yield "purpose"
        if not classes <= paper.classes:
            yield "classes"

    def why_not(self, client: int, to: int, classes: frozenset[str], why: str, at: datetime) -> list[str]:
        """[] where it may be told; else the fewest conditions any paper of this client fails."""
        if classes & NEVER:
            return ["never"]
        hers = [list(self.faults(p, to, classes, why, at)) for p in self.papers if p.client == client]
        best = min(hers, key=len, default=["no paper"])
        return best + (["shut"] if self.shut else [])

    def on_a_ground(self, ground: Ground, classes: frozenset[str]) -> bool:
        """Whether a recorded ground carries these classes (R-15)."""
        return (
            not self.shut and ground.basis in BASES and len(ground.facts.strip()) >= 40
            and bool(ground.recipient.strip()) and bool(classes) and classes <= ground.classes and not classes & NEVER
            and ("substance_use" not in classes or ground.basis in SUD_BASES)
        )  # fmt: skip
