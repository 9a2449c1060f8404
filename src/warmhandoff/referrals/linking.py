"""A recipient's link after it was made: sent again, given anew with another code, and forgotten once it left.

The token itself is kept (sealed) only until the message with it has left or was given; from then on its hash is all
there is. So sending a link again means making a new one, and the old one ends. The code stays the same unless staff
give another, and then they say how they knew whom they gave it to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from warmhandoff.clients.releasing import record_refused_disclosure
from warmhandoff.core import audit, jobs, outbox
from warmhandoff.core.links import new_code, new_token, token_hash
from warmhandoff.core.outbox import Envelope, Verdict
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.models import Delivery, LinkIssue, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.sending import LINK_LIFE, gate_of_delivery
from warmhandoff.referrals.stopping import verdict_on
from warmhandoff.referrals.timers import answer_due
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import BadInput, NoRelease, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

FORGET = timedelta(days=1)


def remind(actor: Actor, referral_id: UUID, delivery_id: UUID, *, now: datetime) -> None:
    """Send the recipient a new link (the old one ends); the code stays. Counted as a nudge.

    Refused: a delivery that is no link or has not been handed over (NotThere), without a release (NoRelease).
    """
    _issue(actor, referral_id, delivery_id, "nudge", "", now=now)


def nudge(delivery_id: UUID, *, now: datetime) -> bool:
    """The product's own reminder, once, on the day a recipient fell silent: a new link by mail; the code stays.

    Only where mail reaches her and the release still covers it (else it is recorded as refused). Nothing of the
    referral changes: the step is the owner's, as without it. True where one was sent.
    """
    delivery = Delivery.objects.select_related("referral__client__practice").filter(
        pk=delivery_id, way="link", state="handed_over", answered_at=None
    ).first()
    if delivery is None or not delivery.to.reveal() or not outbox.mail_works():
        return False
    if LinkIssue.objects.filter(delivery=delivery, by=None).exists():
        return False
    try:
        _issue(system(delivery.practice_id), delivery.referral_id, delivery_id, "nudge", "", now=now)
    except NoRelease:  # recorded with its reason; the owner has the step
        return False
    return True


def give_new_code(actor: Actor, referral_id: UUID, delivery_id: UUID, *, how: str, now: datetime) -> str:
    """A new link and a new code; the old ones end, and wrong codes are counted from the start. Returns the code.

    how: with whom staff spoke and how they knew; kept. Refused without it (BadInput).
    """
    return _issue(actor, referral_id, delivery_id, "new_code", how.strip(), now=now)


def _issue(actor: Actor, referral_id: UUID, delivery_id: UUID, kind: str, how: str, *, now: datetime) -> str:
    refused = ""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "send")
        delivery = _given(referral, delivery_id)
        if kind == "new_code" and not how:
            raise BadInput(Problem("say with whom you spoke, and how you know that it is they", field="how"))
        decision = gate_of_delivery(delivery, now, lock=True)
        if decision.allowed:
            _renew(delivery, kind, now)
            issue = LinkIssue(
                practice_id=referral.practice_id, delivery=delivery, kind=kind, how=how, by_id=actor.membership_id,
                at=now,
            )
            issue.save()
            _post(delivery, issue.pk, now)
            verb = "link_new_code" if kind == "new_code" else "link_nudge"
            told = [referral.client_id]
            audit.record(actor, verb, "delivery", delivery.pk, now=now, clients=told, basis=decision.release_id)
            return str(delivery.code.reveal())
        refused = decision.reason
    record_refused_disclosure(actor, referral.client, refused, delivery.listing_id, now=now)
    raise NoRelease(refused)


def _given(referral: Referral, delivery_id: UUID) -> Delivery:
    rows = Delivery.objects.select_related("referral__client__practice", "referral__practice", "packet", "listing")
    found = rows.select_for_update(of=("self",)).filter(
        pk=delivery_id, referral=referral, way="link", state="handed_over"
    )
    delivery = found.first()
    if delivery is None:
        raise NotThere(subject=delivery_id)
    return delivery


def _renew(delivery: Delivery, kind: str, now: datetime) -> None:
    token = new_token()
    delivery.token, delivery.token_hash, delivery.expires_at = token, token_hash("reply", token), now + LINK_LIFE
    if kind == "new_code":
        delivery.code, delivery.wrong_codes = new_code(), 0
    delivery.save(update_fields=["token", "token_hash", "expires_at", "code", "wrong_codes"])
    outbox.stop_about("delivery", [delivery.pk])


def _post(delivery: Delivery, issue_id: UUID, now: datetime) -> None:
    due = answer_due(delivery.listing, delivery.referral.practice, now)
    envelope = Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery", delivery.pk, delivery.to.reveal(),
        dedupe_key=f"delivery:{delivery.pk}:{issue_id}",
    )
    words = {"link": f"{settings.BASE_URL}/r/#{delivery.token.reveal()}", "sender": delivery.referral.practice.name,
             "due": f"{due:%A, %B} {due.day}"}
    outbox.post(envelope, "recipient_link", words, now=now)


@outbox.gate_of("delivery")
def _may_leave(message: Message, now: datetime) -> Verdict:
    """A link sent again leaves only while the release covers what it opens."""
    rows = Delivery.objects.select_related("referral__client__practice", "packet")
    delivery = rows.filter(pk=message.subject_id, state="handed_over", token_hash__isnull=False).first()
    if delivery is None:
        return Verdict(stop=True)
    return verdict_on(delivery, gate_of_delivery(delivery, now, lock=True), now=now)


def _left(delivery_id: UUID, now: datetime) -> None:
    """The link left, or was given by hand: from here on its hash is all there is."""
    Delivery.objects.filter(pk=delivery_id).update(token=None)


def _dropped(delivery_id: UUID, now: datetime) -> None:
    """Staff gave up on a message that could not leave: sending the packet anew is the owner's step."""
    rows = Delivery.objects.select_related("referral__practice", "referral__owner", "referral__next_owner")
    delivery = rows.filter(pk=delivery_id, state__in=["queued", "in_flight"]).first()
    if delivery is None:
        return
    delivery.state, delivery.token_hash, delivery.token, delivery.code = "failed", None, None, None
    delivery.save()
    if delivery.referral.state == "queued":
        made = Made(facts={"why": "it could not be delivered, and was not tried further"})
        move(delivery.referral, "fail_delivery", made, actor=system(delivery.practice_id), now=now)


@jobs.every_tick("forget_links")
def forget_links(now: datetime) -> None:
    """A link that was opened a day ago was given: nobody needs to read it here any more, said so or not."""
    given = Delivery.objects.filter(
        practice_id__in=practices_with_keys(), token__isnull=False, opened_at__lt=now - FORGET
    )
    for delivery_id in list(given.values_list("pk", flat=True)):
        with transaction.atomic():
            Delivery.objects.filter(pk=delivery_id).update(token=None)
            outbox.given_after_all("delivery", delivery_id, now)


outbox.when_left("delivery", _left)
outbox.when_dropped("delivery", _dropped)
