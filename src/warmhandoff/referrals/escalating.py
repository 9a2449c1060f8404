"""What its owner leaves lying: told to her supervisor, who finds it on Today until it moves on."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from warmhandoff.core import jobs
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.rules.access import system
from warmhandoff.rules.clock import business_days_between
from warmhandoff.rules.refusals import Stale

AFTER = 2  # business days past the date, before someone else is told


@jobs.every_tick("escalate")
def find_left_lying(now: datetime) -> None:
    """Every open step that is more than two business days past its date: told once for each date it had."""
    late = Referral.objects.filter(
        practice_id__in=practices_with_keys(), due_at__lt=now - timedelta(days=AFTER),
        next_owner__supervisor__isnull=False, next_owner__supervisor__left_at=None,
    )  # fmt: skip
    for referral_id in list(late.filter(escalated_at=None).values_list("pk", flat=True)):
        escalate(referral_id, now=now)


def escalate(referral_id: UUID, *, now: datetime) -> None:
    """One referral whose owner was reminded by its date and let it pass. Where she has no supervisor, it is hers still.

    Nothing of the next step changes: whose it is, what it is and when it was due stay true.
    """
    with transaction.atomic():
        rows = Referral.objects.select_related("practice", "next_owner__supervisor__user")
        referral = rows.filter(pk=referral_id, escalated_at=None, due_at__lt=now).first()
        if referral is None or referral.due_at is None or referral.next_owner is None:
            return
        practice, above = referral.practice, referral.next_owner.supervisor
        days = business_days_between(referral.due_at, now, zone=practice.time_zone, state=practice.state or None)
        if days < AFTER or above is None or above.left_at is not None:
            return
        made = Made(facts={"to": above.user.name, "due_at": referral.due_at}, changes={"escalated_at": now})
        try:
            move(referral, "escalate", made, actor=system(referral.practice_id), now=now)
        except Stale:
            return  # it moved at this moment: nobody left it lying
