"""The first session: booked, attended or missed, as told by each side. Sides may disagree; nothing is overwritten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.directory.measuring import note_outcome
from warmhandoff.referrals.answering import booking_facts, live_delivery, must_be_live
from warmhandoff.referrals.checking_in import answered, once_more
from warmhandoff.referrals.models import Attendance, CheckIn, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.check_ins import ASKED_ELSE
from warmhandoff.rules.refusals import BadInput, NotNow, Problem

TOLD = ("attended", "missed", "rather_not")
_CHECK_INS = {"yes": "check_in_well", "unsure": "check_in_open", "no": "check_in_poor"}
FITS = tuple(_CHECK_INS)


def _row(actor: Actor, referral_id: UUID) -> Referral:
    referral = referral_row(actor, referral_id, "send" if actor.side == "referrer" else "see")
    must_be_live(actor, referral)
    return referral


def book(
    actor: Actor, referral_id: UUID, *, session_at: datetime | None, now: datetime, seen: int | None = None
) -> None:
    """Note the first session, told by recipient, client or staff."""
    facts = booking_facts(session_at, now)
    with transaction.atomic():
        referral = _row(actor, referral_id)
        move(referral, "book", Made(facts=facts, changes=dict(facts), seen=seen), actor=actor, now=now)


def tell_attendance(actor: Actor, referral_id: UUID, *, told: str, now: datetime) -> None:
    """One side tells whether the session took place. "I'd rather not say" closes the question for that side.

    The first side to tell moves the referral; a later one is added beside it, agreeing or not.
    """
    if told not in TOLD:
        raise BadInput(Problem("choose an answer", field="told"))
    with transaction.atomic():
        referral = _row(actor, referral_id)
        row = Attendance.objects.create(
            practice_id=referral.practice_id, referral=referral, side=actor.side, told=told,
            attempt=referral.attempt, at=now,
        )
        facts = {"attendance": str(row.pk), "told": told}
        name = _move_for(referral, told)
        if name is None:
            raise NotNow("There is no session to tell about yet.")
        if name == "tell_attended":
            _note_wait(referral, now)
        move(referral, name, Made(facts=facts), actor=actor, now=now)


def _note_wait(referral: Referral, now: datetime) -> None:
    """From asking to the first appointment, for what is measured of the listing."""
    delivery = live_delivery(referral)
    if delivery is not None and delivery.handed_over_at is not None:
        days = max(0, ((referral.session_at or now) - delivery.handed_over_at).days)
        note_outcome(
            referral.practice_id, delivery.listing_id, "first_seen", about=delivery.pk, now=now, days=days
        )


def _move_for(referral: Referral, told: str) -> str | None:
    if referral.state in ("attended", "mismatched", "settled"):
        return "confirm_attendance"
    if told == "attended" and referral.state in ("accepted", "booked", "missed", "taken"):
        return "tell_attended"
    if told == "missed" and referral.state in ("booked", "taken"):
        return "tell_missed"
    if told != "attended" and referral.state in ("accepted", "booked", "missed", "taken"):
        return "confirm_attendance"  # it changes nothing about where the referral stands
    return None


def check_in(
    actor: Actor, referral_id: UUID, *, fits: str, comfort: int | None, words: str, now: datetime,
    needs_else: bool = False,
) -> None:
    """How it is going, told by the client or logged after a call. `comfort` 0 to 10, or None when she did not say.

    needs_else: she asked for something else, which becomes the owner's next step. One who agreed to be asked until the
    thirtieth day is heard once more before the loop is closed.
    """
    if fits not in FITS:
        raise BadInput(Problem("choose an answer", field="fits"))
    if comfort is not None and not 0 <= comfort <= 10:
        raise BadInput(Problem("choose a number from 0 to 10", field="comfort"))
    with transaction.atomic():
        referral = _row(actor, referral_id)
        row = CheckIn(
            practice_id=referral.practice_id, referral=referral, comfort=comfort, fits=fits, words=words.strip(),
            side=actor.side, attempt=referral.attempt, at=now,
            needs_else=needs_else,
        )
        row.save()
        name = _CHECK_INS[fits]
        step, due = once_more(referral, now) if fits == "yes" and not needs_else else (None, None)
        if needs_else:
            step = (ASKED_ELSE, "referrer")
        made = Made(facts={"check_in": str(row.pk), "fits": fits}, step=step, due_at=due)
        move(referral, name, made, actor=actor, now=now)
        answered(referral, now=now)
