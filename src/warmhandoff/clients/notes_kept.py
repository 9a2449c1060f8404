"""A client of whom someone keeps psychotherapy notes is not erased as one added by mistake."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.clients import erasing
from warmhandoff.clients.models import ProcessNote


def _why_not(client_id: UUID, membership_id: UUID) -> str:
    kept = ProcessNote.objects.filter(client_id=client_id).exists()
    return "Psychotherapy notes are kept about her." if kept else ""


def _erase(client_id: UUID, now: datetime) -> None:
    """Nothing: with a note there is no erasing."""


erasing.register_part("psychotherapy notes", erasing.Part(_why_not, _erase))
