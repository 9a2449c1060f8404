"""From rows to the engine: one practice's directory as the matching engine reads it, kept in memory and always fresh.

Each process keeps what it built, with the directory's version. A query first reads that version (one row): if it rose,
only the listings and overlays changed since then are read anew. Thus a change is seen by the next query everywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from warmhandoff.directory.deriving import over
from warmhandoff.directory.freshness import known_values, verified_days
from warmhandoff.directory.models import DirectoryVersion, Listing, Overlay
from warmhandoff.directory.writing import reachable_by
from warmhandoff.matching import Directory
from warmhandoff.matching import Listing as Matchable
from warmhandoff.rules.access import Actor
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.vocab import trust_of

_ENGINE = frozenset(field.name for field in fields(Matchable)) - {"id", "trust", "verified_days"}
_KEEP_PRACTICES = 32


@dataclass(frozen=True)
class _Kept:
    version: int
    today: date
    listings: dict[int, Matchable]
    directory: Directory


_kept: dict[UUID, _Kept] = {}
_lock = threading.Lock()


def directory_for(who: Actor | UUID, *, today: date) -> Directory:
    """The listings this practice may refer to: shared ones and its own, seen through its overlays.

    Retired and excluded listings are left out; what is stale on `today` is unknown. Pasted contacts that nobody has
    confirmed yet are in it.
    """
    practice_id = who.practice_id if isinstance(who, Actor) else who
    version = DirectoryVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    kept = _kept.get(practice_id)
    if kept is not None and kept.version == version and kept.today == today:
        return kept.directory
    base = kept if kept is not None and kept.version < version and kept.today == today else None
    fresh = _refreshed(practice_id, base, version, today)
    # Within a transaction the version may yet be rolled back and be given to another change: keep nothing of it.
    if not connection.in_atomic_block:
        _keep(practice_id, fresh)
    return fresh.directory


def directory_within(actor: Actor, ids: Collection[int], *, today: date) -> Directory:
    """The same of these listings alone, such as those of a list: read anew each time, because they are few."""
    rows = Listing.objects.filter(reachable_by(actor.practice_id), pk__in=ids, retired_at=None)
    overlays = Overlay.objects.filter(practice_id=actor.practice_id, listing_id__in=ids).defer("notes")
    known = {overlay.listing_id: overlay for overlay in overlays}
    out = {key for key, overlay in known.items() if overlay.excluded}
    return Directory.of([matchable(row, known.get(row.pk), today) for row in rows if row.pk not in out])


def forget() -> None:
    """Drop what this process keeps (after a restore, and in tests)."""
    with _lock:
        _kept.clear()


def _keep(practice_id: UUID, fresh: _Kept) -> None:
    with _lock:
        _kept.pop(practice_id, None)
        _kept[practice_id] = fresh
        while len(_kept) > _KEEP_PRACTICES:
            del _kept[next(iter(_kept))]


def _refreshed(practice_id: UUID, base: _Kept | None, version: int, today: date) -> _Kept:
    rows = Listing.objects.filter(reachable_by(practice_id))
    overlays = Overlay.objects.filter(practice_id=practice_id)
    if base is None:
        listings: dict[int, Matchable] = {}
        rows = rows.filter(retired_at=None)
    else:
        listings = dict(base.listings)
        touched = overlays.filter(changed_in__gt=base.version).values("listing_id")
        rows = rows.filter(Q(changed_in__gt=base.version) | Q(pk__in=touched))
    known = {overlay.listing_id: overlay for overlay in overlays.defer("notes")}
    for row in rows.defer("name_words", "more_words", "facets").iterator(chunk_size=2000):
        overlay = known.get(row.pk)
        if row.retired_at is not None or (overlay is not None and overlay.excluded):
            listings.pop(row.pk, None)
        else:
            listings[row.pk] = matchable(row, overlay, today)
    return _Kept(version, today, listings, Directory.of(listings.values()))


def matchable(listing: Listing, overlay: Overlay | None, today: date) -> Matchable:
    """One listing as the engine reads it: what is known today, and this practice's trust."""
    facts = over(listing.facts_now, overlay.facts_now if overlay else {})
    values = known_values(facts, today)
    values |= _point(values)
    given: dict[str, Any] = {name: _tuple(value) for name, value in values.items() if name in _ENGINE}
    given["kind"] = given.get("kind") or listing.kind
    # The engine takes specialities only within what is treated; the two may be of different ages or sources.
    if "specialises_in" in given:
        treats = given.get("treats")
        given["specialises_in"] = None if treats is None else tuple(_within(given["specialises_in"], treats))
    return Matchable(
        id=listing.pk, trust=trust_of(overlay.relationship) if overlay else 0.0,
        verified_days=verified_days(facts, today), **given,
    )  # fmt: skip


def _point(values: dict[str, Any]) -> dict[str, Any]:
    """The point, or that of the ZIP. A confidential place has none: a distance would give it away."""
    if values.get("confidential"):
        return {"lat": None, "lon": None}
    if values.get("lat") is not None and values.get("lon") is not None:
        return {}
    place = place_of_zip(values.get("zip") or "")
    return {"lat": place.lat, "lon": place.lon} if place else {"lat": None, "lon": None}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _within(codes: Iterable[str], outer: Iterable[str]) -> list[str]:
    allowed = set(outer)
    return [code for code in codes if code in allowed]
