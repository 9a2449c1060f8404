"""One practice's directory as the matching engine reads it: the shared index, and over it what is the practice's own.

Truth is in the database. Each process keeps what it built, with the directory's version. A query first reads that
version (one row): if it rose, only the listings and overlays changed since then are read anew. Thus a change is seen by
the next query everywhere, whether the shared index was made anew or not.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from warmhandoff.directory import indexing
from warmhandoff.directory.indexing import Base, base_for, version_now
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.directory.reading import matchable
from warmhandoff.directory.writing import in_use, led_to, reachable_by
from warmhandoff.matching import Directory
from warmhandoff.matching import Listing as Matchable
from warmhandoff.rules.access import Actor

_KEEP_PRACTICES = 32
_IDS_AT_ONCE = 10_000


@dataclass(frozen=True)
class _Kept:
    """`own`: the listings that stand in the practice's own index, and not in the shared one."""

    version: int
    today: date
    base: Base | None
    own: dict[int, Matchable]
    directory: Directory


_kept: dict[UUID, _Kept] = {}
_lock = threading.Lock()


def directory_for(who: Actor | UUID, *, today: date) -> Directory:
    """The listings this practice may refer to: shared ones and its own, seen through its overlays.

    Retired and excluded listings are left out; what is stale on `today` is unknown. Pasted contacts that nobody has
    confirmed yet are in it.
    """
    practice_id = who.practice_id if isinstance(who, Actor) else who
    version = version_now()
    kept = _kept.get(practice_id)
    if kept is not None and kept.version == version and kept.today == today:
        return kept.directory
    fresh = _refreshed(practice_id, kept, version, today)
    # Within a transaction the version may yet be rolled back and be given to another change: keep nothing of it.
    if not connection.in_atomic_block:
        _keep(practice_id, fresh)
    return fresh.directory


def directory_within(actor: Actor, ids: Collection[int], *, today: date) -> Directory:
    """The same of these listings alone, such as those of a list: read anew each time, because they are few."""
    led = set(led_to(ids, actor.practice_id).values())
    rows = Listing.objects.filter(reachable_by(actor.practice_id), in_use(actor.practice_id), pk__in=led)
    overlays = Overlay.objects.filter(practice_id=actor.practice_id, listing_id__in=led).defer("notes", "own")
    known = {overlay.listing_id: overlay for overlay in overlays}
    out = {key for key, overlay in known.items() if overlay.excluded}
    return Directory.of([matchable(row, known.get(row.pk), today) for row in rows if row.pk not in out])


def forget() -> None:
    """Drop what this process keeps (after a restore, and in tests)."""
    indexing.forget()
    with _lock:
        _kept.clear()


def _keep(practice_id: UUID, fresh: _Kept) -> None:
    with _lock:
        _kept.pop(practice_id, None)
        _kept[practice_id] = fresh
        while len(_kept) > _KEEP_PRACTICES:
            del _kept[next(iter(_kept))]


def _refreshed(practice_id: UUID, kept: _Kept | None, version: int, today: date) -> _Kept:
    base = base_for(today)
    same = kept is not None and kept.today == today and kept.base is base and kept.version < version
    before = kept if same else None
    seen = Overlay.objects.filter(practice_id=practice_id).defer("notes", "own")
    overlays = {overlay.listing_id: overlay for overlay in seen}
    own: dict[int, Matchable] = dict(before.own) if before else {}
    touched = []
    for row in _rows(practice_id, overlays.values(), (before, base), today):
        touched.append(row.pk)
        overlay = overlays.get(row.pk)
        if not row.used or (overlay is not None and overlay.excluded):  # type: ignore[attr-defined]  # annotated
            own.pop(row.pk, None)
        else:
            own[row.pk] = matchable(row, overlay, today)
    directory = _laid_over(before, base, own, touched, today)
    name = f"{version}@{today.isoformat()}" + (f" over {base.folder.name}" if base else "")
    return _Kept(version, today, base, own, Directory(directory.parts, name))


def _rows(
    practice_id: UUID, overlays: Iterable[Overlay], known: tuple[_Kept | None, Base | None], today: date
) -> Iterator[Listing]:
    """The rows to read: those changed since, or all that the shared index cannot stand for."""
    before, base = known
    used = ExpressionWrapper(in_use(practice_id), output_field=BooleanField())
    rows = Listing.objects.filter(reachable_by(practice_id)).defer("name_words", "more_words", "facets")
    reachable = rows.annotate(used=used)
    if before is None and base is None:
        yield from reachable.filter(in_use(practice_id)).iterator(chunk_size=2000)
        return
    if before is not None:
        changed = Q(changed_in__gt=before.version)
        ids = {overlay.listing_id for overlay in overlays if overlay.changed_in > before.version}
    elif base is not None:
        changed = Q(practice_id=practice_id) | Q(changed_in__gt=base.version)
        ids = {overlay.listing_id for overlay in overlays} | set(base.stale_on(today))
    # Whether a listing is in use may hang on a row that was merged into it.
    merged = Listing.objects.filter(reachable_by(practice_id)).filter(changed, survivor__isnull=False)
    ids |= {survivor for survivor in merged.values_list("survivor", flat=True) if survivor is not None}
    yield from reachable.filter(changed).iterator(chunk_size=2000)
    yield from _each(reachable.exclude(changed), ids)


def _each(rows: QuerySet[Listing], ids: Iterable[int]) -> Iterator[Listing]:
    wanted = sorted(ids)
    for first in range(0, len(wanted), _IDS_AT_ONCE):
        yield from rows.filter(pk__in=wanted[first : first + _IDS_AT_ONCE])


def _laid_over(
    before: _Kept | None, base: Base | None, own: dict[int, Matchable], touched: list[int], today: date
) -> Directory:
    """The practice's own index over the shared one, which is not copied: one bit a position says what counts."""
    if base is None:
        return Directory.of(own.values())
    if before is not None:
        shared = Directory(before.directory.parts[:1])
    else:
        shared = Directory.of_segments([base.segment], aging=(today - base.day).days)
    return shared.overlaid(own.values(), touched)
