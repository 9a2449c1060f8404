"""Closing the loop: only by an outcome, never by silence; reopening keeps history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.core import outbox
from warmhandoff.core.outbox import Envelope, Verdict
from warmhandoff.referrals.answering import live_delivery
from warmhandoff.referrals.crossing import to_receiver
from warmhandoff.referrals.leaving import gate_of_delivery
from warmhandoff.referrals.models import Delivery, Ending, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.planning import let_in
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.standing import must_be_held
from warmhandoff.referrals.stopping import verdict_on
from warmhandoff.referrals.trying import remember_tried
from warmhandoff.rules import outcomes
from warmhandoff.rules.access import Actor

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

ATTENDED = ("attended_fit", "attended_poor_fit")


def close(
    actor: Actor, referral_id: UUID, *, outcome: str, why: str = "", reason: str = "", now: datetime,
    seen: int | None = None,
) -> list[str]:
    """Close after attendance, or end without one (then `why` is needed). What is still on its way is withdrawn.

    reason: a code of rules/outcomes.toml that goes with the outcome, or "" (BadInput for another). Whoever was sent
    something and did not say no is told that nothing more is needed, whatever the client's own ways of contact are: by
    mail, or in her inbox on this server, as long as the release covers her. Returns the names of those whom neither
    reaches (on paper, by phone): staff tell them.
    NotNow while nobody holds the client (referrals.standing).
    """
    outcomes.check(outcome, reason)
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        must_be_held(referral, outcome)
        delivery = live_delivery(referral)
        told, by_hand = _tell_recipients(referral, now)
        name = "close" if outcome in ATTENDED else "end"
        facts = {"outcome": outcome, "why": why.strip(), "reason": reason, "recipients_told": told, "to_tell": by_hand}
        remember_tried(referral, outcome=outcome)
        made = Made(facts=facts, changes={"outcome_why": why.strip()}, seen=seen)
        move(referral, name, made, actor=actor, now=now)
        Ending(
            practice_id=referral.practice_id, referral=referral, attempt=referral.attempt, outcome=outcome,
            reason=reason, why=why.strip(), listing_id=delivery.listing_id if delivery else None,
            by_id=actor.membership_id, at=now,
        ).save(force_insert=True)
        _withdraw(referral)
    return by_hand


def _withdraw(referral: Referral) -> None:
    """Links end with the loop; what had been handed over stays in the record as handed over."""
    referral.deliveries.filter(state="queued").update(state="withdrawn")
    Delivery.objects.filter(referral=referral).update(token_hash=None, token=None, code=None)


def _tell_recipients(referral: Referral, now: datetime) -> tuple[list[str], list[str]]:
    """Names of those who are told by the product that nothing more is needed, and of those to be told another way."""
    told: list[str] = []
    by_hand: list[str] = []
    rows = referral.deliveries.select_related("referral__client__practice", "referral__practice", "packet", "listing")
    for row in rows.filter(state="handed_over").exclude(answer="decline").order_by("queued_at"):
        if not gate_of_delivery(row, now).allowed:
            continue  # the release is over: not even this is told
        (told if _told(row, now) else by_hand).append(row.listing.name)
    return list(dict.fromkeys(told)), [one for one in dict.fromkeys(by_hand) if one not in told]


def _told(row: Delivery, now: datetime) -> bool:
    if row.way == "link" and row.to.reveal() and outbox.mail_works():
        _post(row, now)
        return True
    return to_receiver(row, "over", _once(row), {}, now=now)


def _once(row: Delivery) -> str:
    return f"{row.pk}:{row.referral.moves_made}"


def _post(row: Delivery, now: datetime) -> None:
    practice, sent = row.referral.practice, row.handed_over_at or row.queued_at
    day = sent.astimezone(ZoneInfo(practice.time_zone))
    envelope = Envelope(
        row.practice_id, row.referral.client_id, "delivery_over", row.pk, row.to.reveal(),
        dedupe_key=f"over:{_once(row)}",
    )
    words = {"sender": practice.name, "day": f"{day:%A, %B} {day.day}"}
    outbox.post(envelope, "recipient_closed", words, now=now)


@outbox.gate_of("delivery_over")
def _may_leave(message: Message, now: datetime) -> Verdict:
    """That it is over is told like the packet itself: while the release covers the recipient, and while it is true."""
    rows = Delivery.objects.select_related("referral__client__practice", "packet")
    delivery = rows.filter(pk=message.subject_id, referral__state="closed").first()
    if delivery is None:
        return Verdict(stop=True)
    return verdict_on(delivery, gate_of_delivery(delivery, now, lock=True), now=now)


def reopen(actor: Actor, referral_id: UUID, *, why: str, now: datetime) -> None:
    """Open a closed referral again, with everything that was tried. Whoever reopens what was a leaver's owns it."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        gone = referral.owner.left_at is not None  # an open referral is nobody's who left
        heir = colleague(referral.practice_id, actor.member, lock=True) if gone else None
        made = Made(facts={"why": why.strip()}, owner=heir, changes={"owner": heir} if heir else {})
        move(referral, "reopen", made, actor=actor, now=now)
        let_in(referral, heir or referral.owner, actor, now=now)
