"""What a practice referred for and to whom in a time, for counting: no client, no date, no word of anyone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from warmhandoff.directory.writing import led_to
from warmhandoff.referrals.models import Delivery, Referral

# What decides who can meet a need. What one wished for besides, and who was tried or left out, stays behind.
_MUSTS = (
    "kind", "level", "concerns", "modalities_must", "age_group", "participants", "languages", "payment", "place",
    "radius_miles", "formats", "times", "identities_must", "access", "max_wait_days",
)  # fmt: skip


def needs_since(practice_id: UUID, since: datetime) -> list[dict[str, Any]]:
    """What each referral begun since then was for, in the form of need.json: its musts alone.

    For counts: whoever calls this tells nobody a number under rules.gaps.LEAST that comes from it.
    """
    rows = Referral.objects.filter(practice_id=practice_id, created_at__gte=since).only("practice_id", "need")
    needs = [row.need.reveal() or {} for row in rows.iterator(chunk_size=500)]
    return [{name: need[name] for name in _MUSTS if name in need} for need in needs]


def sent_since(practice_id: UUID, since: datetime) -> dict[int, int]:
    """listing id -> how many referrals were handed over to it since then; one that was merged counts as that other."""
    rows = Delivery.objects.filter(practice_id=practice_id, state="handed_over", handed_over_at__gte=since)
    pairs = set(rows.values_list("referral_id", "listing_id"))
    led = led_to({listing for _, listing in pairs})
    return dict(Counter(led[listing] for _, listing in pairs if listing in led))
