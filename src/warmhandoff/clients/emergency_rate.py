"""How often clients are opened in an emergency, beside how many releases are signed: a figure to watch, of counts only.

Emergency access is for the rare case (security requirement R-09). Many for each hundred signed releases say that care
teams are kept badly, or that the door is used for convenience.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.clients.models import EmergencyAccess, Release
from warmhandoff.rules.access import Actor

SPAN = timedelta(days=365)


@dataclass(frozen=True)
class EmergencyRate:
    """Counts of the last 365 days. `per_hundred`: emergencies for each hundred signed releases; None without any."""

    emergencies: int
    releases: int

    @property
    def per_hundred(self) -> float | None:
        return round(100 * self.emergencies / self.releases, 1) if self.releases else None


def emergency_rate(actor: Actor, *, now: datetime) -> EmergencyRate:
    """The figure of the actor's practice. NotAllowed without the right to policy: it is for whoever watches over it."""
    must_set_policy(actor)
    return _rate(actor.practice_id, now)


def emergency_rate_of_server(*, now: datetime) -> EmergencyRate:
    """The figure of all practices together, for the operator's measurements."""
    return _rate(None, now)


def _rate(practice_id: UUID | None, now: datetime) -> EmergencyRate:
    opened = EmergencyAccess.objects.filter(opened_at__gt=now - SPAN)
    signed = Release.objects.filter(signed_at__gt=now - SPAN)
    if practice_id is not None:
        opened, signed = opened.filter(practice_id=practice_id), signed.filter(practice_id=practice_id)
    return EmergencyRate(opened.count(), signed.count())
