"""Taking what was only ever a draft out of the live tables, without a trace but for the audit's ids and the journal.

The timeline is append-only: the database lets the events of a subject go once the journal says that it was erased
(core/walls.py). The same journal makes a restored backup erase it again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from warmhandoff.core import journal
from warmhandoff.core.models import Event


def erased(kind: str, practice_id: UUID, subject_id: UUID, *, now: datetime) -> None:
    """Within the caller's transaction: write down that a "referral" or "client" is erased, and let its events go."""
    journal.note(f"{kind}_erased", practice_id, subject_id, now=now)
    forget_events(practice_id, subject_id)


def forget_events(practice_id: UUID, subject_id: UUID) -> None:
    """Delete the events of a subject, or of a client, that the journal says was erased; else the database refuses."""
    Event.objects.filter(Q(subject_id=subject_id) | Q(client_id=subject_id), practice_id=practice_id).delete()


def moves_of(subject_id: UUID) -> frozenset[str]:
    """Every verb that was ever done with a subject whose door is open."""
    return frozenset(Event.objects.filter(subject_id=subject_id).values_list("move", flat=True))


def who_began(subject_id: UUID) -> UUID | None:
    """The membership whose act began a subject whose door is open."""
    rows = Event.objects.filter(subject_id=subject_id).order_by("number")
    return rows.values_list("membership_id", flat=True).first()
