"""Narrowing a release while something may be on its way: what has been handed over is told, and stays told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.clients.narrowing import Narrower, narrow_release
from warmhandoff.clients.release_history import one_release
from warmhandoff.referrals.sending import in_flight
from warmhandoff.rules.access import Actor


def narrow(actor: Actor, client_id: UUID, release_id: UUID, narrower: Narrower, *, now: datetime) -> None:
    """Narrow a release of this client at once; the next hand-over and every link ask the gate anew.

    NotThere for a release of somebody else's; else as clients.narrowing.narrow_release refuses.
    """
    card = one_release(actor, client_id, release_id, now=now)
    narrow_release(actor, card.id, narrower, now=now, in_flight=in_flight)
