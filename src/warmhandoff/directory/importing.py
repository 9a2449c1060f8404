"""Landing a file's rows in the directory: idempotent, in batches of one transaction each, told in counts.

A row is known by its source and key. The same row again writes nothing; a changed one appends facts; a listing whose
row is gone from the file is retired. A run that was killed left whole batches behind, and running the file again
comes to the same end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.directory.models import Fact, ImportRun, Listing, Source
from warmhandoff.directory.writing import derive, hold, raise_version, source_of
from warmhandoff.rules.refusals import BadInput, Problem, Stale

BATCH = 500


@dataclass(frozen=True)
class Row:
    """One row as read: facts that passed `fields.checked`, and the dates its source gives (None: not told)."""

    line: int
    key: str
    facts: Mapping[str, Any]
    stated_on: date | None = None
    verified_on: date | None = None


@dataclass
class Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    retired: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, field_name: str | None, reason: str) -> None:
        self.rejected.append({"line": line, "field": field_name, "reason": reason})


@dataclass(frozen=True)
class Landing:
    """One run of an import: where its rows land, and as of when."""

    run: ImportRun
    source: Source
    now: datetime
    today: date
    counts: Counts


def begin(
    practice_id: UUID | None, *, kind: str, name: str, file_hash: str, now: datetime, today: date
) -> Landing:
    """Start a run of a source. Refuses a name that another kind of source of the same owner bears already."""
    source = source_of(practice_id, kind, name, now=now)
    if source.kind != kind:
        raise BadInput(Problem(f"a source of kind {source.kind} is called {name} already: choose another name"))
    run = ImportRun.objects.create(source=source, file_hash=file_hash, started_at=now)
    return Landing(run, source, now, today, Counts())


def land(landing: Landing, rows: Sequence[Row]) -> None:
    """Write one batch of rows (at most BATCH) in one transaction and count them.

    Two rows with one key: said alike, the second is counted as merged; otherwise it is rejected, because which of
    them is right cannot be known here.
    """
    first, fresh = _first_of_each_key(landing, rows)
    try:
        with transaction.atomic():
            hold()
            _land_first(landing, first, fresh)
    except IntegrityError as error:
        raise Stale("Another import of the same source is running. Nothing of this batch was written.") from error


def _first_of_each_key(landing: Landing, rows: Sequence[Row]) -> tuple[dict[str, Row], dict[str, Listing]]:
    """The rows that are the first of their key in this run; the others are counted at once."""
    first: dict[str, Row] = {}
    known = {
        listing.source_key: listing
        for listing in Listing.objects.filter(source=landing.source, source_key__in={row.key for row in rows})
    }
    again = {listing.pk for listing in known.values() if listing.seen_in == landing.run.pk}
    before = _last_said(landing, list(again)) if again else {}
    for row in rows:
        earlier = before.get(known[row.key].pk) if row.key in known else None
        if earlier is None and row.key in first:
            earlier = {name: (value, None, None) for name, value in first[row.key].facts.items() if value is not None}
        if earlier is None:
            first[row.key] = row
        elif all(earlier.get(name, (None,))[0] == value for name, value in row.facts.items()):
            landing.counts.merged += 1
        else:
            reason = f"a row before it has the same key ({row.key}) and says something else"
            landing.counts.reject(row.line, "key", reason)
    return first, known


_Words = dict[str, tuple[Any, date | None, date | None]]


def _last_said(landing: Landing, ids: Sequence[int]) -> dict[int, _Words]:
    """listing -> field -> (value, seen_on, verified_on): this source's last word on each field."""
    found: dict[int, _Words] = {key: {} for key in ids}
    facts = Fact.objects.filter(listing_id__in=ids, source=landing.source).order_by("id")
    for key, name, value, seen, verified in facts.values_list("listing_id", "field", "value", "seen_on", "verified_on"):
        found[key][name] = (value, seen, verified)
    return found


def _land_first(landing: Landing, rows: Mapping[str, Row], known: Mapping[str, Listing]) -> None:
    new = [row for key, row in rows.items() if key not in known]
    made = Listing.objects.bulk_create([_listing_of(landing, row) for row in new])
    ids = {row.key: listing.pk for row, listing in zip(new, made, strict=True)}
    ids |= {key: known[key].pk for key in rows if key in known}
    said = _last_said(landing, [known[key].pk for key in rows if key in known])
    facts: list[Fact] = []
    touched: list[int] = []
    for key, row in rows.items():
        words = _new_words(landing, row, ids[key], said.get(ids[key], {}))
        facts += words
        returning = key in known and known[key].retired_at is not None
        if words or returning or key not in known:
            touched.append(ids[key])
        _count(landing.counts, key not in known, bool(words) or returning)
    Fact.objects.bulk_create(facts, batch_size=2000)
    Listing.objects.filter(pk__in=ids.values()).update(seen_in=landing.run.pk)
    if touched:
        version = raise_version()
        Listing.objects.filter(pk__in=touched).update(retired_at=None)
        derive(touched, version=version, now=landing.now)


def _count(counts: Counts, added: bool, changed: bool) -> None:
    if added:
        counts.added += 1
    elif changed:
        counts.changed += 1
    else:
        counts.unchanged += 1


def _listing_of(landing: Landing, row: Row) -> Listing:
    return Listing(
        practice_id=landing.source.practice_id, source=landing.source, source_key=row.key, name=row.facts["name"],
        kind=row.facts["kind"], changed_at=landing.now, seen_in=landing.run.pk,
    )  # fmt: skip


def _new_words(landing: Landing, row: Row, listing_id: int, said: _Words) -> list[Fact]:
    """A fact for each value that is new, verified again, or stated again later; a value left out is told by a null."""
    found = []
    for name in {**said, **row.facts}:
        value = row.facts.get(name)
        old_value, old_seen, old_verified = said.get(name, (None, None, None))
        newly = value is not None and (
            _later(row.verified_on, old_verified) or (row.stated_on is not None and _later(row.stated_on, old_seen))
        )
        if value != old_value or newly:
            seen = row.stated_on or landing.today
            found.append(Fact(
                listing_id=listing_id, field=name, value=value, source=landing.source, seen_on=seen,
                verified_on=row.verified_on if value is not None else None,
            ))  # fmt: skip
    return found


def _later(day: date | None, other: date | None) -> bool:
    return day is not None and (other is None or day > other)


def keep(landing: Landing, keys: Iterable[str]) -> None:
    """Rows of these keys were in the file but could not be read: their listings stay as they are."""
    Listing.objects.filter(source=landing.source, source_key__in=set(keys)).update(seen_in=landing.run.pk)


def finish(landing: Landing, *, rows: int, retire: bool) -> None:
    """End the run. With `retire`, listings of the source that the file no longer holds are retired and counted."""
    gone = Listing.objects.filter(source=landing.source, retired_at=None).exclude(seen_in=landing.run.pk)
    with transaction.atomic():
        if retire and gone.exists():
            landing.counts.retired = gone.update(
                retired_at=landing.now, changed_at=landing.now, changed_in=raise_version()
            )
        report = {"rows": rows, **vars(landing.counts), "rejected": len(landing.counts.rejected)}
        ImportRun.objects.filter(pk=landing.run.pk).update(finished_at=landing.now, rows_done=rows, report=report)
