"""News back: how it goes with a client elsewhere, told by who sees her, while her release lets it come back.

The same door for all: the recipient on the reply page, and a practice of this server whose parcel arrives. Thanks come
by it too, and tell nothing of anyone: they need no release, and hold none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from warmhandoff.clients import releasing
from warmhandoff.clients.disclosing import Cleared, cleared_by
from warmhandoff.clients.drafting import NEWS
from warmhandoff.core import audit, outbox
from warmhandoff.core.outbox import Envelope, Verdict
from warmhandoff.referrals.answering import delivery_of, must_be_live, recipient_actor
from warmhandoff.referrals.crossing import CHANNEL
from warmhandoff.referrals.inbox import incoming_row
from warmhandoff.referrals.models import ArrivedPacket, Course, Delivery, Incoming, News
from warmhandoff.referrals.moving import Made
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.receiving import advance
from warmhandoff.referrals.stopping import verdict_on
from warmhandoff.rules.access import Actor
from warmhandoff.rules.incoming import tells_of_attendance
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, Problem
from warmhandoff.rules.release import Decision

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

KINDS = {"progress": "How it goes", "paused": "Paused, not ended", "thanks": "Thanks"}
TELLING = ("progress", "paused")
LONGEST = 2000


def _check(kind: str, words: str) -> str:
    if kind not in TELLING:
        raise BadInput(Problem("choose what it is", field="kind"))
    if not words.strip() or len(words) > LONGEST:
        raise BadInput(Problem("write a few words, 2000 letters at most", field="words"))
    return words.strip()


def gate_back(delivery: Delivery, now: datetime, *, lock: bool = False) -> Decision:
    """Whether news may come back from the recipient of a delivery: the client's release says so, or they may not."""
    referral = delivery.referral
    return releasing.gate(
        referral.client, delivery.listing_id, classes=[NEWS], purpose=referral.purpose, now=now, lock=lock,
        direction="back",
    )


def _cleared_back(delivery: Delivery, now: datetime) -> Cleared:
    return cleared_by(gate_back(delivery, now, lock=True), delivery.referral.client, [NEWS], now)


def may_tell(actor: Actor, *, now: datetime) -> bool:
    """Whether the recipient behind link and code may send news back now."""
    delivery = delivery_of(actor)
    return gate_back(delivery, now).allowed


def tell_news(actor: Actor, kind: str, words: str, *, now: datetime) -> None:
    """News from the recipient, kept for the referrer's staff. NoRelease, on the record, where she does not let it."""
    said = _check(kind, words)
    try:
        with transaction.atomic():
            delivery = delivery_of(actor)
            must_be_live(actor, delivery.referral)
            _keep(delivery, kind, said, _cleared_back(delivery, now), actor=actor, now=now)
    except NoRelease as refusal:
        row = delivery_of(actor)
        releasing.record_refused_disclosure(actor, row.referral.client, refusal.message, row.listing_id, now=now)
        raise


def _keep(delivery: Delivery, kind: str, words: str, cleared: Cleared, *, actor: Actor, now: datetime) -> None:
    cleared.must_cover(delivery.referral.client_id, [NEWS])
    News(
        practice_id=delivery.practice_id, referral=delivery.referral, delivery=delivery, kind=kind, words=words,
        release_id=cleared.basis, at=now,
    ).save(force_insert=True)
    clients = [delivery.referral.client_id]
    audit.record(actor, "tell_news", "referral", delivery.referral_id, now=now, clients=clients, basis=cleared.basis)


def note_thanks(delivery_id: UUID, words: str, *, now: datetime) -> None:
    """Thanks that a practice of this server sent, beside the referral they are for; within the carrier's transaction.

    Words that tell whether someone came are not taken in: without a release, nothing of that comes back.
    """
    delivery = Delivery.objects.select_related("referral").get(pk=delivery_id)
    if not tells_of_attendance(words):
        News(
            practice_id=delivery.practice_id, referral=delivery.referral, delivery=delivery, kind="thanks",
            words=words, release_id=None, at=now,
        ).save(force_insert=True)


@dataclass(frozen=True)
class NewsLine:
    kind: str
    label: str
    recipient: str
    words: str
    at: datetime


def news_of(actor: Actor, referral_id: UUID) -> list[NewsLine]:
    """What came back about a referral whose page is open (and audited), the newest first. NotThere for strangers."""
    referral = referral_row(actor, referral_id, "see")
    rows = News.objects.filter(referral=referral).select_related("delivery__listing").order_by("-at")
    return [NewsLine(row.kind, KINDS[row.kind], row.delivery.listing.name, row.words.reveal(), row.at) for row in rows]


# The receiving practice's side, when it is one of this server.


def _sent_from(row: Incoming) -> Delivery | None:
    arrived = ArrivedPacket.objects.filter(incoming=row, taken_back_at=None).first()
    rows = Delivery.objects.select_related("referral__client__practice", "listing")
    return rows.filter(pk=arrived.delivery_id).first() if arrived else None


def may_send_news(actor: Actor, incoming_id: UUID, *, now: datetime) -> bool:
    """Whether news about an accepted referral would be let back to the practice of this server that sent it."""
    row = incoming_row(actor, incoming_id)
    delivery = _sent_from(row) if row.state == "accepted" else None
    return delivery is not None and gate_back(delivery, now).allowed


def send_news(
    actor: Actor, incoming_id: UUID, kind: str, words: str, *, now: datetime, seen: int | None = None
) -> None:
    """News to the practice of this server that sent the client. With "paused", the words are kept as return plan too.

    Refuses where it was not accepted or came another way (NotNow), and where her release does not let news come back
    (NoRelease); it is asked again, at the other side, when the words are handed over.
    """
    said = _check(kind, words)
    row = incoming_row(actor, incoming_id, "send")
    delivery = _sent_from(row)
    if delivery is None or row.state != "accepted":
        raise NotNow("News go from here only to a practice of this server that sent the client, after a yes.")
    decision = gate_back(delivery, now)
    if not decision.allowed:
        them = recipient_actor(delivery)
        releasing.record_refused_disclosure(
            them, delivery.referral.client, decision.reason, delivery.listing_id, now=now
        )
        raise NoRelease("The client's permission does not let news go back. Ask the client first.")
    with transaction.atomic():
        cleared_by(decision, delivery.referral.client, [NEWS], now).must_cover(delivery.referral.client_id, [NEWS])
        advance(row, "news", Made(seen=seen), actor=actor, now=now)
        if kind == "paused":
            Course.objects.filter(incoming=row).update(paused_at=now)
        envelope = Envelope(
            row.practice_id, None, "news", delivery.pk, str(delivery.practice_id),
            f"news:{row.pk}:{row.moves_made}", CHANNEL,
        )
        outbox.post(envelope, "news", {"delivery": str(delivery.pk), "kind": kind, "text": said}, now=now)


@outbox.gate_of("news")
def _may_leave(message: Message, now: datetime) -> Verdict:
    """Her release is asked once more at the moment of handing over."""
    rows = Delivery.objects.select_related("referral__client__practice", "listing")
    delivery = rows.filter(pk=message.subject_id).first()
    if delivery is None:
        return Verdict(stop=True)
    return verdict_on(delivery, gate_back(delivery, now, lock=True), now=now)
