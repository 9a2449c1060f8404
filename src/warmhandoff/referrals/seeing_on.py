"""After a yes, on the receiving side: the first session, whether it fits, a pause with a plan for coming back.

Where a practice of this server sent the client, the day and whether she came travel back as from the reply page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.referrals.answering import booking_facts
from warmhandoff.referrals.crossing import tell_course
from warmhandoff.referrals.inbox import incoming_row, visible_incoming
from warmhandoff.referrals.models import Course, Incoming
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.receiving import advance, begin_course
from warmhandoff.rules.access import Actor
from warmhandoff.rules.incoming import FITS, RECHECK_AFTER_SESSION
from warmhandoff.rules.refusals import BadInput, NotNow, Problem

TOLD = {"attended": "They came", "missed": "They did not come"}


def _course(row: Incoming, now: datetime) -> Course:
    """The course of a row that was accepted, locked; one accepted before courses were kept begins now."""
    if row.state != "accepted":
        raise NotNow("This is for referrals that you said yes to.")
    begin_course(row, now=now)
    return Course.objects.select_for_update().get(incoming=row)


def book_here(
    actor: Actor, incoming_id: UUID, *, session_at: datetime | None, now: datetime, seen: int | None = None
) -> None:
    """Note day and time of the first session. Refuses impossible times (BadInput) and what was not accepted (NotNow).

    The look at the fit moves to three weeks after the session, while it is still to come.
    """
    booking_facts(session_at, now)
    assert session_at is not None
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        course = _course(row, now)
        advance(row, "book", Made(seen=seen), actor=actor, now=now)
        course.session_at = session_at
        if course.rechecked_at is None:
            course.recheck_due_at = session_at + RECHECK_AFTER_SESSION
        course.save(update_fields=["session_at", "recheck_due_at"])
        tell_course(row, "booked", {"session_at": session_at.isoformat()}, now=now)


def tell_session(actor: Actor, incoming_id: UUID, *, told: str, now: datetime, seen: int | None = None) -> None:
    """Note whether the first session took place: attended or missed (BadInput else)."""
    if told not in TOLD:
        raise BadInput(Problem("choose an answer", field="told"))
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        course = _course(row, now)
        advance(row, "tell_session", Made(seen=seen), actor=actor, now=now)
        course.told, course.told_at = told, now
        course.save(update_fields=["told", "told_at"])
        tell_course(row, "attendance", {"told": told}, now=now)


def recheck(
    actor: Actor, incoming_id: UUID, *, fits: str, words: str = "", now: datetime, seen: int | None = None
) -> None:
    """An early look whether it fits: yes, unsure or no (BadInput else). "unsure" sets another look; nothing is sent."""
    if fits not in FITS:
        raise BadInput(Problem("choose an answer", field="fits"))
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        course = _course(row, now)
        advance(row, "recheck", Made(seen=seen), actor=actor, now=now)
        course.fits, course.fit_words = fits, words.strip()
        again = fits == "unsure"
        course.recheck_due_at = now + RECHECK_AFTER_SESSION if again else None
        course.rechecked_at = None if again else now
        course.save()


def keep_return_plan(actor: Actor, incoming_id: UUID, words: str, *, now: datetime, seen: int | None = None) -> None:
    """Paused, not ended: how she comes back, in words. What goes to the sender of it is news (`referrals.news`)."""
    if not words.strip():
        raise BadInput(Problem("when or how would they come back?", field="words"))
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        course = _course(row, now)
        advance(row, "pause", Made(seen=seen), actor=actor, now=now)
        course.paused_at, course.return_plan = now, words.strip()
        course.save(update_fields=["paused_at", "return_plan"])


@dataclass(frozen=True)
class CourseView:
    """What is kept after a yes; times on the clock of the practice."""

    session_at: datetime | None
    past: bool
    told: str
    recheck_due_at: datetime | None
    recheck_due: bool
    fits: str
    fit_words: str
    paused_at: datetime | None
    return_plan: str


def course_of(actor: Actor, incoming_id: UUID, *, zone: str, now: datetime) -> CourseView | None:
    """The course of an incoming referral whose page is open (and audited); None before a yes."""
    row = incoming_row(actor, incoming_id)
    if row.state != "accepted":
        return None
    found = Course.objects.filter(incoming=row).first() or Course(incoming=row, practice_id=row.practice_id)
    at = found.session_at.astimezone(ZoneInfo(zone)) if found.session_at else None
    due = found.recheck_due_at
    return CourseView(
        session_at=at, past=bool(at and at <= now), told=found.told, recheck_due_at=due,
        recheck_due=bool(due and due <= now), fits=found.fits, fit_words=found.fit_words.reveal(),
        paused_at=found.paused_at, return_plan=found.return_plan.reveal(),
    )


@dataclass(frozen=True)
class RecheckLine:
    """A look at the fit that is due. from_name: who sent."""

    id: UUID
    from_name: str
    due_at: datetime


def rechecks_due(actor: Actor, *, now: datetime) -> list[RecheckLine]:
    """Whose fit the actor is to look at now: her own alone, the oldest first. Audited like the inbox."""
    mine = visible_incoming(actor, "send").filter(to_member_id=actor.membership_id, state="accepted")
    rows: Any = mine.filter(course__recheck_due_at__lte=now).select_related("course").order_by("course__recheck_due_at")
    lines = [RecheckLine(row.pk, row.from_name.reveal(), row.course.recheck_due_at) for row in rows]
    if lines:
        audit.record(actor, "list", "incoming", now=now)
    return lines
