"""Bringing a file's rows into the directory: idempotent, resumable, told in counts.

An importer reads; this module lands. A row is known by its source and key. The same row again is recognised by a
fingerprint and writes nothing; a changed one appends facts; a listing whose row is gone from a file that is the whole
of its source is retired. Rows land in batches, each one transaction that also notes how far the file was read: a run
that was killed goes on from there when the same file is imported again, and comes to the same end and report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from warmhandoff.directory.landing import Batch, Counts, Gone, Item, Landing, Row, land, owned_by, retire_rest
from warmhandoff.directory.models import Fact, ImportRun, Listing, Source
from warmhandoff.directory.rejects import Rejects, Unread
from warmhandoff.directory.writing import ask_for_a_look, hold, source_of
from warmhandoff.rules.refusals import BadInput, Problem, Stale

__all__ = [
    "Arriving", "Counts", "Gone", "Item", "Position", "Progress", "Rejects", "Report", "Row", "Unread", "held_keys",
    "import_rows", "said_of",
]  # fmt: skip

Position = list[int]
"""Where in a file reading can go on; its first number is how far that is, in the unit of `Arriving.total`."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Arriving:
    """One file on its way in.

    `read` yields its items from a position on (None: from the beginning), each with the position behind it.
    `fingerprint` stands for the file's bytes and how they are read: only the same one is gone on with. `whole`: the
    file is all there is of its source, so that what it no longer holds is retired. `about`: the name of the source
    of the same kind whose listings these rows say more about; they then make no listings of their own. `promised`: in
    a dry run, whether a file before this one would have brought a listing of this key.
    """

    kind: str
    name: str
    fingerprint: str
    read: Callable[[Position | None], Iterator[tuple[Item, Position]]]
    whole: bool = True
    total: int = 0
    about: str | None = None
    promised: Callable[[str], bool] = lambda key: False


@dataclass(frozen=True)
class Report:
    """What an import did. rows = added + changed + unchanged + merged + rejected; retired are rows no longer there."""

    rows: int
    counts: Counts
    rejects: Rejects
    more: dict[str, Any] = field(default_factory=dict)

    def figures(self) -> dict[str, int]:
        """The counts of the document of `import --json`, without the rejected rows themselves."""
        c = self.counts
        return {
            "rows": self.rows, "added": c.added, "changed": c.changed, "unchanged": c.unchanged, "merged": c.merged,
            "retired": c.retired,
        }  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The document of `import --json`, whole: for files of a size that a page can show."""
        return {**self.figures(), "rejected": list(self.rejects)}


def import_rows(
    arriving: Arriving, *, practice_id: UUID | None, now: datetime, dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Land a file's rows in the shared directory, or with `practice_id` in that practice's own.

    A dry run reads and compares, and writes nothing. Refuses (BadInput) a source's name that another kind of source
    of the same owner bears already, and (Stale) going on beside another run of the same file; what landed until then
    stays, whole batches of it.
    """
    landing = _trial(arriving, practice_id, now) if dry_run else _begin(arriving, practice_id, now)
    batch, position = Batch(), landing.run.position
    for item, place in arriving.read(position):
        position = place
        batch.take(item)
        if batch.full:
            _land(landing, batch, position)
            batch = Batch()
            if progress:
                progress(position[0], arriving.total)
    _land(landing, batch, position)
    _finish(landing, arriving)
    if progress:
        progress(max(arriving.total, 1), max(arriving.total, 1))
    return Report(landing.run.rows_done, landing.counts, landing.rejects)


def _begin(arriving: Arriving, practice_id: UUID | None, now: datetime) -> Landing:
    source = _checked_source(source_of(practice_id, arriving.kind, arriving.name, now=now), arriving)
    about = source if arriving.about is None else source_of(practice_id, arriving.kind, arriving.about, now=now)
    newest = (
        ImportRun.objects.filter(source=source)
        .order_by("-started_at", F("finished_at").asc(nulls_first=True), "-id")
        .first()
    )
    landing = None
    if newest is not None and newest.finished_at is None and newest.file_hash == arriving.fingerprint:
        landing = _going_on(newest, about, now)
    if landing is None:
        for left in ImportRun.objects.filter(source=source, finished_at=None):
            _place_of(left).unlink(missing_ok=True)
        run = ImportRun.objects.create(source=source, file_hash=arriving.fingerprint, started_at=now)
        landing = Landing(run, source, about, now, Counts(), Rejects(_place_of(run)))
    return landing


