"""A later version of a packet travels to a practice of this server that has the earlier one, which is kept there.

The parcel says only whose packet it is: what the release covers and is newest is read when it is carried.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from warmhandoff.referrals.crossing import to_receiver
from warmhandoff.referrals.leaving import cleared_delivery, content_of, current, pdf_of
from warmhandoff.referrals.models import Amendment, ArrivedPacket, ArrivedVersion, Delivery
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.receiving import advance
from warmhandoff.rules.access import system


def tell_amended(row: Amendment, *, now: datetime) -> bool:
    """Send the later version after the packet; within the transaction that gives it.

    False where no practice of this server has the packet: then she is told another way.
    """
    return to_receiver(row.delivery, "amended", str(row.pk), {}, now=now)


def amended_to_carry(delivery_id: UUID, *, now: datetime) -> tuple[dict[str, Any], bytes, str]:
    """The newest version: content, PDF and hash; within the carrier's transaction. NoRelease if it is not cleared."""
    rows = Delivery.objects.select_related("referral__client__practice", "packet__referral", "listing")
    delivery = rows.get(pk=delivery_id)
    cleared, packet = cleared_delivery(delivery, now), current(delivery)
    return content_of(packet, cleared), pdf_of(packet, cleared), packet.sha256


def take_in_amended(delivery_id: UUID, *, now: datetime) -> None:
    """At the receiving practice: the later version takes the place of the one before, which is kept as it arrived."""
    content, pdf, sha256 = amended_to_carry(delivery_id, now=now)
    rows = ArrivedPacket.objects.select_related("incoming__practice", "practice").select_for_update(of=("self",))
    arrived = rows.get(delivery_id=delivery_id)
    before = arrived.content.reveal()
    if arrived.sha256 == sha256 or content["version"] <= before.get("version", 1):
        return
    ArrivedVersion(
        practice=arrived.practice, packet=arrived, version=before.get("version", 1), pdf=arrived.pdf.reveal(),
        sha256=arrived.sha256, replaced_at=now,
    ).save(force_insert=True)
    arrived.content, arrived.pdf, arrived.sha256 = content, pdf, sha256
    arrived.save(update_fields=["content", "pdf", "sha256"])
    advance(arrived.incoming, "amended", Made(), actor=system(arrived.practice_id), now=now)
