"""Giving out what was frozen: as a page, a PDF or data. Nothing here answers without a `Cleared`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from warmhandoff.clients import releasing
from warmhandoff.clients.disclosing import Cleared, cleared_by
from warmhandoff.referrals.models import BasisPacket, Delivery, Packet
from warmhandoff.rules.packet import as_json
from warmhandoff.rules.release import Decision

Frozen = Packet | BasisPacket
Given = TypeVar("Given")
Form = Callable[[Frozen, Cleared], Given]


def content_of(packet: Frozen, cleared: Cleared) -> dict[str, Any]:
    """What the page shows. NoRelease where this was not cleared."""
    cleared.must_cover(packet.referral.client_id, packet.classes)
    content: dict[str, Any] = packet.content.reveal()
    return content


def pdf_of(packet: Frozen, cleared: Cleared) -> bytes:
    """The PDF as it was frozen. NoRelease where this was not cleared."""
    cleared.must_cover(packet.referral.client_id, packet.classes)
    return packet.pdf.reveal()


def data_of(packet: Frozen, cleared: Cleared) -> bytes:
    """The same as data (docs/reference/schemas/packet.json). NoRelease where this was not cleared."""
    return as_json(content_of(packet, cleared), packet.sha256)


def current(delivery: Delivery) -> Packet:
    """What the recipient of a delivery is to see: the newest version she was given."""
    last = delivery.amendments.select_related("packet__referral").order_by("-packet__edition").first()
    return last.packet if last else delivery.packet


def gate_of_delivery(delivery: Delivery, now: datetime, *, lock: bool = False) -> Decision:
    """The release decision for what one delivery carries, taken anew."""
    referral = delivery.referral
    return releasing.gate(
        referral.client, delivery.listing_id, classes=current(delivery).classes, purpose=referral.purpose, now=now,
        lock=lock,
    )


def cleared_delivery(delivery: Delivery, now: datetime) -> Cleared:
    """Clear what one delivery carries, under the lock of the release until the transaction ends. NoRelease if not."""
    decision = gate_of_delivery(delivery, now, lock=True)
    return cleared_by(decision, delivery.referral.client, current(delivery).classes, now)
