"""Which listings a practice is tied to in the same way."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.directory.models import Overlay


def sharing_tie(practice_id: UUID, kind: str) -> list[int]:
    """The listings with which the practice recorded a tie of this kind. "other" names no one tie, and "" none."""
    if kind in ("", "other"):
        return []
    return list(Overlay.objects.filter(practice_id=practice_id, tie_kind=kind).values_list("listing_id", flat=True))
