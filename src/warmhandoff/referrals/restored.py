"""What a restore ends among referrals: recipients' links, and deliveries that had not left when the backup was made."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.core import audit, erasing, jobs, journal, restoring, shredding
from warmhandoff.referrals.models import BasisLink, Delivery, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.rules.access import system

_WHY = "the server was restored from a backup: this may have left already, so ask the recipient before sending again"


@restoring.fence("delivery")
def end_deliveries(now: datetime) -> list[str]:
    """Every recipient's link ends. What was on its way is never sent by itself: it becomes the owner's step."""
    rows = Delivery.objects.filter(state__in=["queued", "in_flight"]).select_related("referral__practice")
    under_way = list(rows.select_related("referral__owner", "referral__next_owner", "listing").order_by("queued_at"))
    Delivery.objects.filter(pk__in=[row.pk for row in under_way]).update(state="failed")
    Delivery.objects.filter(Q(token_hash__isnull=False) | Q(token__isnull=False) | Q(code__isnull=False)).update(
        token_hash=None, token=None, code=None
    )
    for delivery in under_way:
        if delivery.referral.state == "queued":
            actor = system(delivery.practice_id)
            move(delivery.referral, "fail_delivery", Made(facts={"why": _WHY}), actor=actor, now=now)
    return [f"{row.pk} to {row.listing.name}, referral {row.referral_id}: {_WHY}" for row in under_way]


@shredding.ends("recipients' links")
def end_deliveries_of(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded: recipients' links end, and what was on its way does not leave.

    The referral stays as it was: an event about it could not be sealed any more.
    """
    rows = Delivery.objects.filter(practice_id=practice_id)
    under_way = rows.filter(state__in=["queued", "in_flight"])
    for pk in under_way.values_list("pk", flat=True):
        jobs.give_up({"delivery": str(pk)}, because="shredded")
    under_way.update(state="failed")
    linked = Q(token_hash__isnull=False) | Q(token__isnull=False) | Q(code__isnull=False)
    return rows.filter(linked).update(token_hash=None, token=None, code=None)


@restoring.fence("link on a lawful basis")
def end_basis_links(now: datetime) -> list[str]:
    """Every link to a packet on another basis than a release ends: one that was ended is not good again."""
    _end_basis_links(BasisLink.objects.all(), now)
    return []


@shredding.ends("links on a lawful basis")
def end_basis_links_of(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded: they end as recipients' links do."""
    return _end_basis_links(BasisLink.objects.filter(practice_id=practice_id), now)


def _end_basis_links(rows: QuerySet[BasisLink], now: datetime) -> int:
    return rows.filter(ended_at=None).update(ended_at=now, token_hash=None, token=None, code=None)


@journal.reapply("referral_erased")
def erase_draft_again(line: journal.Line, now: datetime) -> bool | None:
    """A draft that was erased goes again; it was one in every backup that has it."""
    row = Referral.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None:
        return None
    Referral.objects.filter(pk=row.pk).delete()
    erasing.forget_events(row.practice_id, row.pk)
    audit.record(system(row.practice_id), "erase", "referral", row.pk, now=now, clients=[row.client_id])
    return True
