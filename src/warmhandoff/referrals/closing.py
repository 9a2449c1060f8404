"""Closing the loop: only by an outcome, never by silence; reopening keeps history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.planning import let_in
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.standing import must_be_held
from warmhandoff.rules.access import Actor


def close(
    actor: Actor, referral_id: UUID, *, outcome: str, why: str = "", now: datetime, seen: int | None = None
) -> None:
    """Close after attendance, or end without one (then `why` is needed). What is still on its way is withdrawn.

    NotNow while nobody holds the client (referrals.standing).
    """
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        name = "close" if outcome in ("attended_fit", "attended_poor_fit") else "end"
        must_be_held(referral, outcome)
        made = Made(facts={"outcome": outcome, "why": why.strip()}, changes={"outcome_why": why.strip()}, seen=seen)
        move(referral, name, made, actor=actor, now=now)
        _withdraw(referral)


def _withdraw(referral: Referral) -> None:
    """Links end with the loop; what had been handed over stays in the record as handed over."""
    referral.deliveries.filter(state="queued").update(state="withdrawn")
    Delivery.objects.filter(referral=referral).update(token_hash=None, token=None, code=None)


def reopen(actor: Actor, referral_id: UUID, *, why: str, now: datetime) -> None:
    """Open a closed referral again, with everything that was tried. Whoever reopens what was a leaver's owns it."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        gone = referral.owner.left_at is not None  # an open referral is nobody's who left
        heir = colleague(referral.practice_id, actor.member, lock=True) if gone else None
        made = Made(facts={"why": why.strip()}, owner=heir, changes={"owner": heir} if heir else {})
        move(referral, "reopen", made, actor=actor, now=now)
        let_in(referral, heir or referral.owner, actor, now=now)
