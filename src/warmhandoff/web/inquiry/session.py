"""The sitting of a colleague who came by a link: one inquiry or one post, for an hour, apart from any account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.http import HttpRequest

Kind = Literal["inquiry", "need_post"]
LONGEST = timedelta(hours=1)


def start(request: HttpRequest, kind: Kind, subject_id: UUID, *, now: datetime) -> None:
    """Begin it; an earlier one of the same kind ends."""
    request.session.cycle_key()
    request.session[kind] = {"id": str(subject_id), "started_at": now.isoformat()}


def subject_of(request: HttpRequest, kind: Kind, *, now: datetime) -> UUID | None:
    """Which inquiry or post it is about; None once its time is over."""
    held = request.session.get(kind)
    if held is None:
        return None
    if now - datetime.fromisoformat(held["started_at"]) > LONGEST:
        request.session.pop(kind)
        return None
    return UUID(held["id"])
