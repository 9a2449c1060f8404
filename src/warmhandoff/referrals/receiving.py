"""The receiving side: what reached this practice is logged, answered within its promise, and thanked for.

Answers are told by whoever answers, by telephone or on paper; to a practice of this server they travel by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import actor_of_membership, colleague
from warmhandoff.core import audit, events
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.queries import known_facts
from warmhandoff.referrals.answering import Answer, check_answer
from warmhandoff.referrals.crossing import tell_sender, tell_thanks
from warmhandoff.referrals.inbox import incoming_row, may_log, thanks_due, visible_incoming
from warmhandoff.referrals.models import Course, Incoming
from warmhandoff.referrals.moving import Made
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.incoming import (
    CAME_BY,
    MOVES,
    OPEN,
    RECHECK_AFTER_YES,
    SENDERS,
    STATES,
    Promise,
    answer_due,
    room_due,
    tells_of_attendance,
)
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem, Stale

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership, Practice

# True whether or not anyone came: it tells nothing about a client.
THANKS = "Thank you for thinking of us."
_SEALED = frozenset({"answer_facts", "thanks"})
_OLDEST = timedelta(days=366)


@dataclass(frozen=True)
class NewIncoming:
    """What came. Who sends and what is looked for are enough; the rest is added where it was said.

    came_by: phone, voicemail, fax, mail or in_person. from_kind: colleague, or client (she calls herself).
    listing_id: the sender in the directory, else the one in the network of exactly that name, if any.
    to_member: whose it is, else whoever logs it. received_at: when it came, else now.
    """

    from_name: str
    about: str
    came_by: str = "phone"
    from_kind: str = "colleague"
    from_contact: str = ""
    client_name: str = ""
    listing_id: int | None = None
    to_member: UUID | None = None
    received_at: datetime | None = None
    urgent: bool = False


def promise_of(practice: Practice) -> Promise:
    return Promise(practice.promise_days, practice.time_zone, practice.state or None, practice.urgent_hours)


def _check(new: NewIncoming, now: datetime) -> None:
    problems = []
    if not new.from_name.strip():
        problems.append(Problem("who sends?", field="from_name"))
    if not new.about.strip():
        problems.append(Problem("what is looked for?", field="about"))
    if new.came_by not in CAME_BY:
        problems.append(Problem("choose how it came", field="came_by"))
    if new.from_kind not in SENDERS:
        problems.append(Problem("choose who it is", field="from_kind"))
    if new.received_at and not now - _OLDEST <= new.received_at <= now:
        problems.append(Problem("this time cannot be right", field="received_at"))
    if problems:
        raise BadInput(*problems)


def log_incoming(actor: Actor, new: NewIncoming, *, now: datetime) -> UUID:
    """Write down a referral that reached the practice; an answer is due within its promise. Returns its id.

    Refuses whoever may not send referrals (NotAllowed), missing words and impossible times (BadInput), a member or
    listing that is not the practice's (NotThere).
    """
    if not may_log(actor):
        raise NotAllowed("Calls are logged by clinicians and the front desk.")
    _check(new, now)
    received = new.received_at or now
    with transaction.atomic():
        member = colleague(actor.practice_id, new.to_member or actor.member, lock=True)
        if new.urgent and member.practice.urgent_hours is None:
            raise BadInput(Problem("nobody here staffs a queue for what is urgent: use the phone", field="urgent"))
        listing_id = _listing(actor, new, now)
        row = Incoming(
            practice=member.practice, to_member=member, came_by=new.came_by, from_kind=new.from_kind,
            from_name=new.from_name.strip(), from_contact=new.from_contact.strip(), listing_id=listing_id,
            client_name=new.client_name.strip(), about=new.about.strip(), state="waiting", received_at=received,
            due_at=answer_due(received, promise_of(member.practice), urgent=new.urgent), urgent=new.urgent,
            moves_made=1, created_at=now,
        )
        row.save(force_insert=True)
        _must_see(member, row, "to_member")
        facts = {"to": str(member.pk), "came_by": new.came_by, "urgent": new.urgent}
        _record(row, "log", "", facts, actor=actor, now=now)
    return row.pk


def _listing(actor: Actor, new: NewIncoming, now: datetime) -> int | None:
    """The sender's listing: the one named, else the one in the network that bears exactly her name."""
    if new.listing_id is not None:
        if not known_facts(actor.practice_id, [new.listing_id], today=now.date()):
            raise NotThere(subject=new.listing_id)
        return new.listing_id
    name = new.from_name.strip()
    if new.from_kind != "colleague":
        return None
    found = listings(actor, today=now.date(), words=name).lines
    same = [line.id for line in found if line.name.casefold() == name.casefold()]
    return same[0] if len(same) == 1 else None


