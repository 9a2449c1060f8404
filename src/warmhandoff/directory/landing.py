"""One batch of rows into listings and facts, within the caller's transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.directory.models import Fact, ImportRun, Listing, Source
from warmhandoff.directory.rejects import Rejects, Unread
from warmhandoff.directory.writing import derive, raise_version

BATCH = 500
_SAID = 24  # characters of a row's hash that stand for its facts; its dates follow
_OF_A_PLACE = ("address", "zip", "lat", "lon")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: facts that passed `fields.checked`, and the dates its source gives (None: not told).

    `rows`: how many rows of the file it gathers; all but the first count as merged. `dates`: of single facts, (stated,
    verified) instead of the row's.
    """

    line: int
    key: str
    facts: Mapping[str, Any]
    stated_on: date | None = None
    verified_on: date | None = None
    rows: int = 1
    dates: Mapping[str, tuple[date | None, date | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """The source says that whoever bears this NPI is no longer there: every listing of it, of this kind of source, is
    retired. `counted`: this is a row of the file by itself."""

    line: int
    npi: str
    counted: bool = True


Item = Row | Unread | Gone


@dataclass
class Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    retired: int = 0


@dataclass
class Landing:
    """One run of an import: where its rows land, and as of when.

    `source` says it, `about` is the source whose listings it is said of: the same, but for files that only add to
    another's. `trial`: None, or in a dry run the keys seen so far with the hash of what was said of them; `promised`
    then tells which keys a file before this one would have brought.
    """

    run: ImportRun
    source: Source
    about: Source
    now: datetime
    counts: Counts
    rejects: Rejects
    torn: bool = False
    trial: dict[str, str] | None = None
    trial_active: int = 0
    promised: Callable[[str], bool] = lambda key: False  # noqa: E731 - a default, not a name
    today: date = field(init=False)

    def __post_init__(self) -> None:
        self.today = self.now.astimezone(UTC).date()

    def note(self, unread: Iterable[Unread]) -> None:
        """Put refused rows beside the others."""
        found = sorted(unread, key=lambda one: one.line)
        self.rejects.add(found)
        self.rejects.rows += sum(one.rows for one in found)


@dataclass
class Batch:
    """Items on their way into one transaction."""

    rows: list[Row] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)

    def take(self, item: Item) -> None:
        if isinstance(item, Row):
            self.rows.append(item)
        elif isinstance(item, Unread):
            self.unread.append(item)
        else:
            self.gone.append(item)

    @property
    def full(self) -> bool:
        return len(self.rows) >= BATCH or len(self.unread) + len(self.gone) >= 8 * BATCH


@dataclass(slots=True)
class _Known:
    """A listing as it is held: without its facts, which need not be read for a row that says the same again."""

    id: int
    hash: str
    active: bool
    seen: bool


_Words = dict[str, tuple[Any, date | None, date | None]]


def land(landing: Landing, batch: Batch) -> list[Unread]:
    """Write one batch and count its rows. What was refused, by the importer or here, is returned.

    Two rows with one key: said alike, the second is counted as merged; otherwise it is rejected, because which of
    them is right cannot be known here.
    """
    rows = [_hidden(row) for row in batch.rows]
    unread = list(batch.unread)
    known = _known(landing, {row.key for row in rows} | {one.key for one in unread if one.key})
    if landing.about != landing.source:
        there = {row.key for row in rows if row.key in known or landing.promised(row.key)}
        unread += [Unread(row.line, "npi", "no listing has this NPI") for row in rows if row.key not in there]
        rows = [row for row in rows if row.key in there]
    first, again = _first_of_each_key(landing, rows, known)
    unread += again
    _land_first(landing, first, known)
    _keep(landing, {one.key for one in batch.unread}, known)
    _retire_gone(landing, batch.gone)
    landing.torn |= any(one.torn for one in unread)
    counted = sum(one.counted for one in batch.gone)
    landing.counts.merged += sum(row.rows - 1 for row in rows)
    landing.run.rows_done += sum(row.rows for row in batch.rows) + counted + sum(one.rows for one in batch.unread)
    return unread


def _hidden(row: Row) -> Row:
    """Where a confidential place lies is not even kept: what is not there cannot be shown, exported or measured."""
    if not row.facts.get("confidential"):
        return row
    facts = {name: value for name, value in row.facts.items() if name not in _OF_A_PLACE}
    return replace(row, facts=facts)


def hash_of(row: Row) -> str:
    """What stands for everything a row says: facts, then the dates."""
    facts = json.dumps(row.facts, sort_keys=True, separators=(",", ":"))
    if row.dates:
        facts += json.dumps({name: [str(day) for day in days] for name, days in row.dates.items()}, sort_keys=True)
    said = hashlib.blake2b(facts.encode(), digest_size=_SAID // 2).hexdigest()
    return f"{said}{row.stated_on or '-'}{row.verified_on or '-'}"


def _known(landing: Landing, keys: set[str]) -> dict[str, _Known]:
    found = Listing.objects.filter(source_id=landing.about.pk, source_key__in=keys).values_list(
        "source_key", "pk", "row_hash", "retired_at", "seen_in"
    )
    return {
        key: _Known(pk, row_hash, retired is None, seen == landing.run.pk) for key, pk, row_hash, retired, seen in found
    }


def _first_of_each_key(
    landing: Landing, rows: Sequence[Row], known: Mapping[str, _Known]
) -> tuple[dict[str, tuple[Row, str]], list[Unread]]:
    """The rows that are the first of their key in this run, with their hashes; the others are counted at once."""
    first: dict[str, tuple[Row, str]] = {}
    refused = []
    for row in rows:
        said = hash_of(row)
        earlier = _said_before(landing, row.key, first, known)
        if earlier is None:
            first[row.key] = (row, said)
        elif earlier[:_SAID] == said[:_SAID]:
            landing.counts.merged += 1
        else:
            refused.append(Unread(row.line, "key", f"a row before it has the same key ({row.key}) and says otherwise"))
    return first, refused


def _said_before(
    landing: Landing, key: str, first: Mapping[str, tuple[Row, str]], known: Mapping[str, _Known]
) -> str | None:
    """The hash of an earlier row of this run with the same key."""
    if key in first:
        return first[key][1]
    if landing.trial is not None:
        return landing.trial.get(key)
    held = known.get(key)
    return held.hash if held is not None and held.seen and landing.about == landing.source else None


def _land_first(landing: Landing, first: Mapping[str, tuple[Row, str]], known: Mapping[str, _Known]) -> None:
    new = {key: row for key, row in first.items() if key not in known}
    own = landing.about == landing.source  # a listing's hash is of what its own source said
    same = {key for key in first if own and key in known and known[key].active and known[key].hash == first[key][1]}
    other = {key: row for key, (row, _said) in first.items() if key in known and key not in same}
    said = _last_said(landing, [known[key].id for key in other])
    words = {key: _new_words(landing, row, said.get(known[key].id, {})) for key, row in other.items()}
    changed = [key for key in other if words[key] or (own and not known[key].active)]
    if landing.about == landing.source:
        landing.counts.added += len(new)
        landing.counts.changed += len(changed)
    else:  # what is new here only adds to a listing
        landing.counts.changed += len(new) + len(changed)
    landing.counts.unchanged += len(first) - len(new) - len(changed)
    if landing.trial is not None:
        _remember(landing, {key: said for key, (_row, said) in first.items()}, known)
        return
    _write(landing, first, new, {key: words[key] for key in changed}, known)


def _remember(landing: Landing, hashes: Mapping[str, str], known: Mapping[str, _Known]) -> None:
    """In a dry run, what the columns `seen_in` and `row_hash` hold in a real one."""
    assert landing.trial is not None
    for key, said in hashes.items():
        if key not in landing.trial:
            landing.trial[key] = said
            landing.trial_active += key in known and known[key].active


def _write(
    landing: Landing, first: Mapping[str, tuple[Row, str]], new: Mapping[str, tuple[Row, str]],
    changed: Mapping[str, list[Fact]], known: Mapping[str, _Known],
) -> None:  # fmt: skip
    made = Listing.objects.bulk_create([_listing_of(landing, row, said) for row, said in new.values()])
    facts = [fact for words in changed.values() for fact in words]
    for key, fact in ((key, fact) for key, words in changed.items() for fact in words):
        fact.listing_id = known[key].id
    for listing, (row, _said) in zip(made, new.values(), strict=True):
        words = _new_words(landing, row, {})
        for fact in words:
            fact.listing_id = listing.pk
        facts += words
    Fact.objects.bulk_create(facts, batch_size=2000)
    if landing.about == landing.source:
        _note_seen(landing, first, known)
    touched = [known[key].id for key in changed]
    if touched or made:
        version = raise_version()
        Listing.objects.filter(pk__in=touched, source=landing.source).update(retired_at=None)
        derive([*touched, *(listing.pk for listing in made)], version=version, now=landing.now)


def _note_seen(landing: Landing, first: Mapping[str, tuple[Row, str]], known: Mapping[str, _Known]) -> None:
    ids = [known[key].id for key in first if key in known]
    Listing.objects.filter(pk__in=ids).update(seen_in=landing.run.pk)
    newly = [
        Listing(pk=known[key].id, row_hash=said)
        for key, (_row, said) in first.items() if key in known and known[key].hash != said
    ]  # fmt: skip
    Listing.objects.bulk_update(newly, ["row_hash"], batch_size=100)


def _last_said(landing: Landing, ids: Sequence[int]) -> dict[int, _Words]:
    """listing -> field -> (value, seen_on, verified_on): this source's last word on each field."""
    found: dict[int, _Words] = {key: {} for key in ids}
    if not ids:
        return found
    facts = Fact.objects.filter(listing_id__in=ids, source=landing.source).order_by("id")
    for key, name, value, seen, verified in facts.values_list("listing_id", "field", "value", "seen_on", "verified_on"):
        found[key][name] = (value, seen, verified)
    return found


def _listing_of(landing: Landing, row: Row, said: str) -> Listing:
    return Listing(
        practice_id=landing.source.practice_id, source=landing.source, source_key=row.key, name=row.facts["name"],
        kind=row.facts["kind"], changed_at=landing.now, seen_in=landing.run.pk, row_hash=said,
    )  # fmt: skip


def _new_words(landing: Landing, row: Row, said: _Words) -> list[Fact]:
    """A fact for each value that is new, verified again, or stated again later; a value left out is told by a null."""
    found = []
    for name in {**said, **row.facts}:
        value = row.facts.get(name)
        old_value, old_seen, old_verified = said.get(name, (None, None, None))
        stated, verified = row.dates.get(name, (row.stated_on, row.verified_on))
        newly = value is not None and (
            _later(verified, old_verified) or (stated is not None and _later(stated, old_seen))
        )
        if value != old_value or newly:
            found.append(Fact(
                field=name, value=value, source=landing.source, seen_on=stated or landing.today,
                verified_on=verified if value is not None else None,
            ))  # fmt: skip
    return found


def _later(day: date | None, other: date | None) -> bool:
    return day is not None and (other is None or day > other)


def _keep(landing: Landing, keys: set[str | None], known: Mapping[str, _Known]) -> None:
    """Rows of these listings were in the file but could not be read: the listings stay as they are."""
    held = {key: known[key] for key in keys if key is not None and key in known}
    if not held or landing.about != landing.source:
        return
    if landing.trial is None:
        Listing.objects.filter(pk__in=[one.id for one in held.values()]).update(seen_in=landing.run.pk)
    else:
        _remember(landing, {key: one.hash for key, one in held.items()}, known)


def owned_by(practice_id: UUID | None) -> Q:
    """The sources of a practice, or the shared ones."""
    return Q(practice__isnull=True) if practice_id is None else Q(practice_id=practice_id)


def _of_npis(landing: Landing, npis: Iterable[str]) -> QuerySet[Listing]:
    kinds = Source.objects.filter(owned_by(landing.source.practice_id), kind=landing.source.kind)
    return Listing.objects.filter(source__in=kinds, npi__in=set(npis), retired_at=None)


def _retire_gone(landing: Landing, gone: Sequence[Gone]) -> None:
    if not gone:
        return
    held = _of_npis(landing, (one.npi for one in gone))
    there = list(held.values_list("npi", "source_id"))
    bearers = {npi for npi, _source in there}
    counted = [one.npi for one in gone if one.counted]
    changed = len(bearers & set(counted))
    landing.counts.changed += changed
    landing.counts.unchanged += len(counted) - changed
    landing.counts.retired += len(there)
    if landing.trial is not None:
        landing.trial_active += sum(source == landing.source.pk for _npi, source in there)
    elif there:
        held.update(retired_at=landing.now, changed_at=landing.now, changed_in=raise_version())


def retire_rest(landing: Landing) -> int:
    """Retire the source's listings that this run has not seen, or in a dry run only count them."""
    active = Listing.objects.filter(source_id=landing.source.pk, retired_at=None)
    if landing.trial is not None:
        return active.count() - landing.trial_active
    gone = active.exclude(seen_in=landing.run.pk)
    if not gone.exists():
        return 0
    return gone.update(retired_at=landing.now, changed_at=landing.now, changed_in=raise_version())
