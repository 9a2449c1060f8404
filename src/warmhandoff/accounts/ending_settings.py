"""How many days' notice a practice gives before care ends. Custom and its counsel decide; no ethics code names any."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.bridge import LONGEST_NOTICE
from warmhandoff.rules.refusals import BadInput, Problem


def set_notice_days(actor: Actor, days: int, *, now: datetime) -> None:
    """Set the days of notice. Refuses all but administrators (NotAllowed) and what is not 1 to 365 days (BadInput)."""
    must_set_policy(actor)
    if not 1 <= days <= LONGEST_NOTICE:
        raise BadInput(Problem(f"a number of days from 1 to {LONGEST_NOTICE}", field="notice_days"))
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(notice_days=days)
        audit.record(actor, "set_notice_days", "practice", actor.practice_id, now=now)
