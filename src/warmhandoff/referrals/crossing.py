"""Between two practices of this server: what one side has to tell the other goes through the outbox, as everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from warmhandoff.clients.disclosing import Cleared
from warmhandoff.core import outbox
from warmhandoff.core.outbox import Envelope, Verdict
from warmhandoff.referrals.leaving import gate_of_delivery
from warmhandoff.referrals.models import ArrivedPacket, Delivery, Incoming
from warmhandoff.referrals.stopping import verdict_on

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

CHANNEL = "member"


def tell_sender(row: Incoming, kind: str, facts: Mapping[str, Any], *, now: datetime) -> None:
    """The answer travels back to the practice that sent it, if one of this server did; within the transaction."""
    _to_sender(row, "answer", {"kind": kind, "facts": json.dumps(dict(facts))}, now)


def tell_course(row: Incoming, kind: str, facts: Mapping[str, Any], *, now: datetime) -> None:
    """What came after a yes travels back likewise: "booked" (session_at) or "attendance" (told)."""
    _to_sender(row, kind, {"facts": json.dumps(dict(facts))}, now)


def tell_thanks(row: Incoming, words: str, *, now: datetime) -> None:
    """Thanks travel to the practice that sent, about nobody: whether anyone came stands in no thank-you."""
    _to_sender(row, "thanks", {"text": words}, now)


def tell_joint_said(row: Incoming, words: Mapping[str, str], *, now: datetime) -> None:
    """Our yes or no to a joint session: which one ("joint"), "said", and the "revision" that was looked at."""
    _to_sender(row, "joint_said", words, now)


def _to_sender(row: Incoming, template: str, words: Mapping[str, str], now: datetime) -> None:
    arrived = ArrivedPacket.objects.filter(incoming=row).first()
    if arrived is None:
        return
    envelope = Envelope(
        row.practice_id, None, "incoming", row.pk, str(arrived.sender_id),
        f"{template}:{row.pk}:{row.moves_made}", CHANNEL,
    )
    outbox.post(envelope, template, {"delivery": str(arrived.delivery_id), **words}, now=now)
    ArrivedPacket.objects.filter(pk=arrived.pk).update(told="on_its_way")


def to_receiver(delivery: Delivery, kind: str, key: str, words: Mapping[str, str], *, now: datetime) -> bool:
    """A parcel to the practice of this server that got the delivery's packet; within the transaction of the change.

    kind: "taken_back", "over", "words", "joint" or "amended", as `arriving` takes it in. key: what it is told once for.
    False where no practice of this server has the packet: then she is told another way.
    """
    found = ArrivedPacket.objects.filter(delivery_id=delivery.pk).values_list("practice_id", flat=True).first()
    if found is None:
        return False
    subject = kind if kind == "taken_back" else f"delivery_{kind}"
    envelope = Envelope(
        delivery.practice_id, delivery.referral.client_id, subject, delivery.pk, str(found), f"{kind}:{key}", CHANNEL
    )
    outbox.post(envelope, kind, {"delivery": str(delivery.pk), **words}, now=now)
    return True


def tell_taken_back(delivery: Delivery, *, now: datetime) -> None:
    """The release was taken back: a practice of this server that holds a copy is told so, and nothing else."""
    to_receiver(delivery, "taken_back", str(delivery.pk), {}, now=now)


def tell_receiver(delivery: Delivery, words: str, cleared: Cleared, *, now: datetime) -> None:
    """The answer to the recipient's question travels to her practice, if it is one of this server."""
    cleared.must_cover(delivery.referral.client_id, delivery.packet.classes)
    to_receiver(delivery, "words", f"{delivery.pk}:{delivery.referral.moves_made}", {"text": words}, now=now)


def _answer_left(incoming_id: UUID, now: datetime) -> None:
    ArrivedPacket.objects.filter(incoming_id=incoming_id, told="on_its_way").update(told="told")


@outbox.gate_of("delivery_words")
@outbox.gate_of("delivery_joint")
@outbox.gate_of("delivery_amended")
def _may_leave(message: Message, now: datetime) -> Verdict:
    """What is told about the client rides on her release, like the packet it belongs to."""
    rows = Delivery.objects.select_related("referral__client__practice", "packet")
    delivery = rows.get(pk=message.subject_id)
    return verdict_on(delivery, gate_of_delivery(delivery, now, lock=True), now=now)


outbox.when_left("incoming", _answer_left)
