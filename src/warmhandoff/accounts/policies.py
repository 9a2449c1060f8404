"""What a practice decides for itself, with its counsel."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor


def discloses_for_treatment(actor: Actor) -> bool:
    """Whether the actor's practice uses the ground "treatment, without an authorization" (45 CFR 164.506(c))."""
    return Practice.objects.filter(pk=actor.practice_id, discloses_for_treatment=True).exists()


def allow_treatment_disclosures(actor: Actor, *, on: bool, now: datetime) -> None:
    """Turn that ground on or off. NotAllowed for whoever does not set policy."""
    must_set_policy(actor)
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(discloses_for_treatment=on)
        verb = "allow_treatment_disclosures" if on else "stop_treatment_disclosures"
        audit.record(actor, verb, "practice", actor.practice_id, now=now)
