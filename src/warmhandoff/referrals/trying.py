"""What was tried stays remembered: with whom she was when the referral turned to someone else, and why it did."""

from __future__ import annotations

from warmhandoff.referrals.answering import live_delivery
from warmhandoff.referrals.models import Referral

# From where the referral turns away from whom she was with, and what is kept of that option.
_KEPT = {"attended": "poor_fit", "mismatched": "poor_fit", "missed": "missed"}


def remember_tried(referral: Referral, *, outcome: str = "") -> None:
    """Keep on the option why it is one no longer, before the referral moves on; within the caller's transaction.

    outcome: where it is closed instead, by which outcome. An option that is marked is not offered again, and whoever
    it was no longer learns where she goes from here.
    """
    delivery = live_delivery(referral)
    if delivery is None:
        return
    kept = _KEPT.get(referral.state, "") if not outcome else "poor_fit" if outcome == "attended_poor_fit" else ""
    if kept:
        referral.options.filter(listing_id=delivery.listing_id, tried="").update(tried=kept)