def _must_see(member: Membership, row: Incoming, field: str) -> None:
    """Nobody is given what she cannot open."""
    if not visible_incoming(actor_of_membership(member)).filter(pk=row.pk).exists():
        why = "this colleague has no access to referrals, by role or for want of a second factor"
        raise BadInput(Problem(why, field=field))


def hand_on(actor: Actor, incoming_id: UUID, to_member: UUID, *, now: datetime, seen: int | None = None) -> None:
    """Give it to a colleague who is still there; the date by which an answer is owed stays."""
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        heir = colleague(actor.practice_id, to_member, lock=True)
        if heir.pk == row.to_member_id:
            raise BadInput(Problem("it is hers already", field="colleague"))
        give(row, heir, actor=actor, now=now, seen=seen)


def give(row: Incoming, heir: Membership, *, actor: Actor, now: datetime, seen: int | None = None) -> None:
    """As `hand_on`, for a row whose door was passed and an heir who is present and locked."""
    made = Made(facts={"to": str(heir.pk)}, changes={"to_member": heir}, seen=seen)
    advance(row, "hand_on", made, actor=actor, now=now)
    _must_see(heir, row, "colleague")


def answer_incoming(
    actor: Actor, incoming_id: UUID, answer: Answer, *, now: datetime, seen: int | None = None
) -> None:
    """Log what the sender was told: accept (openings), ask (a question), waitlist (weeks), or decline (a reason).

    Refuses an answer that lacks its part (BadInput), one that comes after a last word (NotNow), and the slower of two
    that race (Stale). A question leaves the answer owed; a waiting list sets the day to look again.
    """
    check_answer(answer)
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        changes: dict[str, Any] = {"due_at": None, "answered_at": now, "answer_facts": _facts(row, answer)}
        if answer.kind == "ask":
            changes |= {"due_at": answer_due(now, promise_of(row.practice), urgent=row.urgent), "answered_at": None}
        if answer.kind == "waitlist" and answer.weeks:
            changes |= {"due_at": room_due(now, answer.weeks, promise_of(row.practice))}
        made = Made(facts=answer.facts(), changes=changes, seen=seen)
        advance(row, answer.kind, made, actor=actor, now=now)
        tell_sender(row, answer.kind, answer.facts(), now=now)
        if answer.kind == "accept":
            begin_course(row, now=now)


def begin_course(row: Incoming, *, now: datetime) -> None:
    """After a yes: a look at the fit is due in a month; within the transaction of the answer."""
    due = now + RECHECK_AFTER_YES
    Course.objects.get_or_create(incoming=row, defaults={"practice_id": row.practice_id, "recheck_due_at": due})


def _facts(row: Incoming, answer: Answer) -> dict[str, Any]:
    """The answer with what was asked before it; a new question takes the old one's place."""
    before = row.answer_facts.reveal() or {}
    talk = {name: before[name] for name in ("question", "question_answer") if before.get(name)}
    return {**(talk if answer.kind != "ask" else {}), **answer.facts()}


def hear_back(actor: Actor, incoming_id: UUID, words: str, *, now: datetime, seen: int | None = None) -> None:
    """Note what the sender said to our question: the answer is ours to give again, within the promise."""
    if not words.strip():
        raise BadInput(Problem("what did they say?", field="words"))
    with transaction.atomic():
        _hear(incoming_row(actor, incoming_id, "send"), words, actor=actor, now=now, seen=seen)


def hear_from_sender(row: Incoming, words: str, *, now: datetime) -> None:
    """As `hear_back`, told by the sender's practice itself; within the transaction. Too late, it changes nothing."""
    if row.state in MOVES["hear_back"].sources:
        _hear(row, words, actor=system(row.practice_id), now=now, seen=None)


