"""Which member of which practice of this server keeps a listing as her own: to whom what is sent to it can be given."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.directory.listing import keepers
from warmhandoff.directory.models import Claim, Listing


def keeper_of(listing_id: int, *, not_in: UUID) -> tuple[UUID, UUID] | None:
    """Practice and membership of whoever keeps the listing, outside the practice `not_in`; None where nobody does.

    A keeper who may not take referrals (for want of a second factor, or by her role) is passed over.
    """
    listing = Listing.objects.filter(pk=listing_id).select_related("survivor").first()
    if listing is None:
        return None
    claims = keepers(listing.survivor or listing).exclude(practice_id=not_in).select_related("membership__user")
    for claim in claims.order_by("confirmed_at"):
        if actor_of_membership(claim.membership).relations_for("send"):
            return claim.practice_id, claim.membership_id
    return None


def kept_listings(membership_id: UUID) -> list[int]:
    """The listings a member keeps as her own now; those that others are merged into in place of these."""
    claims = Claim.objects.filter(membership_id=membership_id, confirmed_at__isnull=False, ended_at=None)
    return sorted({row.listing.survivor_id or row.listing_id for row in claims.select_related("listing")})
