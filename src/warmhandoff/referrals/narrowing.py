"""Narrowing a release while something may be on its way: what has been handed over is told, and stays told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.clients.models import Release
from warmhandoff.clients.narrowing import Narrower, narrow_release
from warmhandoff.clients.queries import client_row
from warmhandoff.referrals.sending import in_flight
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere


def narrow(actor: Actor, client_id: UUID, release_id: UUID, narrower: Narrower, *, now: datetime) -> None:
    """Narrow a release of this client at once; the next hand-over and every link ask the gate anew.

    NotThere for a release of somebody else's; else as clients.narrowing.narrow_release refuses.
    """
    row = client_row(actor, client_id, "change" if actor.side == "referrer" else "see")
    if not Release.objects.filter(pk=release_id, client=row).exists():
        raise NotThere(subject=release_id)
    narrow_release(actor, release_id, narrower, now=now, in_flight=in_flight)