def _hear(row: Incoming, words: str, *, actor: Actor, now: datetime, seen: int | None) -> None:
    facts = {**(row.answer_facts.reveal() or {}), "question_answer": words.strip()}
    changes = {"answer_facts": facts, "due_at": answer_due(now, promise_of(row.practice), urgent=row.urgent)}
    made = Made(facts={"words": words.strip()}, changes=changes, seen=seen)
    advance(row, "hear_back", made, actor=actor, now=now)


def hear_over(row: Incoming, *, now: datetime) -> None:
    """The sender's practice closed it: no answer is owed any more, and thanks are still possible.

    It says that it is over, not how: what came of it and where the client went is not told. Heard again, it changes
    nothing. It stays over when the sender reopens her referral: that starts at the options anew, an answer to this
    packet would move nothing there, and what is sent then arrives as one of its own. A yes stays a yes with all that
    came after it: whoever is seen here is seen on.
    """
    if row.over_at is None:
        made = Made(changes={"over_at": now, "due_at": None})
        advance(row, "over" if row.state in OPEN else "over_after", made, actor=system(row.practice_id), now=now)


def thank(actor: Actor, incoming_id: UUID, words: str, *, now: datetime, seen: int | None = None) -> None:
    """Note that the sender was thanked, and in which words; to a practice of this server they travel by themselves.

    Words that name the client, or tell whether someone came, are refused (BadInput).
    """
    if not words.strip():
        raise BadInput(Problem("write a line of thanks", field="words"))
    if told := tells_of_attendance(words):
        why = f"“{told}” tells whether someone came: a thank-you tells nothing of that"
        raise BadInput(Problem(why, field="words"))
    with transaction.atomic():
        row = _to_thank(actor, incoming_id)
        if _names_client(words, row):
            raise BadInput(Problem("this names the client: a thank-you does not tell who came", field="words"))
        made = Made(facts={"words": words.strip()}, changes={"thanked_at": now, "thanks": words.strip()}, seen=seen)
        advance(row, "thank", made, actor=actor, now=now)
        tell_thanks(row, words.strip(), now=now)


def skip_thanks(actor: Actor, incoming_id: UUID, *, now: datetime, seen: int | None = None) -> None:
    """Note that no thank-you is wanted, so that nobody is reminded of it."""
    with transaction.atomic():
        row = _to_thank(actor, incoming_id)
        advance(row, "skip_thanks", Made(changes={"thanks_skipped": True}, seen=seen), actor=actor, now=now)


def _to_thank(actor: Actor, incoming_id: UUID) -> Incoming:
    row = incoming_row(actor, incoming_id, "send")
    if not thanks_due(row):
        raise NotNow("There is nobody to thank here now.")
    return row


def _names_client(words: str, row: Incoming) -> bool:
    """Whether a part of the client's name stands in the words, save one that is in the sender's name too."""
    sender = set(re.findall(r"\w+", row.from_name.reveal()))
    parts = {part for part in re.findall(r"\w+", row.client_name.reveal()) if len(part) > 2} - sender
    return not parts.isdisjoint(re.findall(r"\w+", words))


def advance(row: Incoming, code: str, made: Made, *, actor: Actor, now: datetime) -> None:
    """One move, whole or not at all: the update is conditional on what the actor saw, so one of two racers wins."""
    rule = MOVES[code]
    if made.seen is not None and made.seen != row.moves_made:
        raise Stale(subject=row.pk)
    if row.state not in rule.sources:
        raise NotNow(f"This is not possible now: it is at “{STATES[row.state]}”.")
    before, number = row.state, row.moves_made
    plain = {name: value for name, value in made.changes.items() if name not in _SEALED}
    plain |= {"state": rule.to or before, "moves_made": number + 1}
    if Incoming.objects.filter(pk=row.pk, state=before, moves_made=number).update(**plain) != 1:
        raise Stale(subject=row.pk)
    for name, value in {**made.changes, **plain}.items():
        setattr(row, name, value)
    if sealed := sorted(_SEALED & made.changes.keys()):
        row.save(update_fields=sealed)
    _record(row, code, before, dict(made.facts), actor=actor, now=now)


def _record(
    row: Incoming, code: str, before: str, facts: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    audit.record(actor, code, "incoming", row.pk, now=now)
    change = events.Change(code, row.moves_made, before, row.state, facts)
    events.record(events.Subject("incoming", row.pk, row.practice_id), change, actor=actor, now=now)
