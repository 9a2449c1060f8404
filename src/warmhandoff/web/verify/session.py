"""The sitting of a listing that came by its link: one listing, half an hour, apart from any account."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest

KEY = "asking"
LONGEST = timedelta(minutes=30)


def start(request: HttpRequest, asking_id: UUID, *, now: datetime) -> None:
    """Begin it; an earlier one ends."""
    request.session.cycle_key()
    request.session[KEY] = {"id": str(asking_id), "started_at": now.isoformat()}


def asking_of(request: HttpRequest, *, now: datetime) -> UUID | None:
    """Which asking it is about; None once its time is over."""
    held = request.session.get(KEY)
    if held is None:
        return None
    if now - datetime.fromisoformat(held["started_at"]) > LONGEST:
        request.session.pop(KEY)
        return None
    return UUID(held["id"])
