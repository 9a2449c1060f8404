"""A joint session on the receiving side: what a practice of this server proposed, our yes or no, and our calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.referrals.crossing import tell_joint_said
from warmhandoff.referrals.inbox import incoming_row
from warmhandoff.referrals.models import ArrivedJoint, ArrivedPacket, Incoming
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.receiving import advance
from warmhandoff.rules.access import Actor
from warmhandoff.rules.appointments import Appointment
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem, Stale

SAID = {"yes": "agree_joint", "no": "refuse_joint"}


@dataclass(frozen=True)
class JointHere:
    """The session as its page shows it. may_answer: it stands, it is to come, and her permission was not taken back."""

    at: datetime
    minutes: int
    where: str
    state: str
    said: str
    revision: int
    over: bool
    may_answer: bool


def _latest(row: Incoming) -> ArrivedJoint | None:
    return ArrivedJoint.objects.filter(incoming=row).order_by("-changed_at", "-revision").first()


def _is_off(one: ArrivedJoint) -> bool:
    return one.state == "off" or one.said == "no"


def _taken_back(row: Incoming) -> bool:
    return ArrivedPacket.objects.filter(incoming=row, taken_back_at__isnull=False).exists()


def joint_here(actor: Actor, incoming_id: UUID, *, now: datetime) -> JointHere | None:
    """The latest session of an incoming referral whose page is open (and audited); None where none was proposed."""
    row = incoming_row(actor, incoming_id)
    one = _latest(row)
    if one is None:
        return None
    over = one.at + timedelta(minutes=one.minutes) <= now
    return JointHere(
        one.at, one.minutes, one.where.reveal(), "off" if _is_off(one) else one.state, one.said, one.revision, over,
        not (_is_off(one) or over or _taken_back(row)),
    )  # fmt: skip


def say_here(actor: Actor, incoming_id: UUID, said: str, *, seen: int, now: datetime) -> None:
    """Yes to the time that was looked at, or that it does not work; it travels back to the sender.

    seen: its revision. Refuses strangers and where none was proposed (NotThere), another answer (BadInput), another
    time by now (Stale), and what is off, over, or of a client who took back her permission (NotNow).
    """
    with transaction.atomic():
        row = incoming_row(actor, incoming_id, "send")
        if said not in SAID:
            raise BadInput(Problem("choose an answer", field="said"))
        one = _latest(row)
        if one is None:
            raise NotThere(subject=incoming_id)
        if one.revision != seen:
            raise Stale(subject=incoming_id)
        if _is_off(one) or one.at + timedelta(minutes=one.minutes) <= now or _taken_back(row):
            raise NotNow("This session does not stand any more.")
        mine = ArrivedJoint.objects.filter(pk=one.pk, revision=seen, state=one.state, said=one.said)
        if not mine.update(said=said, said_at=now):
            raise Stale(subject=incoming_id)
        advance(row, SAID[said], Made(), actor=actor, now=now)
        tell_joint_said(row, {"joint": str(one.joint_id), "said": said, "revision": str(seen)}, now=now)


def _appointment(one: ArrivedJoint) -> Appointment:
    """A no of ours is a change like any other, so that calendars take it out before the sender has heard it."""
    ours = one.said == "no" and one.state != "off"
    return Appointment(
        one.pk, one.at, one.minutes, one.revision + ours, (one.said_at if ours else None) or one.changed_at,
        agreed=one.state == "agreed", off=_is_off(one),
    )  # fmt: skip


def appointment_here(actor: Actor, incoming_id: UUID, *, now: datetime) -> Appointment:
    """The session as a calendar takes it, with its audit row. NotThere for strangers and where none was proposed."""
    one = _latest(incoming_row(actor, incoming_id))
    if one is None:
        raise NotThere(subject=incoming_id)
    audit.record(actor, "copy", "joint_session", one.pk, now=now)
    return _appointment(one)


def appointments_arrived(actor: Actor, *, since: datetime) -> list[Appointment]:
    """Those of incoming referrals that are the member's, from `since` on: times alone."""
    rows = ArrivedJoint.objects.filter(
        practice_id=actor.practice_id, incoming__to_member_id=actor.member, at__gt=since
    )
    return [_appointment(row) for row in rows.order_by("at")]
