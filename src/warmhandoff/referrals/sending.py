"""From packet to handoff: previewed, frozen, queued, and past the gate twice before anything leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from warmhandoff.clients import releasing
from warmhandoff.core import audit, jobs, outbox, steps
from warmhandoff.core.links import new_code, new_token, token_hash
from warmhandoff.referrals import conflicts, ways
from warmhandoff.referrals.cosigning import must_be_cosigned, of_transfer
from warmhandoff.referrals.crossing import tell_taken_back
from warmhandoff.referrals.freezing import Preview, compose_under, freeze, gate_of, must_be_seen
from warmhandoff.referrals.leaving import cleared_delivery, current, gate_of_delivery, pdf_of
from warmhandoff.referrals.models import Delivery, Packet, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.timers import answer_due
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import BadInput, NoRelease, NotThere, Problem, Stale
from warmhandoff.rules.release import Decision

if TYPE_CHECKING:
    from warmhandoff.clients.models import Release
    from warmhandoff.core.models import Message

LINK_LIFE = timedelta(days=60)


def preview(
    actor: Actor, referral_id: UUID, listing_id: int, classes: Sequence[str], *, now: datetime
) -> Preview:
    """Compose the packet for one recipient without freezing it, with what the gate says today."""
    referral = referral_row(actor, referral_id, "send")
    audit.record(actor, "preview", "packet", referral.pk, now=now, clients=[referral.client_id])
    return _preview(referral, listing_id, classes, now)


def _preview(referral: Referral, listing_id: int, classes: Sequence[str], now: datetime) -> Preview:
    return compose_under(gate_of(referral, listing_id, classes, now), referral, listing_id, classes, now=now)


@dataclass(frozen=True)
class Order:
    """An order to send: to whom, which classes, which way ("link", "paper" or "phone"), and the preview's hash.

    way may also be one that referrals.ways registered. to: the recipient's mail address for a link; empty means that
    staff hand the link over themselves.
    attested: staff confirm that nothing of value is given for this referral.
    """

    listing_id: int
    classes: Sequence[str]
    way: str
    sha256: str
    to: str = ""
    attested: bool = False


def send(actor: Actor, referral_id: UUID, order: Order, *, now: datetime, seen: int | None = None) -> UUID:
    """Freeze the packet and send it. Returns the delivery's id.

    Refused: without a release that covers recipient, purpose and every class (NoRelease, recorded in the client's
    record); when the record changed since the preview (Stale); a way that does not exist; without the attestation.
    """
    _check(order)
    try:
        with transaction.atomic():
            referral = referral_row(actor, referral_id, "send")
            return _send(actor, referral, order, now, seen).pk
    except NoRelease as refusal:
        releasing.record_refused_disclosure(actor, referral.client, refusal.message, order.listing_id, now=now)
        raise


def _check(order: Order) -> None:
    problems = []
    if not ways.is_known(order.way):
        problems.append(Problem("choose a way to send it", field="way"))
    if not order.classes:
        problems.append(Problem("choose at least one class of information", field="classes"))
    if not order.attested:
        problems.append(Problem("confirm that nothing of value is given or taken for this referral", field="attested"))
    if problems:
        raise BadInput(*problems)


def _send(actor: Actor, referral: Referral, order: Order, now: datetime, seen: int | None) -> Delivery:
    must_be_cosigned(of_transfer(referral, actor))
    ways.must_lead(order.way, referral.practice_id, order.listing_id)
    decision = gate_of(referral, order.listing_id, order.classes, now, lock=True)
    if not decision.allowed:
        raise NoRelease(decision.reason)
    ready = compose_under(decision, referral, order.listing_id, order.classes, now=now)
    must_be_seen(ready, order.sha256)
    packet = freeze(referral, ready, order.classes, actor, now=now)
    delivery = queue_delivery(packet, order, decision, now)
    on_paper = order.way in ways.BY_HAND
    name = "hand_over_on_paper" if on_paper else "send"
    due = answer_due(delivery.listing, referral.practice, now) if on_paper else None
    made = Made(facts={"delivery": str(delivery.pk), "to": ready.content["to"], "classes": list(order.classes)},
                decision=decision, seen=seen, due_at=due)
    move(referral, name, made, actor=actor, now=now)
    return delivery


def queue_delivery(packet: Packet, order: Order, decision: Decision, now: datetime) -> Delivery:
    """The delivery of a frozen packet, with its job unless it goes on paper; within the transaction of the move."""
    conflicts.refuse_undisclosed(packet.referral, order.listing_id)
    link, on_paper = order.way == "link", order.way in ways.BY_HAND
    token = new_token() if link else ""
    assert decision.release_id is not None
    delivery = Delivery(
        practice_id=packet.practice_id, referral=packet.referral, packet=packet, listing_id=order.listing_id,
        release_id=decision.release_id, way=order.way, to=order.to.strip() if link else "", queued_at=now,
        state="handed_over" if on_paper else "queued", handed_over_at=now if on_paper else None,
        token_hash=token_hash("reply", token) if link else None, token=token or None,
        code=new_code() if link else None, expires_at=now + LINK_LIFE if link else None,
    )
    delivery.save()
    if not on_paper:
        jobs.enqueue("deliver", {"delivery": str(delivery.pk)}, now=now, dedupe_key=f"deliver:{delivery.pk}")
    return delivery


def packet_file(actor: Actor, delivery_id: UUID, *, now: datetime) -> bytes:
    """The frozen PDF of a delivery on paper, to print or fax: past the gate again each time it is fetched."""
    with transaction.atomic():
        referral = referral_row(actor, _referral_of(delivery_id), "send")
        delivery = Delivery.objects.select_related("referral__client__practice", "packet__referral").get(
            pk=delivery_id, referral=referral
        )
        try:
            cleared = cleared_delivery(delivery, now)
        except NoRelease as refusal:
            refused = refusal
        else:
            pdf = pdf_of(current(delivery), cleared)
            audit.record(actor, "disclose", "delivery", delivery.pk, now=now,
                         clients=[delivery.referral.client_id], basis=cleared.basis)
            return pdf
    releasing.record_refused_disclosure(actor, delivery.referral.client, refused.message, delivery.listing_id, now=now)
    raise refused


def _referral_of(delivery_id: UUID) -> UUID:
    found = Delivery.objects.filter(pk=delivery_id).values_list("referral_id", flat=True).first()
    if found is None:
        raise NotThere(subject=delivery_id)
    return found


@jobs.job("deliver", sends=True)
def deliver(payload: dict[str, Any], now: datetime) -> None:
    """Hand one delivery over. Decision and in-flight row are committed first, then it leaves, then the result.

    Safe to run again after a crash at any point: a delivery in flight is handed over again with the same link and
    Message-ID, which changes nothing at the far end.
    """
    message = _take_off(UUID(payload["delivery"]), now)
    if message is None:
        return
    if message.channel != "by_hand" and message.state != "sent":
        outbox.hand_over(message)
    steps.passed("before_landing")
    _landed(UUID(payload["delivery"]), message, now)
    steps.passed("after_landing")


def _locked(delivery_id: UUID) -> Delivery:
    rows = Delivery.objects.select_related("referral__client__practice", "referral__practice", "packet", "listing")
    return rows.select_for_update(of=("self",)).get(pk=delivery_id)


def _take_off(delivery_id: UUID, now: datetime) -> Message | None:
    with transaction.atomic():
        steps.passed("before_gate")
        delivery = _locked(delivery_id)
        if delivery.state not in ("queued", "in_flight"):
            return None
        decision = gate_of_delivery(delivery, now, lock=True)
        steps.passed("after_gate")
        if not decision.allowed:
            _stop(delivery, decision.reason, now)
            return None
        delivery.state = "in_flight"
        delivery.save(update_fields=["state"])
        message = _message(delivery, now)
        steps.passed("before_take_off")
        outbox.take_off(message, now=now)
    steps.passed("after_take_off")
    return message


def _message(delivery: Delivery, now: datetime) -> Message:
    practice = delivery.referral.practice
    if delivery.way != "link":
        return outbox.post_inline(ways.envelope(delivery), "packet", {"delivery": str(delivery.pk)}, now=now)
    due = answer_due(delivery.listing, practice, now)
    envelope = outbox.Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery", delivery.pk, delivery.to.reveal(),
        dedupe_key=f"delivery:{delivery.pk}",
    )
    words = {"link": f"{settings.BASE_URL}/r/#{delivery.token.reveal()}", "sender": practice.name,
             "due": f"{due:%A, %B} {due.day}"}
    return outbox.post_inline(envelope, "recipient_link", words, now=now)


def _stop(delivery: Delivery, reason: str, now: datetime) -> None:
    delivery.state, delivery.token_hash, delivery.token, delivery.code = "withdrawn", None, None, None
    delivery.save()
    referral = delivery.referral
    actor = system(referral.practice_id)
    if referral.state == "queued":
        move(referral, "stop_at_gate", Made(facts={"why": reason}), actor=actor, now=now)
    releasing.record_refused_disclosure(actor, referral.client, reason, delivery.listing_id, now=now)


def _landed(delivery_id: UUID, message: Message, now: datetime) -> None:
    with transaction.atomic():
        delivery = _locked(delivery_id)
        if delivery.state != "in_flight":
            return
        delivery.state, delivery.handed_over_at = "handed_over", now
        delivery.save(update_fields=["state", "handed_over_at"])
        if message.channel != "by_hand":
            outbox.landed(message, now)
        referral = delivery.referral
        decision = Decision(True, delivery.release_id)
        made = Made(facts={"delivery": str(delivery.pk), "to": delivery.listing.name,
                           "classes": list(delivery.packet.classes)}, decision=decision,
                    due_at=answer_due(delivery.listing, referral.practice, now))
        if referral.state == "queued":
            move(referral, "hand_over", made, actor=system(referral.practice_id), now=now)
        else:
            audit.record(system(referral.practice_id), "disclose", "delivery", delivery.pk, now=now,
                         clients=[referral.client_id], basis=delivery.release_id)


def in_flight(release: Release, now: datetime) -> bool:
    """Whether a hand-over on this release is under way: what a revocation waits for."""
    under_way = Delivery.objects.filter(release=release, state="in_flight").values_list("pk", flat=True)
    return outbox.any_in_flight("delivery", list(under_way), now=now)


def revoke(actor: Actor, referral_id: UUID, release_id: UUID, *, now: datetime) -> list[str]:
    """Take back the release of a referral: nothing leaves any more, and links already given open nothing.

    Returns the names of recipients who had received something before: that cannot be called back, and is said so.
    """
    referral = referral_row(actor, referral_id, "change" if actor.side == "referrer" else "see")
    if not referral.client.releases.filter(pk=release_id, referral_id=referral.pk).exists():
        raise NotThere(subject=release_id)
    release = releasing.revoke_release(actor, release_id, now=now, in_flight=in_flight)
    for _ in range(_TRIES):
        try:
            return _close_what_rode_on(release, actor, referral_id, now)
        except Stale:  # the worker told the timeline something meanwhile: the release is over all the same
            continue
    return _close_what_rode_on(release, actor, referral_id, now)


_TRIES = 5


def _close_what_rode_on(release: Release, actor: Actor, referral_id: UUID, now: datetime) -> list[str]:
    with transaction.atomic():
        referral = referral_row(actor, referral_id)
        given = list(release.deliveries.filter(state="handed_over").select_related("listing", "referral"))
        reached = [delivery.listing.name for delivery in given]
        for delivery in given:
            tell_taken_back(delivery, now=now)
        release.deliveries.filter(state="queued").update(state="withdrawn", token_hash=None, token=None, code=None)
        release.deliveries.filter(state="handed_over").update(token_hash=None, token=None, code=None)
        outbox.stop_about("delivery", release.deliveries.values_list("pk", flat=True))
        if referral.state in _STOPPED_BY_REVOKING:
            made = Made(facts={"release": str(release.pk), "reached": reached}, decision=Decision(True, release.pk))
            move(referral, "revoke_release", made, actor=actor, now=now)
    return reached


_STOPPED_BY_REVOKING = frozenset(
    {"released", "queued", "sent", "asked", "silent", "waitlisted", "declined"}
)
