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
from warmhandoff.referrals.models import ArrivedPacket, Delivery, Incoming

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


def tell_taken_back(delivery: Delivery, *, now: datetime) -> None:
    """The release was taken back: a practice of this server that holds a copy is told so, and nothing else."""
    found = ArrivedPacket.objects.filter(delivery_id=delivery.pk).values_list("practice_id", flat=True).first()
    if found is None:
        return
    envelope = Envelope(
        delivery.practice_id, delivery.referral.client_id, "taken_back", delivery.pk, str(found),
        f"taken_back:{delivery.pk}", CHANNEL,
    )
    outbox.post(envelope, "taken_back", {"delivery": str(delivery.pk)}, now=now)


def tell_over(delivery: Delivery, key: str, *, now: datetime) -> bool:
    """The referral was closed: a practice of this server that got the packet is told that nothing more is needed.

    It goes past the gate of such mails (`referrals.closing`) when it is handed over. False where no practice of this
    server holds it: then she is told another way.
    """
    found = ArrivedPacket.objects.filter(delivery_id=delivery.pk).values_list("practice_id", flat=True).first()
    if found is None:
        return False
    envelope = Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery_over", delivery.pk, str(found), key, CHANNEL
    )
    outbox.post(envelope, "over", {"delivery": str(delivery.pk)}, now=now)
    return True


def tell_receiver(delivery: Delivery, words: str, cleared: Cleared, *, now: datetime) -> None:
    """The answer to the recipient's question travels to her practice, if it is one of this server."""
    cleared.must_cover(delivery.referral.client_id, delivery.packet.classes)
    found = ArrivedPacket.objects.filter(delivery_id=delivery.pk).values_list("practice_id", flat=True).first()
    if found is None:
        return
    envelope = Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery_words", delivery.pk, str(found),
        f"words:{delivery.pk}:{delivery.referral.moves_made}", CHANNEL,
    )
    outbox.post(envelope, "words", {"delivery": str(delivery.pk), "text": words}, now=now)


def _answer_left(incoming_id: UUID, now: datetime) -> None:
    ArrivedPacket.objects.filter(incoming_id=incoming_id, told="on_its_way").update(told="told")


@outbox.gate_of("delivery_words")
def _words_may_leave(message: Message, now: datetime) -> Verdict:
    """Words about the client ride on her release, like the packet they belong to."""
    from warmhandoff.referrals.sending import gate_of_delivery  # it tells through this module
    from warmhandoff.referrals.stopping import verdict_on

    rows = Delivery.objects.select_related("referral__client__practice", "packet")
    delivery = rows.get(pk=message.subject_id)
    return verdict_on(delivery, gate_of_delivery(delivery, now, lock=True), now=now)


outbox.when_left("incoming", _answer_left)
