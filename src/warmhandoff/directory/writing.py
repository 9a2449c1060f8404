"""The one way in which facts reach the database: appended, then the listing's columns derived anew from all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from warmhandoff.directory.deriving import Said, facts_now
from warmhandoff.directory.models import DirectoryVersion, Fact, Listing, Overlay, Source
from warmhandoff.directory.words import facets_of, without_hidden_place, words_of

_COLUMNS = {"name": 300, "kind": 40, "city": 120, "state": 2, "zip": 5, "npi": 10}
_DERIVED = [*_COLUMNS, "facts_now", "name_words", "more_words", "facets", "changed_at", "changed_in"]


def raise_version() -> int:
    """The directory's next version, within the caller's transaction, which holds the row until it commits.

    So versions become visible in their order, and a process that has seen version n misses nothing up to n.
    """
    if not DirectoryVersion.objects.filter(pk=1).update(number=F("number") + 1):
        DirectoryVersion.objects.bulk_create([DirectoryVersion(pk=1, number=0)], ignore_conflicts=True)
        DirectoryVersion.objects.filter(pk=1).update(number=F("number") + 1)
    return DirectoryVersion.objects.values_list("number", flat=True).get(pk=1)


def source_of(practice_id: UUID | None, kind: str, name: str, *, now: datetime) -> Source:
    """The source of this name (of a practice, or shared), made if it is not there yet."""
    wanted = Source(practice_id=practice_id, kind=kind, name=name, created_at=now)
    Source.objects.bulk_create([wanted], ignore_conflicts=True)  # two at once: one row, by the unique constraint
    whose = Q(practice__isnull=True) if practice_id is None else Q(practice_id=practice_id)
    return Source.objects.get(whose, name=name)


def reachable_by(practice_id: UUID) -> Q:
    """The listings a practice may see: those all share, and its own."""
    return Q(practice__isnull=True) | Q(practice_id=practice_id)


def derive(listing_ids: Iterable[int], *, version: int, now: datetime) -> None:
    """Derive columns and `facts_now` of these listings, and of the overlays over shared ones, from their facts."""
    ids = list(listing_ids)
    listings = Listing.objects.in_bulk(ids)
    said = _said(ids)
    overlays = []
    for key, listing in listings.items():
        _derive_one(listing, facts_now(said[key, listing.practice_id]), version, now)
    for (key, practice_id), words in said.items():
        if practice_id is not None and practice_id != listings[key].practice_id:
            overlays.append((key, practice_id, facts_now(words)))
    # One statement that inserts or updates: many times faster than an UPDATE with a CASE for each row.
    Listing.objects.bulk_create(
        listings.values(), update_conflicts=True, update_fields=_DERIVED, unique_fields=["id"], batch_size=100
    )
    for key, practice_id, facts in overlays:
        overlay_of(practice_id, key)
        Overlay.objects.filter(practice_id=practice_id, listing_id=key).update(facts_now=facts, changed_in=version)


def _said(ids: Sequence[int]) -> dict[tuple[int, UUID | None], list[Said]]:
    """What was said of each listing, by whom it concerns: every practice, or the one whose people said it."""
    found: dict[tuple[int, UUID | None], list[Said]] = defaultdict(list)
    own = dict(Listing.objects.filter(pk__in=ids).values_list("pk", "practice_id"))
    rows = Fact.objects.filter(listing_id__in=ids).order_by("id").values_list(
        "id", "listing_id", "field", "value", "source_id", "seen_on", "verified_on", "source__kind",
        "source__practice_id",
    )  # fmt: skip
    for number, key, field, value, source, seen, verified, kind, practice in rows:
        whose = practice if practice is not None and own[key] is None else own[key]
        found[key, whose].append(Said(number, field, value, source, seen, verified, kind == "entered"))
    return found


def _derive_one(listing: Listing, facts: dict[str, Any], version: int, now: datetime) -> None:
    listing.facts_now, listing.changed_at, listing.changed_in = facts, now, version
    listing.name_words, listing.more_words = words_of(facts)
    listing.facets = facets_of(facts)
    values = without_hidden_place({field: fact["value"] for field, fact in facts.items()})
    for column, length in _COLUMNS.items():
        value = values.get(column)
        if value or column not in ("name", "kind"):  # a listing never loses its name and kind
            setattr(listing, column, (value or "")[:length])


def overlay_of(practice_id: UUID, listing_id: int) -> Overlay:
    """The practice's overlay on a listing, made if there is none yet."""
    blank = Overlay(practice_id=practice_id, listing_id=listing_id)
    Overlay.objects.bulk_create([blank], ignore_conflicts=True)
    return Overlay.objects.get(practice_id=practice_id, listing_id=listing_id)
