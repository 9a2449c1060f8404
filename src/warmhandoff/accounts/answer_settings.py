"""How soon a practice answers those who send to it: its promise, and whether someone staffs a queue for the urgent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.incoming import LONGEST_PROMISE, URGENT_HOURS
from warmhandoff.rules.refusals import BadInput, Problem


def set_answers(actor: Actor, *, promise_days: int, urgent_hours: int | None, now: datetime) -> None:
    """Set the promise in business days, and the working hours of the urgent queue; None: nobody staffs one.

    Holds for what comes from now on: a date once promised stays. Refuses all but administrators (NotAllowed) and other
    numbers than rules/incoming.py knows (BadInput).
    """
    must_set_policy(actor)
    problems = []
    if not 1 <= promise_days <= LONGEST_PROMISE:
        problems.append(Problem(f"a number of days from 1 to {LONGEST_PROMISE}", field="promise_days"))
    if urgent_hours is not None and urgent_hours not in URGENT_HOURS:
        problems.append(Problem("choose one of the hours offered", field="urgent_hours"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(promise_days=promise_days, urgent_hours=urgent_hours)
        audit.record(actor, "set_answers", "practice", actor.practice_id, now=now)
