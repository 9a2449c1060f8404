"""Who sends people here and how that went, by colleague: counts alone, of what the actor may see.

Shown to people and read by nothing that ranks: an import contract keeps it out of matching and directory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.directory.writing import led_to
from warmhandoff.referrals.inbox import visible_incoming
from warmhandoff.referrals.models import Delivery, Incoming
from warmhandoff.rules.access import Actor

POOR_FIT = frozenset({"outside_competence", "outside_niche", "level_of_care"})
"""Reasons of a decline that speak of the fit; no openings, times, fees and places do not."""


@dataclass
class Came:
    """What came from one colleague: accepted, declined for the fit, declined for another reason."""

    fits: int = 0
    poor: int = 0
    other: int = 0


def came_from(actor: Actor, since: datetime) -> dict[int, Came]:
    """listing id -> what came from it to the actor and was answered since then; what is not answered is not judged.

    One's own alone: a fit is one person's, whoever else in the practice may see the referral.
    """
    rows = visible_incoming(actor).filter(
        to_member_id=actor.member, listing__isnull=False, from_kind="colleague", received_at__gte=since,
        state__in=["accepted", "declined"],
    )  # fmt: skip
    found: dict[int, Came] = defaultdict(Came)
    all_rows = list(rows)
    led = led_to({row.listing_id for row in all_rows if row.listing_id is not None})
    for row in all_rows:
        if row.listing_id is not None:
            _count(found[led[row.listing_id]], row)
    return dict(found)


def _count(came: Came, row: Incoming) -> None:
    if row.state == "accepted":
        came.fits += 1
    elif (row.answer_facts.reveal() or {}).get("decline_reason") in POOR_FIT:
        came.poor += 1
    else:
        came.other += 1


@dataclass(frozen=True)
class Exchanged:
    """Between a practice and one colleague, over all time: sent there, received from there, and thanked for."""

    sent: int
    received: int
    thanked: int


def exchanged_with(practice_id: UUID, listing_ids: Collection[int]) -> Exchanged:
    """Counts over a listing and those merged into it. Nothing is weighed against anything."""
    sent = Delivery.objects.filter(practice_id=practice_id, listing_id__in=listing_ids, state="handed_over")
    came = Incoming.objects.filter(practice_id=practice_id, listing_id__in=listing_ids, from_kind="colleague")
    return Exchanged(
        sent.values("referral").distinct().count(), came.count(), came.filter(thanked_at__isnull=False).count()
    )
