"""Packets as files for staff: on the sender's side with a cover sheet, on the receiver's as they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.documents.covering import Cover, covered_pdf
from warmhandoff.referrals.inbox import incoming_row
from warmhandoff.referrals.models import ArrivedPacket, ArrivedVersion, Delivery
from warmhandoff.referrals.sending import packet_file
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere


def covered_file(actor: Actor, delivery_id: UUID, *, day: date, now: datetime) -> bytes:
    """The frozen packet behind its cover sheet, to print or fax; doors, gate and audit are those of `packet_file`.

    day: what the sheet gives as its date, by the practice's clock.
    """
    packet = packet_file(actor, delivery_id, now=now)
    delivery = Delivery.objects.select_related("listing", "practice").get(pk=delivery_id)
    practice = delivery.practice
    return covered_pdf(Cover(delivery.listing.name, practice.name, practice.phone, day), packet)


@dataclass(frozen=True)
class Arrived:
    """What came with an incoming referral. told: on_its_way, told or too_late, once we answered.

    earlier: the versions that a later one took the place of: id, which version, and when.
    """

    content: dict[str, Any]
    sha256: str
    arrived_at: datetime
    told: str
    taken_back_at: datetime | None = None
    earlier: tuple[tuple[UUID, int, datetime], ...] = ()


def arrived_with(actor: Actor, incoming_id: UUID) -> Arrived | None:
    """The packet of an incoming referral whose page is open (and audited); None where it came another way."""
    row = incoming_row(actor, incoming_id)
    found = ArrivedPacket.objects.filter(incoming=row).first()
    if found is None:
        return None
    earlier = tuple(found.earlier.order_by("version").values_list("pk", "version", "replaced_at"))
    return Arrived(found.content.reveal(), found.sha256, found.arrived_at, found.told, found.taken_back_at, earlier)


def arrived_file(actor: Actor, incoming_id: UUID, *, now: datetime) -> bytes:
    """The PDF that arrived, with an audit entry. NotThere for strangers, and where nothing came with it."""
    with transaction.atomic():
        row = incoming_row(actor, incoming_id)
        found = ArrivedPacket.objects.filter(incoming=row).first()
        if found is None:
            raise NotThere(subject=incoming_id)
        audit.record(actor, "open", "packet", found.pk, now=now)
    return bytes(found.pdf.reveal())


def earlier_file(actor: Actor, incoming_id: UUID, version_id: UUID, *, now: datetime) -> bytes:
    """The PDF of an earlier version as it arrived, with an audit entry. NotThere for strangers and other versions."""
    with transaction.atomic():
        row = incoming_row(actor, incoming_id)
        found = ArrivedVersion.objects.filter(packet__incoming=row, pk=version_id).first()
        if found is None:
            raise NotThere(subject=incoming_id)
        audit.record(actor, "open", "packet", found.packet_id, now=now)
    return bytes(found.pdf.reveal())
