"""The one way in which facts reach the database: appended, then the listing's columns derived anew from all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import Combinable

from warmhandoff.directory.deriving import VOICES, Said, facts_now, own_facts
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


def ask_for_a_look() -> None:
    """Doubles are looked for at the worker's next tick, and not only on the next day."""
    DirectoryVersion.objects.filter(pk=1).update(looked_at=None)


def hold() -> None:
    """Hold the directory until the caller's transaction ends, without changing it.

    Whoever writes many listings takes this before the first of their rows, as `raise_version` does: two that took
    rows and version in different orders would wait for each other for ever.
    """
    list(DirectoryVersion.objects.select_for_update().filter(pk=1))


def source_of(practice_id: UUID | None, kind: str, name: str, *, now: datetime) -> Source:
    """The source of this name (of a practice, or shared), made if it is not there yet."""
    wanted = Source(practice_id=practice_id, kind=kind, name=name, created_at=now)
    Source.objects.bulk_create([wanted], ignore_conflicts=True)  # two at once: one row, by the unique constraint
    whose = Q(practice__isnull=True) if practice_id is None else Q(practice_id=practice_id)
    return Source.objects.get(whose, name=name)


def reachable_by(practice_id: UUID | None) -> Q:
    """The rows a practice may see: those all share, and its own (None: no more than those all share).

    Among them are such as are merged into others.
    """
    return Q(practice__isnull=True) | Q(practice_id=practice_id)


def in_use(practice_id: UUID | None) -> Q:
    """The listings a practice may refer to. One is in use while any row merged into it is not retired,
    unless the listing itself asked not to be listed: that no import and no practice takes back."""
    alive = Listing.objects.filter(reachable_by(practice_id), retired_at=None, survivor__isnull=False)
    return Q(survivor=None, asked_out_at=None) & (Q(retired_at=None) | Q(pk__in=alive.values("survivor")))


def used_by_its_owner() -> Combinable:
    """Of each row, whether it is in use for whoever owns it, as `in_use` says: an expression to select."""
    same = Q(practice=None) | Q(practice=OuterRef("practice"))
    alive = Exists(Listing.objects.filter(same, survivor=OuterRef("pk"), retired_at=None))
    used = Q(survivor=None, asked_out_at=None) & (Q(retired_at=None) | Q(alive))
    return ExpressionWrapper(used, output_field=BooleanField())


def led_to(ids: Iterable[int], practice_id: UUID | None = None) -> dict[int, int]:
    """id -> the listing to which it leads: itself, or the one into which it was merged.

    `practice_id`: only of rows that this practice may see; those of others are left out, like those that are none.
    """
    rows = Listing.objects.filter(pk__in=list(dict.fromkeys(ids)))
    rows = rows if practice_id is None else rows.filter(reachable_by(practice_id))
    return {key: survivor or key for key, survivor in rows.values_list("pk", "survivor_id")}


def survivor_of(source_id: UUID, source_key: str) -> int | None:
    """The listing that a row of a source is shown as; None where the source has no such row."""
    row = Listing.objects.filter(source_id=source_id, source_key=source_key).values_list("pk", "survivor_id").first()
    return None if row is None else row[1] or row[0]


def derive(listing_ids: Iterable[int], *, version: int, now: datetime) -> None:
    """Derive columns and `facts_now` of these listings, and of the overlays over shared ones, from their facts.

    Words land on the row they were said of. A listing into which others are merged holds the words of all its rows; a
    merged row goes on holding its own alone, so that undoing restores it exactly.
    """
    rows = _with_their_groups(listing_ids)
    said = _said(rows)
    members: dict[int, list[int]] = {key: [key] for key in rows}
    for key, row in rows.items():
        if row.survivor_id is not None:
            members[row.survivor_id].append(key)
    overlays: dict[tuple[int, UUID], dict[str, Any]] = {}
    for key, listing in rows.items():
        shared = [word for row in members[key] for word in said[row][listing.practice_id]]
        _derive_one(listing, facts_now(shared), version, now)
        for practice_id in {whose for row in members[key] for whose in said[row]} - {listing.practice_id, None}:
            own = [word for row in members[key] for word in said[row][practice_id]]
            overlays[key, cast(UUID, practice_id)] = own_facts(shared, own)
    # One statement that inserts or updates: many times faster than an UPDATE with a CASE for each row.
    Listing.objects.bulk_create(
        rows.values(), update_conflicts=True, update_fields=_DERIVED, unique_fields=["id"], batch_size=100
    )
    _write_overlays(rows, overlays, version)


def _with_their_groups(listing_ids: Iterable[int]) -> dict[int, Listing]:
    """These rows, what they were merged into, and everything else that was."""
    ids = set(listing_ids)
    touched = Listing.objects.in_bulk(list(ids))
    roots = {row.survivor_id for row in touched.values() if row.survivor_id is not None}
    groups = Listing.objects.filter(Q(pk__in=roots - ids) | Q(survivor__in=[*(ids | roots)]))
    return {**touched, **{row.pk: row for row in groups}}


def _write_overlays(
    rows: Mapping[int, Listing], overlays: Mapping[tuple[int, UUID], dict[str, Any]], version: int
) -> None:
    left = Overlay.objects.filter(listing__in=rows).exclude(facts_now={}).values_list("listing_id", "practice_id")
    for key, practice_id in [*overlays, *(pair for pair in left if pair not in overlays)]:
        facts = overlays.get((key, practice_id), {})
        overlay_of(practice_id, key)
        Overlay.objects.filter(practice_id=practice_id, listing_id=key).update(facts_now=facts, changed_in=version)


_Words = dict[int, dict[UUID | None, list[Said]]]


def _said(rows: Mapping[int, Listing]) -> _Words:
    """row -> whom it concerns (every practice, or the one whose people said it) -> what was said."""
    found: _Words = defaultdict(lambda: defaultdict(list))
    facts = Fact.objects.filter(listing_id__in=rows).order_by("id").values_list(
        "id", "listing_id", "field", "value", "source_id", "seen_on", "verified_on", "source__kind",
        "source__practice_id",
    )  # fmt: skip
    for number, key, field, value, source, seen, verified, kind, practice in facts.iterator():
        own = rows[key].practice_id
        whose = practice if practice is not None and own is None else own
        voice = VOICES.get(kind, "file")
        found[key][whose].append(Said(number, field, value, source, seen, verified, voice, key))
    return found


def said_of(listing_id: int, practice_id: UUID) -> list[Said]:
    """Everything said of a listing and of what is merged into it, as far as it concerns this practice."""
    rows = _with_their_groups([listing_id])
    said = _said(rows)
    return [word for row in rows for whose in (None, practice_id) for word in said[row][whose]]


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
