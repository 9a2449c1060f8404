"""Which optional parts a practice works with: the plan for several services, and the pause."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor


def set_optional_parts(actor: Actor, *, plans: bool, pause: bool, now: datetime) -> None:
    """Switch parts on or off for the whole practice. What was kept stays; NotAllowed without the right to policy."""
    must_set_policy(actor)
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(offers_plans=plans, offers_pause=pause)
        audit.record(actor, "set_optional_parts", "practice", actor.practice_id, now=now)
