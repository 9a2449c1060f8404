"""A joint session with a recipient on this server: time, length and place travel to her practice, and changes of them.

The parcel says only which session; what stands then is read when it is carried, so that parcels that overtake each
other bring nothing older. Like the packet, it rides on the client's release, asked once more as it is handed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.referrals.answering import is_live
from warmhandoff.referrals.crossing import to_receiver
from warmhandoff.referrals.leaving import cleared_delivery, current
from warmhandoff.referrals.models import ArrivedJoint, Delivery, Incoming, JointSession
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.receiving import advance
from warmhandoff.rules.access import system


def tell_joint(row: JointSession, *, now: datetime, to: Delivery | None = None, again: str = "") -> bool:
    """Let the recipient's practice know how the session stands; within the transaction of the change.

    to: another recipient than the one it is with now: the one it was with before. again: told anew, for this reason.
    False where no practice of this server has the packet: then she is told another way.
    """
    delivery = to or row.delivery
    stands = f"{row.revision}:{row.state}:{'yes' if row.recipient_at else ''}"
    return to_receiver(
        delivery, "joint", f"{row.pk}:{delivery.pk}:{stands}:{again}", {"joint": str(row.pk)}, now=now
    )


@dataclass(frozen=True)
class Carried:
    """A session as it stands for one recipient. For whom it is not with any more, it is off, and no more is told."""

    at: datetime
    minutes: int
    where: str
    off: bool
    agreed: bool
    revision: int
    changed_at: datetime
    heard_yes: bool


def joint_to_carry(delivery_id: UUID, joint_id: UUID, *, now: datetime) -> Carried:
    """How the session stands for this recipient; within the carrier's transaction. NoRelease if not cleared."""
    rows = Delivery.objects.select_related("referral__client__practice", "packet__referral", "listing")
    delivery = rows.get(pk=delivery_id)
    cleared_delivery(delivery, now).must_cover(delivery.referral.client_id, current(delivery).classes)
    row = JointSession.objects.get(pk=joint_id, referral_id=delivery.referral_id)
    hers = row.delivery_id == delivery.pk and is_live(delivery)
    return Carried(
        row.at, row.minutes, row.where.reveal(), off=row.state == "off" or not hers, agreed=row.state == "agreed",
        revision=row.revision, changed_at=row.changed_at, heard_yes=row.recipient_at is not None,
    )  # fmt: skip


def take_in_joint(delivery_id: UUID, joint_id: UUID, *, now: datetime) -> None:
    """At the receiving practice: what stands is kept with the incoming referral. What is older changes nothing.

    Another time than the one we answered asks us again. Called off before we ever heard of it, it is not kept.
    """
    stands = joint_to_carry(delivery_id, joint_id, now=now)
    incoming = Incoming.objects.select_related("practice").get(packet__delivery_id=delivery_id)
    row = ArrivedJoint.objects.select_for_update().filter(incoming=incoming, joint_id=joint_id).first()
    if row is None:
        if stands.off:
            return
        row = ArrivedJoint(
            practice=incoming.practice, incoming=incoming, joint_id=joint_id, at=stands.at, minutes=stands.minutes,
            state="", revision=stands.revision, changed_at=stands.changed_at,
        )
    elif (stands.revision, stands.changed_at) < (row.revision, row.changed_at):
        return
    before = (row.state, row.revision, row.said)
    _copy(row, stands)
    row.save()
    if (row.state, row.revision, row.said) != before:
        advance(incoming, "joint", Made(), actor=system(incoming.practice_id), now=now)


def _copy(row: ArrivedJoint, stands: Carried) -> None:
    """When it is off, the time stays as we knew it: calendars take out what they have."""
    another = stands.revision != row.revision
    if not stands.off:
        row.at, row.minutes, row.where = stands.at, stands.minutes, stands.where
        row.said = "yes" if stands.heard_yes else "" if another else row.said
        row.said_at = row.said_at if row.said else None
    row.state = "off" if stands.off else "agreed" if stands.agreed else "proposed"
    row.revision, row.changed_at = stands.revision, stands.changed_at
