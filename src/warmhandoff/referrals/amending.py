"""Amendments: a later version of a packet, for recipients who have the earlier one, past the same gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients import releasing
from warmhandoff.referrals.amended_crossing import tell_amended
from warmhandoff.referrals.freezing import Preview, compose_under, freeze, gate_of, must_be_seen
from warmhandoff.referrals.leaving import current
from warmhandoff.referrals.models import Amendment, Delivery, Packet, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.telling import tell_recipient
from warmhandoff.rules.access import Actor
from warmhandoff.rules.packet import Later
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Problem
from warmhandoff.rules.release import Decision

LONGEST_CHANGE = 2000


@dataclass(frozen=True)
class Change:
    """What a later version is to hold and what it says changed. `sha256`: of its preview, for sending."""

    delivery_id: UUID
    classes: Sequence[str]
    changed: str
    sha256: str = ""


def classes_now(actor: Actor, referral_id: UUID, delivery_id: UUID) -> tuple[str, ...]:
    """The classes of the version this recipient has; refused as `preview_amendment`."""
    return tuple(current(_delivery(referral_row(actor, referral_id, "send"), delivery_id)).classes)


def preview_amendment(actor: Actor, referral_id: UUID, change: Change, *, now: datetime) -> Preview:
    """The later version, to the byte, without freezing it.

    Refuses: NotThere for a delivery of another referral, NotNow where the recipient has nothing or said no, BadInput
    without classes or without what changed.
    """
    referral = referral_row(actor, referral_id, "send")
    delivery = _checked(referral, change)
    decision = gate_of(referral, delivery.listing_id, change.classes, now)
    return _compose(decision, referral, delivery, change, now)


def amend(
    actor: Actor, referral_id: UUID, change: Change, *, now: datetime, seen: int | None = None
) -> bool:
    """Give the later version to the recipient, if the release covers it: her page and PDF show it from now on.

    The one before stays in the record. A neutral mail says that there is something new; to a practice of this server
    the version itself travels. Refuses as the preview does, and NoRelease (recorded) or Stale as `sending.send`.
    Returns whether they hear of it by themselves: else, tell them.
    """
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "send")
        delivery = _checked(referral, change)
        decision = gate_of(referral, delivery.listing_id, change.classes, now, lock=True)
        if decision.allowed:
            ready = _compose(decision, referral, delivery, change, now)
            must_be_seen(ready, change.sha256)
            packet = freeze(referral, ready, change.classes, actor, now=now, amends=current(delivery))
            told = _give(delivery, packet, decision, now)
            made = Made(facts={"delivery": str(delivery.pk), "to": ready.content["to"], "version": packet.edition,
                               "classes": list(change.classes)}, decision=decision, seen=seen)
            move(referral, "amend", made, actor=actor, now=now)
            return told
    releasing.record_refused_disclosure(actor, referral.client, decision.reason, delivery.listing_id, now=now)
    raise NoRelease(decision.reason)


def _checked(referral: Referral, change: Change) -> Delivery:
    problems = []
    if not change.changed.strip():
        problems.append(Problem("say what changed", field="changed"))
    if len(change.changed) > LONGEST_CHANGE:
        problems.append(Problem(f"shorten it to {LONGEST_CHANGE} characters", field="changed"))
    if not change.classes:
        problems.append(Problem("choose at least one class of information", field="classes"))
    if problems:
        raise BadInput(*problems)
    return _delivery(referral, change.delivery_id)


def _delivery(referral: Referral, delivery_id: UUID) -> Delivery:
    rows = referral.deliveries.select_related("packet__referral", "referral__client__practice", "listing")
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotThere(subject=delivery_id)
    if delivery.state != "handed_over" or delivery.answer == "decline":
        raise NotNow("A later version goes to someone who has the packet and did not say no.")
    if delivery.way == "link" and delivery.token_hash is None:
        raise NotNow("This recipient's link has ended. Send the packet again instead.")
    return delivery


def _compose(decision: Decision, referral: Referral, delivery: Delivery, change: Change, now: datetime) -> Preview:
    before = current(delivery)
    on = date.fromisoformat(before.content.reveal()["prepared_on"])
    later = Later(before.edition + 1, on, change.changed.strip())
    return compose_under(decision, referral, delivery.listing_id, change.classes, now=now, later=later)


def _give(delivery: Delivery, packet: Packet, decision: Decision, now: datetime) -> bool:
    assert decision.release_id is not None
    row = Amendment(practice_id=delivery.practice_id, delivery=delivery, packet=packet,
                    release_id=decision.release_id, handed_over_at=now)
    row.save()
    return tell_recipient(delivery, f"amendment:{row.pk}", now=now) or tell_amended(row, now=now)
