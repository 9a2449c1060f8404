"""A joint session: proposed by staff, agreed by recipient and client, on everybody's calendar without a word of why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from warmhandoff.clients.caring import note_change
from warmhandoff.core import audit
from warmhandoff.referrals.answering import live_delivery, must_be_live
from warmhandoff.referrals.joint_crossing import tell_joint
from warmhandoff.referrals.joint_here import appointments_arrived
from warmhandoff.referrals.models import JointSession, Referral
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.telling import tell_client, tell_recipient
from warmhandoff.rules.access import Actor
from warmhandoff.rules.appointments import Appointment
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem, Stale

Who = Literal["recipient", "client"]
LONGEST_MINUTES = 240
KEPT_BACK = timedelta(days=60)  # how long a calendar still finds what is over


@dataclass(frozen=True)
class JointView:
    """One proposed or agreed session as all three sides see it."""

    id: UUID
    at: datetime
    minutes: int
    where: str
    state: str
    recipient: str
    recipient_agreed: bool
    client_agreed: bool
    revision: int
    proposed_by: str
    over: bool


def _view(row: JointSession, now: datetime) -> JointView:
    return JointView(
        row.pk, row.at, row.minutes, row.where.reveal(), row.state, row.delivery.listing.name,
        row.recipient_at is not None, row.client_at is not None, row.revision, row.by.user.name,
        row.at + timedelta(minutes=row.minutes) <= now,
    )  # fmt: skip


def _open_row(referral: Referral) -> JointSession | None:
    rows = JointSession.objects.filter(referral=referral).exclude(state="off")
    return rows.select_related("delivery__listing", "by__user").first()


def joint_of(actor: Actor, referral_id: UUID, *, now: datetime) -> JointView | None:
    """The session of a referral whose page is open (and audited); None where there is none.

    A recipient from whom the client has gone on sees none; NotThere for strangers.
    """
    referral = referral_row(actor, referral_id)
    row = _open_row(referral)
    if row is None or (actor.side == "recipient" and row.delivery_id != actor.delivery_id):
        return None
    return _view(row, now)


def may_propose(actor: Actor, referral_id: UUID) -> bool:
    """Whether there is someone to hold it with: a recipient who has the packet."""
    referral = referral_row(actor, referral_id)
    return referral.state != "closed" and live_delivery(referral) is not None


def _check(at: datetime | None, minutes: int, now: datetime) -> datetime:
    problems = []
    if at is None or not now < at < now + timedelta(days=366):
        problems.append(Problem("choose a time that is still to come, within a year", field="at"))
    if not 5 <= minutes <= LONGEST_MINUTES:
        problems.append(Problem(f"5 to {LONGEST_MINUTES} minutes", field="minutes"))
    if problems or at is None:
        raise BadInput(*problems)
    return at


def propose(
    actor: Actor, referral_id: UUID, *, at: datetime | None, minutes: int, where: str, now: datetime
) -> frozenset[Who]:
    """Propose a time, or another one than before: then both are asked again. Returns whom a message goes to.

    Refuses strangers (NotThere), a referral nobody has received yet or that is closed (NotNow), and a time that is over
    or further than a year away (BadInput).
    """
    when = _check(at, minutes, now)
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "send")
        delivery = live_delivery(referral)
        if referral.state == "closed" or delivery is None:
            raise NotNow("A joint session needs someone who has received the packet.", subject=referral_id)
        row = _open_row(referral)
        revision, before = (row.revision + 1, row.delivery) if row else (0, delivery)
        if row is None:
            row = JointSession(practice_id=referral.practice_id, referral=referral, proposed_at=now)
        row.delivery, row.at, row.minutes, row.where = delivery, when, minutes, where.strip()[:300]
        row.state, row.revision, row.changed_at, row.by_id = "proposed", revision, now, actor.member
        row.recipient_at = row.client_at = None
        row.recipient_via = row.client_via = ""
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:  # two at once: the other one proposed first
            raise Stale(subject=referral_id) from error
        note_change(referral.client, "propose_joint", actor, now)
        if before.pk != delivery.pk:  # whom it was to be with learns that it is off, and no more
            tell_joint(row, now=now, to=before)
        return _tell(row, actor, now)


def _tell(row: JointSession, actor: Actor, now: datetime) -> frozenset[Who]:
    """A message, without a word of what, to those of the two who did not do it themselves and can be written to.

    A recipient on this server has time and place in her inbox.
    """
    told: set[Who] = set()
    if actor.side != "client" and tell_client(row.referral, now=now) is not None:
        told.add("client")
    if actor.side != "recipient" and _tell_recipient(row, now):
        told.add("recipient")
    return frozenset(told)


def _tell_recipient(row: JointSession, now: datetime) -> bool:
    return tell_recipient(row.delivery, f"joint:{row.pk}:{row.revision}", now=now) or tell_joint(row, now=now)


def hear_recipient(actor: Actor, referral_id: UUID, joint_id: UUID, said: str, *, seen: int, now: datetime) -> None:
    """The recipient's yes or no that came from her practice on this server; within the carrier's transaction.

    Stale where it was to another session or another time than stand now, NotNow once the client went on.
    """
    must_be_live(actor, referral_row(actor, referral_id))
    found = joint_of(actor, referral_id, now=now)
    if found is None or found.id != joint_id:
        raise Stale(subject=referral_id)
    if said == "yes":
        agree(actor, referral_id, "recipient", seen=seen, now=now)
    else:
        call_off(actor, referral_id, seen=seen, now=now)


def _for(actor: Actor, referral_id: UUID, seen: int) -> JointSession:
    """The open one behind the actor's door, at the revision she looked at; within the caller's transaction."""
    referral = referral_row(actor, referral_id, "send" if actor.side == "referrer" else "see")
    must_be_live(actor, referral)
    row = _open_row(referral)
    if row is None or (actor.side == "recipient" and row.delivery_id != actor.delivery_id):
        raise NotThere(subject=referral_id)
    if row.revision != seen:
        raise Stale(subject=referral_id)
    return row


def agree(actor: Actor, referral_id: UUID, who: Who, *, seen: int, now: datetime) -> None:
    """One side says yes to the time that was looked at; by herself, or logged by staff who heard it.

    seen: its revision. Refuses strangers (NotThere), someone else's yes (NotThere), and another time by now (Stale).
    """
    if actor.side not in ("referrer", who):
        raise NotThere(subject=referral_id)
    with transaction.atomic():
        row = _for(actor, referral_id, seen)
        said: dict[str, Any] = {f"{who}_at": now, f"{who}_via": actor.side, "changed_at": now}
        other_side = row.client_at if who == "recipient" else row.recipient_at
        if other_side is not None:
            said["state"] = "agreed"
        changed = JointSession.objects.filter(
            pk=row.pk, revision=seen, state=row.state, recipient_at=row.recipient_at, client_at=row.client_at
        )
        if not changed.update(**said):
            raise Stale(subject=referral_id)
        for name, value in said.items():
            setattr(row, name, value)
        if actor.side != "recipient" or row.state == "agreed":
            tell_joint(row, now=now)
        note_change(row.referral.client, "agree_joint", actor, now)


def call_off(actor: Actor, referral_id: UUID, *, seen: int, now: datetime) -> frozenset[Who]:
    """Any of the three calls it off, or says that the time does not work. Calendars take it out. Returns whom a message
    goes to."""
    with transaction.atomic():
        row = _for(actor, referral_id, seen)
        changed = JointSession.objects.filter(pk=row.pk, revision=seen).exclude(state="off")
        if not changed.update(state="off", revision=seen + 1, changed_at=now):
            raise Stale(subject=referral_id)
        note_change(row.referral.client, "call_off_joint", actor, now)
        row.revision, row.state = seen + 1, "off"
        return _tell(row, actor, now)


def _appointment(row: JointSession) -> Appointment:
    return Appointment(
        row.pk, row.at, row.minutes, row.revision, row.changed_at, agreed=row.state == "agreed", off=row.state == "off"
    )


def appointment_of(actor: Actor, referral_id: UUID, *, now: datetime) -> Appointment:
    """The session as a calendar takes it, with its audit row. NotThere where there is none for this actor."""
    referral = referral_row(actor, referral_id)
    must_be_live(actor, referral)
    row = _open_row(referral)
    if row is None or (actor.side == "recipient" and row.delivery_id != actor.delivery_id):
        raise NotThere(subject=referral_id)
    audit.record(actor, "copy", "joint_session", row.pk, now=now, clients=[referral.client_id])
    return _appointment(row)


def appointments_of_member(actor: Actor, *, now: datetime) -> list[Appointment]:
    """The joint sessions of a member: those she proposed, those of referrals that are hers, and those that a practice
    of this server proposed to her. Times alone.

    Of clients she cared for once too: a time names nobody, and it was hers to keep.
    """
    hers = Q(by_id=actor.member) | Q(referral__owner_id=actor.member)
    rows = JointSession.objects.filter(hers, practice_id=actor.practice_id, at__gt=now - KEPT_BACK)
    own = [_appointment(row) for row in rows.order_by("at")]
    return own + appointments_arrived(actor, since=now - KEPT_BACK)
