"""Composing a packet under a decision, and freezing it as it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warmhandoff.clients import releasing
from warmhandoff.documents import packet_pdf
from warmhandoff.referrals.models import Packet, Referral
from warmhandoff.referrals.packets import compose_packet, frame_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.packet import SCHEMA, Later, fingerprint
from warmhandoff.rules.refusals import Stale
from warmhandoff.rules.release import Decision


@dataclass(frozen=True)
class Preview:
    """What would leave, to the byte. `sha256` must come back with the order to send it."""

    content: dict[str, Any]
    pdf: bytes
    sha256: str
    decision: Decision


def gate_of(
    referral: Referral, listing_id: int, classes: Sequence[str], now: datetime, *, lock: bool = False
) -> Decision:
    """The release decision for these classes of a referral."""
    return releasing.gate(
        referral.client, listing_id, classes=classes, purpose=referral.purpose, now=now, lock=lock
    )


def compose_under(
    decision: Decision, referral: Referral, listing_id: int, classes: Sequence[str], *, now: datetime,
    later: Later | None = None,
) -> Preview:
    """What a packet would be under this decision, to the byte; nothing is kept."""
    content = compose_packet(referral, frame_of(referral, listing_id, decision, later), classes, now=now)
    pdf = packet_pdf(content)
    return Preview(content, pdf, fingerprint(content, pdf), decision)


def must_be_seen(ready: Preview, sha256: str) -> None:
    """Refuse (Stale) to send anything but what the preview showed."""
    if ready.sha256 != sha256:
        raise Stale("The record changed since this preview. Please look at the packet again before it leaves.")


def freeze(
    referral: Referral, ready: Preview, classes: Sequence[str], actor: Actor, *, now: datetime,
    amends: Packet | None = None,
) -> Packet:
    """Keep a packet as it leaves; `amends`: the version it takes the place of."""
    packet = Packet(
        practice_id=referral.practice_id, referral=referral, version=referral.packets.count() + 1, schema=SCHEMA,
        classes=list(classes), content=ready.content, pdf=ready.pdf, sha256=ready.sha256, frozen_at=now,
        frozen_by_id=actor.membership_id or referral.owner_id, edition=ready.content["version"], amends=amends,
        changed=ready.content["changed"],
    )
    packet.save()
    return packet
