"""The life of a referral that reaches this practice, as a table: logged, answered within the promise, thanked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmhandoff.rules.access import Verb
from warmhandoff.rules.clock import due_in_business_days

STATES = {
    "waiting": "To be answered",
    "asked": "We asked a question",
    "waitlisted": "On our waiting list",
    "accepted": "Accepted",
    "declined": "Declined",
}
OPEN = frozenset({"waiting", "asked", "waitlisted"})  # each has a date by which something is owed
ANSWERED = frozenset({"waitlisted", "accepted", "declined"})
CAME_BY = {
    "phone": "By phone", "voicemail": "By voicemail", "fax": "By fax", "mail": "By mail", "in_person": "In person",
}
ARRIVED_BY = {**CAME_BY, "member": "From a practice of this server"}  # not to be logged: it arrives by itself
SENDERS = {"colleague": "A colleague or another office", "client": "The client herself, or her family"}


@dataclass(frozen=True)
class Move:
    """One verb. `to` None keeps the state; `verb` is what the permission table must give."""

    label: str
    sources: frozenset[str]
    to: str | None
    verb: Verb = "send"


def _move(label: str, sources: Iterable[str], to: str | None, verb: Verb = "send") -> Move:
    return Move(label, frozenset(sources), to, verb)


MOVES: dict[str, Move] = {
    "log": _move("Logged", (), "waiting"),
    "arrive": _move("Arrived", (), "waiting"),
    "hand_on": _move("Handed to a colleague", OPEN, None),
    "ask": _move("Question asked", ("waiting", "asked"), "asked"),
    "hear_back": _move("They answered the question", ("asked",), "waiting"),
    "accept": _move("Accepted", OPEN, "accepted"),
    "waitlist": _move("Waiting list offered", OPEN, "waitlisted"),
    "decline": _move("Declined", OPEN, "declined"),
    "thank": _move("Thanked", ANSWERED, None),
    "skip_thanks": _move("No thank-you", ANSWERED, None),
}


@dataclass(frozen=True)
class Promise:
    """The practice's promise: an answer within so many business days of its own calendar."""

    days: int
    zone: str
    state: str | None = None


def answer_due(since: datetime, promise: Promise) -> datetime:
    """When an answer is owed to whoever asked at `since`: the end of the last day of the promise, in UTC."""
    return due_in_business_days(since, promise.days, zone=promise.zone, state=promise.state)


def room_due(now: datetime, weeks: int, promise: Promise) -> datetime:
    """When to look whether there is room, after a wait of about `weeks` weeks was named."""
    return due_in_business_days(now + timedelta(days=7 * weeks - 1), 1, zone=promise.zone, state=promise.state)
