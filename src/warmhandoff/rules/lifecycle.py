"""The life of a referral, as a table that can be printed.

States are past participles, moves are verbs. From this table come the buttons, the next step with its owner and
due date, the diagram in the docs, and the tests that every open state can be reached and left by someone.
The loop's six arcs are: need, choice, release and packet, answer, first session, settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from warmhandoff.rules.access import Side
from warmhandoff.rules.check_ins import WAITING
from warmhandoff.rules.clock import due_in_business_days
from warmhandoff.rules.inquiry import BEFORE_NAMES

ARCS = ("Need", "Choice", "Release and packet", "Answer", "First session", "Settled")
Waiting = Literal["referrer", "client", "recipient", "system"]
DueKind = Literal["business_days", "promise", "minutes", "days", "after_session", "weeks_named"]


@dataclass(frozen=True)
class Due:
    """When a next step falls due: so many business days, minutes or days; or by a fact of the referral."""

    kind: DueKind
    count: int = 0


@dataclass(frozen=True)
class State:
    """One place in the loop. `arc` is the arc now open (0 to 5); `step` what is to be done next, and by whom."""

    code: str
    label: str
    arc: int
    step: str = ""
    waiting_on: Waiting = "referrer"
    due: Due = Due("business_days", 3)

    @property
    def is_open(self) -> bool:
        return bool(self.step)


STATES: dict[str, State] = {
    s.code: s
    for s in (
        State("needed", "Need recorded", 1, "Offer options", due=Due("business_days", 2)),
        State("offered", "Options offered", 1, "Client chooses", "client", Due("business_days", 5)),
        State("undecided", "Not decided", 1, "Talk it over", due=Due("business_days", 3)),
        State("chosen", "Chosen", 2, "Client signs the release", "client", Due("business_days", 3)),
        State("released", "Release signed", 2, "Preview and send the packet", due=Due("business_days", 1)),
        State("queued", "On its way", 2, "Deliver the packet", "system", Due("minutes", 30)),
        State("sent", "Sent", 3, "Recipient answers", "recipient", Due("promise")),
        State("asked", "Question asked", 3, "Answer the recipient's question", due=Due("business_days", 1)),
        State("silent", "Not answered", 3, "Call, or go on to the next option", due=Due("business_days", 1)),
        State("declined", "Declined", 3, "Go on with the client", due=Due("business_days", 2)),
        State("waitlisted", "On a waiting list", 3, "Ask where the waiting list stands", due=Due("weeks_named")),
        State("accepted", "Accepted", 4, "Book the first session", "recipient", Due("business_days", 5)),
        State("taken", "Client took the list", 4, "Ask how it went", due=Due("days", 14)),
        State("booked", "First session booked", 4, "Hear whether she attended", "recipient", Due("after_session", 1)),
        State("missed", "Session missed", 4, "Ask what got in the way", due=Due("business_days", 1)),
        State("attended", "Attended", 5, "Check in", "client", Due("days", 7)),
        State("mismatched", "Attended, does not fit", 5, "Look again with her", due=Due("business_days", 2)),
        State("settled", "Checked in, it fits", 5, "Close the loop", due=Due("business_days", 5)),
        State("closed", "Closed", 5),
    )
}
OPEN: frozenset[str] = frozenset(code for code, state in STATES.items() if state.is_open)
BEFORE_ANSWER = frozenset({"chosen", "released", "queued", "sent", "asked", "silent", "declined", "waitlisted"})


@dataclass(frozen=True)
class Move:
    """One verb. `to` None keeps the state and its next step. `needs` are the facts that must come with it.

    `begins`: someone else is turned to: what was told of a session with the one before stays with that attempt.

    `discloses` moves are refused without a release decision; `sides` says who may make the move: staff of the
    referring practice may log what client or recipient said, so "referrer" stands beside them.
    """

    code: str
    label: str
    sources: frozenset[str]
    to: str | None
    sides: frozenset[Side]
    needs: tuple[str, ...] = ()
    discloses: bool = False
    begins: bool = False
    verb: Literal["see", "change", "send"] = "change"
    outcomes: frozenset[str] = field(default_factory=frozenset)


def _move(code: str, label: str, sources: Iterable[str], to: str | None, sides: str, **more: object) -> Move:
    return Move(code, label, frozenset(sources), to, frozenset(sides.split()), **more)  # type: ignore[arg-type]


NEW = "new"  # the state before the first move; no row is ever stored in it
ANYWHERE_OPEN = tuple(sorted(OPEN))
_UNSENT = ("needed", "offered", "undecided", "chosen", "released")
_AT_RECIPIENT = ("sent", "asked", "silent", "waitlisted")
_BEFORE_NAMES = tuple(sorted(BEFORE_NAMES))

MOVES: dict[str, Move] = {
    m.code: m
    for m in (
        _move("record_need", "Record the need", [NEW], "needed", "referrer", needs=("need", "reason")),
        _move("change_need", "Change the need", ["needed", "offered", "undecided", "declined"], "needed", "referrer"),
        _move("talk", "Log a conversation", ANYWHERE_OPEN, None, "referrer", needs=("conversation",)),
        _move("put_off", "Set another date", ANYWHERE_OPEN, None, "referrer", needs=("due_at", "why"), verb="send"),
        _move("tell_ties", "Told her of a tie", ANYWHERE_OPEN, None, "referrer", needs=("told",)),
        _move("hand_to", "Hand to a colleague", ANYWHERE_OPEN, None, "referrer", needs=("owner",)),
        _move("offer", "Offer options", ["needed", "offered", "undecided", "declined", "silent"], "offered",
              "referrer", needs=("options",)),
        _move("choose", "Choose", ["offered", "undecided"], "chosen", "client referrer", needs=("ranked",),
              begins=True),
        _move("choose_none", "None of these", ["offered", "chosen"], "undecided", "client referrer"),
        _move("ask_for_more", "More names, please", ["offered", "chosen"], "undecided", "client referrer"),
        _move("talk_first", "Talk about it first", ["offered", "chosen"], "undecided", "client referrer"),
        _move("not_now", "Not now", ["offered", "chosen"], "undecided", "client referrer"),
        _move("take_list", "Take the list", ["offered", "undecided", "chosen"], "taken", "client referrer",
              begins=True),
        _move("sign_release", "Sign the release", ["chosen"], "released", "client referrer", needs=("release",)),
        _move("sign_another", "Sign another release", ["released", *_AT_RECIPIENT, "declined", "accepted", "booked",
              "missed", "attended", "mismatched", "settled"], None, "client referrer", needs=("release",)),
        _move("amend", "Send a later version", [*_AT_RECIPIENT, "accepted", "booked", "missed", "attended",
              "mismatched", "settled"], None, "referrer", needs=("delivery",), discloses=True, verb="send"),
        _move("keep_release", "Her release covers this one too", ["chosen"], "released", "client referrer",
              needs=("release",)),
        _move("revoke_release", "Take back the release", ["released", "queued", *_AT_RECIPIENT, "declined"],
              "undecided", "client referrer", needs=("release",)),
        _move("send", "Send the packet", ["released"], "queued", "referrer", needs=("delivery",), discloses=True,
              verb="send"),
        _move("hand_over", "Delivered", ["queued"], "sent", "system", needs=("delivery",), discloses=True),
        _move("hand_over_on_paper", "Given on paper, by fax or by phone", ["released"], "sent", "referrer",
              needs=("delivery",), discloses=True, verb="send"),
        _move("stop_at_gate", "Stopped: no release covers it", ["queued"], "undecided", "system", needs=("why",)),
        _move("fail_delivery", "Could not be delivered", ["queued"], "released", "system", needs=("why",)),
        _move("fall_silent", "No answer in time", ["sent"], "silent", "system"),
        _move("go_on", "Go on to the next option", ["silent", "declined"], "queued", "system referrer",
              needs=("delivery",), discloses=True, begins=True, verb="send"),
        _move("go_on_on_paper", "Go on to the next option, on paper or by phone", ["silent", "declined"], "sent",
              "referrer", needs=("delivery",), discloses=True, begins=True, verb="send"),
        _move("choose_next", "Client chooses another option", ["silent", "declined", "waitlisted", "missed",
              "mismatched"], "chosen", "client referrer", needs=("ranked",), begins=True),
        _move("accept", "Accept", _AT_RECIPIENT, "accepted", "recipient referrer", needs=("openings",), verb="send"),
        _move("decline", "Decline", [*_AT_RECIPIENT, "accepted"], "declined", "recipient referrer",
              needs=("decline_reason",), verb="send"),
        _move("ask", "Ask a question", ["sent", "silent", "waitlisted"], "asked", "recipient referrer",
              needs=("question",), verb="send"),
        _move("answer_question", "Answer the question", ["asked"], "sent", "referrer", needs=("words",),
              discloses=True),
        _move("waitlist", "Offer the waiting list", ["sent", "asked", "silent"], "waitlisted", "recipient referrer",
              needs=("weeks",), verb="send"),
        _move("book", "Book the first session", ["accepted", "booked", "missed", "taken"], "booked",
              "recipient client referrer", needs=("session_at",), verb="send"),
        _move("tell_attended", "She attended", ["accepted", "booked", "missed", "taken"], "attended",
              "recipient client referrer", needs=("attendance",), verb="send"),
        _move("confirm_attendance", "What another side told of the session",
              ["accepted", "booked", "missed", "taken", "attended", "mismatched", "settled"], None,
              "recipient client referrer", needs=("attendance",), verb="send"),
        _move("tell_missed", "She did not attend", ["booked", "taken"], "missed", "recipient client referrer",
              needs=("attendance",), verb="send"),
        _move("check_in_well", "Checked in: it fits", ["attended", "mismatched", "settled"], "settled",
              "client referrer", needs=("check_in",), verb="send"),
        _move("check_in_open", "Checked in: not sure yet", ["attended", "mismatched", "settled"], "attended",
              "client referrer", needs=("check_in",), verb="send"),
        _move("check_in_poor", "Checked in: it does not fit", ["attended", "mismatched", "settled"], "mismatched",
              "client referrer", needs=("check_in",), verb="send"),
        _move("check_in_waiting", "Told how the waiting is", sorted(WAITING), None, "client referrer",
              needs=("check_in",), verb="send"),
        _move("ask_how_it_goes", "Asked how it goes", sorted(WAITING | {"attended", "mismatched", "settled"}), None,
              "system"),
        _move("escalate", "Left past its date: her supervisor was told", ANYWHERE_OPEN, None, "system",
              needs=("due_at",)),
        _move("inquire", "Ask who has room, without a name", _BEFORE_NAMES, None, "referrer",
              needs=("asked", "consent"), verb="send"),
        _move("answer_inquiry", "Answer to an inquiry", ANYWHERE_OPEN, None, "recipient referrer", needs=("answer",),
              verb="send"),
        _move("confirm_inquiry", "She says yes to one who has room", _BEFORE_NAMES, None, "referrer",
              needs=("listing",)),
        _move("reopen_inquiry", "The one she said yes to fell through", ANYWHERE_OPEN, None, "referrer",
              needs=("why",)),
        _move("inquiry_silent", "Inquiry not answered in time", _BEFORE_NAMES, None, "system"),
        _move("end_inquiry", "End an inquiry", ANYWHERE_OPEN, None, "referrer", verb="send"),
        _move("post_need", "Write a need post", ANYWHERE_OPEN, None, "referrer", verb="send"),
        _move("close_post", "Close a need post", ANYWHERE_OPEN, None, "referrer", verb="send"),
        _move("find_more", "Extend the shortlist", ["undecided", "declined", "silent", "waitlisted", "missed",
              "attended", "mismatched", "taken"], "needed", "referrer", begins=True),
        _move("close", "Close the loop", ["settled", "attended", "mismatched"], "closed", "referrer",
              needs=("outcome",), outcomes=frozenset({"attended_fit", "attended_poor_fit"})),
        _move("end", "End without a first session", [c for c in ANYWHERE_OPEN if c not in ("settled", "attended",
              "mismatched", "queued")], "closed", "referrer", needs=("outcome", "why"), outcomes=frozenset({
                  "client_declined", "recipients_declined", "lost_contact", "superseded", "cancelled",
                  "emergency_care", "stayed", "ended_well", "not_told"})),
        _move("reopen", "Reopen", ["closed"], "needed", "referrer", needs=("why",), begins=True),
    )
}


def moves_from(state: str, *, side: Side) -> list[Move]:
    """The moves this side may make from `state`, in table order."""
    return [m for m in MOVES.values() if state in m.sources and side in m.sides]


def arcs(state: str, *, waiting_on: str) -> list[str]:
    """The ring: six of "done", "now" (yours), "hold" (waits on others) and "" (later)."""
    here = STATES[state]
    if not here.is_open:
        return ["done"] * 6
    now = "now" if waiting_on == "referrer" else "hold"
    return ["done"] * here.arc + [now] + [""] * (5 - here.arc)


@dataclass(frozen=True)
class DueFacts:
    """What a due date may depend on. `promise_days`: business days in which recipients promise to answer."""

    zone: str
    state: str | None = None
    promise_days: int = 2
    session_at: datetime | None = None
    weeks: int | None = None


def due_at(state: str, *, now: datetime, facts: DueFacts) -> datetime:
    """When the next step of `state` falls due, as an instant in UTC. Raises ValueError for a closed referral."""
    here = STATES[state]
    if not here.is_open:
        raise ValueError("a closed referral has no next step")
    due = here.due
    if due.kind == "minutes":
        return now + timedelta(minutes=due.count)
    if due.kind == "days":
        return due_in_business_days(now + timedelta(days=due.count - 1), 1, zone=facts.zone, state=facts.state)
    if due.kind == "after_session":
        start = max(facts.session_at or now, now)
        return due_in_business_days(start, due.count, zone=facts.zone, state=facts.state)
    if due.kind == "weeks_named":
        days = 7 * (facts.weeks or 4)
        return due_in_business_days(now + timedelta(days=days - 1), 1, zone=facts.zone, state=facts.state)
    count = facts.promise_days if due.kind == "promise" else due.count
    return due_in_business_days(now, count, zone=facts.zone, state=facts.state)
