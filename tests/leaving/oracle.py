"""Who may be told what, written a second time and by itself: security requirement R-11's independent oracle.

Nothing here calls the product: tables and dates only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
NEVER = frozenset({"chart", "psychotherapy_notes"})
PART2 = "substance_use"
SUD_BASES = frozenset({"medical_emergency"})
BASES = frozenset({"serious_threat", "medical_emergency", "required_by_law", "court_order", "involved_in_care",
                   "child_abuse_report", "adult_abuse_report"})  # fmt: skip


@dataclass
class Paper:
    """A release as its paper says. `lacks`: the law ("general", "part2") of which a statement is not in its text."""

    client: int
    recipients: frozenset[int]
    classes: frozenset[str]
    purpose: str
    last_day: date
    ends_with_care: bool = False
    lacks: str = ""
    signed: bool = False
    by_a_parent: bool = False
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
    """Everything that was said, in the order in which it was said. Sets are of clients."""

    papers: list[Paper] = field(default_factory=list)
    shut: bool = False
    own_words: set[int] = field(default_factory=set)
    children: set[int] = field(default_factory=set)
    consented: set[int] = field(default_factory=set)
    care_ended: set[int] = field(default_factory=set)

    def faults(self, paper: Paper, client: int, to: int, classes: frozenset[str], why: str, on: date) -> list[str]:
        """Every condition that this paper fails."""
        return [name for name, fails in (
            ("other client", client != paper.client), ("unsigned", not paper.signed),
            ("signer", paper.by_a_parent and paper.client not in self.children), ("taken back", paper.taken_back),
            ("run out", on > paper.last_day),
            ("event", paper.ends_with_care and paper.client in self.care_ended),
            ("recipient", to not in paper.recipients), ("purpose", why != paper.purpose),
            ("classes", not classes <= paper.classes), ("element", paper.lacks == "general"),
            ("part 2", paper.lacks == "part2" and PART2 in classes),
        ) if fails]  # fmt: skip

    def why_not(self, client: int, to: int, classes: frozenset[str], why: str, at: datetime) -> list[str]:
        """[] where it may be told; else the fewest conditions any paper fails, and what stops every paper."""
        on, asked = at.astimezone(ZONE).date(), classes - NEVER
        best = min((self.faults(p, client, to, asked, why, on) for p in self.papers), key=len, default=["no paper"])
        stops = (("never", bool(classes & NEVER)), ("shut", self.shut),
                 ("minor", client in self.children - self.consented))  # fmt: skip
        return best + [name for name, stopped in stops if stopped]

    def why_no_ground(self, ground: Ground, client: int, classes: frozenset[str]) -> list[str]:
        """Every condition that a recorded ground fails (R-15)."""
        return [name for name, fails in (
            ("ground: other client", client != ground.client), ("ground: shut", self.shut),
            ("ground: basis", ground.basis not in BASES), ("ground: facts", len(ground.facts.strip()) < 40),
            ("ground: recipient", not ground.recipient.strip()),
            ("ground: classes", not classes or not classes - NEVER <= ground.classes),
            ("ground: never", bool(classes & NEVER)),
            ("ground: part 2", PART2 in classes and ground.basis in BASES - SUD_BASES),
        ) if fails]  # fmt: skip
