"""What a practice decides for itself, by its administrators: when a text without a name counts as telling too much."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem


def set_share_at_least(actor: Actor, people: int, *, now: datetime) -> None:
    """How many people at least should share what a text tells: fewer are warned of.

    Refuses whoever may not decide for the practice (NotAllowed) and a number below 1 (BadInput).
    """
    must_set_policy(actor)
    if not 1 <= people <= 10_000:
        raise BadInput(Problem("a number from 1 to 10,000", field="share_at_least"))
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(share_at_least=people)
        audit.record(actor, "set_asking", "practice", actor.practice_id, now=now)