def _checked_source(source: Source, arriving: Arriving) -> Source:
    if source.kind != arriving.kind:
        reason = f"a source of kind {source.kind} is called {arriving.name} already: choose another name"
        raise BadInput(Problem(reason))
    return source


def _going_on(run: ImportRun, about: Source, now: datetime) -> Landing | None:
    """The landing of a run that was killed; None where it left nothing to go on with."""
    place, report = _place_of(run), run.report
    if run.position is None or not place.is_file() or place.stat().st_size < report["rejected_size"]:
        return None
    # Seen on the day the run began: going on a day later must not tell one file two ways.
    rejects = Rejects(place, size=report["rejected_size"], rows=report["rejected"])
    counts = Counts(**{name: report[name] for name in ("added", "changed", "unchanged", "merged", "retired")})
    landing = Landing(run, run.source, about, now, counts, rejects, torn=report["torn"])
    landing.today = run.started_at.astimezone(UTC).date()
    return landing


def _trial(arriving: Arriving, practice_id: UUID | None, now: datetime) -> Landing:
    """A landing that writes nothing; its source may not even be there yet."""

    def source(name: str) -> Source:
        found = Source.objects.filter(owned_by(practice_id), name=name).first()
        return found or Source(practice_id=practice_id, kind=arriving.kind, name=name)

    own = _checked_source(source(arriving.name), arriving)
    about = own if arriving.about is None else source(arriving.about)
    run = ImportRun(source=own, file_hash=arriving.fingerprint, started_at=now)
    return Landing(run, own, about, now, Counts(), Rejects(), trial={}, promised=arriving.promised)


def _place_of(run: ImportRun) -> Path:
    return Path(settings.DATA) / "imports" / f"{run.pk}.jsonl"


def _land(landing: Landing, batch: Batch, position: Position | None) -> None:
    if landing.trial is not None:
        refused = land(landing, batch)
        landing.note(refused)
        return
    try:
        with transaction.atomic():
            hold()
            refused = land(landing, batch)
            landing.note(refused)
            _check_in(landing, position)
    except IntegrityError as error:
        raise Stale("Another import of the same source is running. Nothing of this batch was written.") from error


def _check_in(landing: Landing, position: Position | None) -> None:
    """Note how far the file was read, in the batch's own transaction."""
    run, counts = landing.run, landing.counts
    report = {
        "rows": run.rows_done, **vars(counts), "rejected": landing.rejects.rows,
        "rejected_size": landing.rejects.size, "torn": landing.torn,
    }  # fmt: skip
    mine = ImportRun.objects.filter(pk=run.pk, step=run.step, finished_at=None)
    if not mine.update(step=run.step + 1, position=position, rows_done=run.rows_done, report=report):
        raise Stale("Another process is going on with the same import. Nothing of this batch was written.")
    run.step, run.position = run.step + 1, position


def _finish(landing: Landing, arriving: Arriving) -> None:
    """End the run. What a whole file no longer holds is retired, unless a row of it could not be told apart."""
    whole = arriving.whole and arriving.about is None and not landing.torn
    if landing.trial is not None:
        landing.counts.retired += retire_rest(landing) if whole else 0
        return
    with transaction.atomic():
        landing.counts.retired += retire_rest(landing) if whole else 0
        _check_in(landing, landing.run.position)
        ImportRun.objects.filter(pk=landing.run.pk).update(finished_at=landing.now)
        if landing.counts.added or landing.counts.changed:
            ask_for_a_look()
    landing.rejects.forget_path()


def held_keys(practice_id: UUID | None, name: str, keys: Iterable[str]) -> set[str]:
    """Of these keys of a source, those with a listing that is not retired."""
    source = Source.objects.filter(owned_by(practice_id), name=name)
    mine = Listing.objects.filter(source__in=source, retired_at=None, source_key__in=set(keys))
    return set(mine.values_list("source_key", flat=True))


def said_of(practice_id: UUID | None, name: str, keys: Iterable[str]) -> dict[str, tuple[dict[str, Any], date]]:
    """key -> what a source said last of its listings that are not retired, and the latest day it was seen there."""
    source = Source.objects.filter(owned_by(practice_id), name=name).first()
    facts = Fact.objects.filter(
        source=source, listing__source=source, listing__retired_at=None, listing__source_key__in=set(keys)
    )
    found: dict[str, tuple[dict[str, Any], date]] = {}
    for key, field_name, value, seen in facts.order_by("id").values_list(
        "listing__source_key", "field", "value", "seen_on"
    ):
        said, latest = found.get(key, ({}, seen))
        said[field_name] = value
        found[key] = (said, max(latest, seen))
    return found
