"""The life of a referral that reaches this practice, as a table: logged, answered within the promise, thanked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmhandoff.rules.access import Verb
from warmhandoff.rules.clock import due_in_business_days, due_in_working_hours

STATES = {
    "waiting": "To be answered",
    "asked": "We asked a question",
    "waitlisted": "On our waiting list",
    "accepted": "Accepted",
    "declined": "Declined",
    "redirected": "Named others who fit",
    "over": "They closed it",
}
OPEN = frozenset({"waiting", "asked", "waitlisted"})  # each has a date by which something is owed
ANSWERED = frozenset({"waitlisted", "accepted", "declined", "redirected"})
TO_THANK = ANSWERED | {"over"}  # whatever came of it: thanks are possible, an answer is not owed any more
CAME_BY = {
    "phone": "By phone", "voicemail": "By voicemail", "fax": "By fax", "mail": "By mail", "in_person": "In person",
}
ARRIVED_BY = {**CAME_BY, "member": "From a practice of this server"}  # not to be logged: it arrives by itself
# Made by the product, or on pages of their own: not among the forms of an incoming referral's page.
BY_ITSELF = frozenset({"log", "arrive", "take_back", "over", "over_after", "joint", "amended"})
THREE_QUESTIONS = {"can": "Can I?", "room": "Have I room?", "want": "Do I want it?"}
# A fit is looked at early: about the third session, or a month after a yes of which no session is known. A habit of
# practice and not a rule: whoever looks decides what follows.
RECHECK_AFTER_SESSION = timedelta(days=21)
RECHECK_AFTER_YES = timedelta(days=30)
FITS = {"yes": "It fits", "unsure": "Not sure yet", "no": "It does not fit"}
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
    "redirect": _move("Named others who fit", OPEN, "redirected"),
    "book": _move("First session noted", ("accepted",), None),
    "tell_session": _move("Told whether the first session took place", ("accepted",), None),
    "recheck": _move("Looked whether it fits", ("accepted",), None),
    "pause": _move("Paused, not ended", ("accepted",), None),
    "news": _move("News sent back", ("accepted",), None),
    "take_back": _move("The client took back her permission", STATES, None, "see"),
    "over": _move("Nothing more is needed: they closed it", OPEN, "over", "see"),
    "over_after": _move("Nothing more is needed: they closed it", ("accepted", "declined", "redirected"), None, "see"),
    "amended": _move("A later version of the packet came", STATES, None, "see"),
    "joint": _move("A session together: what the sender proposed or changed", STATES, None, "see"),
    "agree_joint": _move("Said yes to a session together", STATES, None),
    "refuse_joint": _move("Said that a session together does not work", STATES, None),
    "thank": _move("Thanked", TO_THANK, None),
    "skip_thanks": _move("No thank-you", TO_THANK, None),
}


LONGEST_PROMISE = 10  # business days: who waits longer is not waited for
URGENT_HOURS = (1, 2, 4, 8)  # working hours that a practice which staffs an urgent queue may promise


@dataclass(frozen=True)
class Promise:
    """The practice's promise: an answer within so many business days of its own calendar.

    urgent_hours: working hours within which someone looks at what was put in the urgent queue; None where nobody
    staffs one.
    """

    days: int
    zone: str
    state: str | None = None
    urgent_hours: int | None = None


def answer_due(since: datetime, promise: Promise, *, urgent: bool = False) -> datetime:
    """When an answer is owed to whoever asked at `since`: the end of the last day of the promise, in UTC; sooner for
    what is urgent, where that queue is staffed."""
    if urgent and promise.urgent_hours is not None:
        return due_in_working_hours(since, promise.urgent_hours, zone=promise.zone, state=promise.state)
    return due_in_business_days(since, promise.days, zone=promise.zone, state=promise.state)


def room_due(now: datetime, weeks: int, promise: Promise) -> datetime:
    """When to look whether there is room, after a wait of about `weeks` weeks was named."""
    return due_in_business_days(now + timedelta(days=7 * weeks - 1), 1, zone=promise.zone, state=promise.state)


# Words by which a thank-you would tell whether someone came. Without a release that is the client's to tell.
_OF_ATTENDANCE = re.compile(
    r"\b(?:sessions?|appointments?|intake|attend\w*|no[- ]?shows?|show(?:ed|s)? up|(?:came|come|coming) (?:in|to see)|"
    r"(?:met|meeting|working|started|begun|booked|scheduled) (?:with|seeing)|(?:saw|see|seeing|seen) (?:her|him|them)|"
    r"(?:she|he|they) (?:came|did|is|are|has|have|was|were|will|likes?|feels?))\b",
    re.IGNORECASE,
)


def tells_of_attendance(words: str) -> str:
    """The first words that tell whether someone came or how it goes, or "": a help for whoever writes, not a proof."""
    found = _OF_ATTENDANCE.search(words)
    return found.group(0) if found else ""
