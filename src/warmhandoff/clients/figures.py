"""What reports count of clients: how many nobody holds, and the groups the record holds."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from warmhandoff.clients.models import Client
from warmhandoff.clients.treatment import without_holder


def held_by_nobody(practice_id: UUID) -> int:
    """How many clients in care nobody holds, as Today says it."""
    return without_holder(Client.objects.filter(practice_id=practice_id)).count()


def languages_and_births(practice_id: UUID, client_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """client -> (language she reads, ISO day of birth or ""), for figures that name nobody."""
    rows = Client.objects.filter(practice_id=practice_id, pk__in=client_ids)
    return {row.pk: (row.language, row.birth_date.reveal()) for row in rows}
