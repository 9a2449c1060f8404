"""What a gate of the outbox says of a message that rides on a release, and why not, kept in the client's record."""

from __future__ import annotations

from datetime import datetime

from warmhandoff.clients.releasing import record_refused_disclosure
from warmhandoff.core.outbox import GO, Verdict
from warmhandoff.referrals.models import Delivery
from warmhandoff.rules.access import system
from warmhandoff.rules.release import Decision


def verdict_on(delivery: Delivery, decision: Decision, *, now: datetime) -> Verdict:
    """It leaves where the decision allows it. Else it never does, and the refusal is recorded with its reason."""
    if decision.allowed:
        return GO
    client = delivery.referral.client
    record_refused_disclosure(system(delivery.practice_id), client, decision.reason, delivery.listing_id, now=now)
    return Verdict(stop=True)
