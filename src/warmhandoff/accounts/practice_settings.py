"""What a practice decides for itself, by its administrators: whether and how it asks for room without names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem


@dataclass(frozen=True)
class AskingSwitches:
    """Both ways of asking without a name, and how many at least should share what a text tells."""

    inquiries: bool
    need_posts: bool
    share_at_least: int


def set_asking_switches(actor: Actor, switches: AskingSwitches, *, now: datetime) -> None:
    """Refuses whoever may not decide for the practice (NotAllowed) and a number below 1 (BadInput).

    What was asked before stays as it is: switching off stops new inquiries and posts.
    """
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    if not 1 <= switches.share_at_least <= 10_000:
        raise BadInput(Problem("a number from 1 to 10,000", field="share_at_least"))
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(**vars(switches))
        audit.record(actor, "set_asking", "practice", actor.practice_id, now=now)
