"""Whom a practice knows, and how well: what its overlays say, by listing."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.directory.writing import in_use
from warmhandoff.rules.vocab import trust_of

KNOWN = trust_of("met")
"""From here on the practice knows them: it has met them at least."""


def relationships_of(practice_id: UUID) -> dict[int, str]:
    """listing id -> how well the practice knows it, where it said so and did not set it aside; in use only."""
    rows = Overlay.objects.filter(practice_id=practice_id, excluded=False).exclude(relationship="unknown")
    alive = Listing.objects.filter(in_use(practice_id))
    return dict(rows.filter(listing__in=alive.values("pk")).values_list("listing_id", "relationship"))


def known_well(practice_id: UUID) -> frozenset[int]:
    """The listings the practice has met or knows well."""
    return frozenset(one for one, how in relationships_of(practice_id).items() if trust_of(how) >= KNOWN)


def merged_into(listing_id: int) -> list[int]:
    """The rows that were found to be the same as this one."""
    return list(Listing.objects.filter(survivor_id=listing_id).values_list("pk", flat=True))
