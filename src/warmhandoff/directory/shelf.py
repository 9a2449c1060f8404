"""Every listing's name and facets in the memory of each process, so that a page of the directory can count a million.

Columns of numbers: a listing is a place in them, in the order of names. Each process keeps what it read, with the
directory's version; a query first reads that version (one row), and only what changed since is read anew. Until when
each facet counts is a column too, so that a new day, which comes at another hour to each practice, reads nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import QuerySet
from numpy.typing import NDArray

from warmhandoff.core import clock
from warmhandoff.directory.models import DirectoryVersion, Listing
from warmhandoff.directory.words import FACETS, facets_on, split_facets, until_and_codes
from warmhandoff.directory.writing import used_by_its_owner

Places = NDArray[np.int32] | NDArray[np.intp]
Mask = NDArray[np.bool_]
log = logging.getLogger("warmhandoff.directory")
SHARED = 0
_KEY = 32  # bytes of a name's words, without capitals and accents, by which it is put in order
_COLUMNS = ("id", "practice_id", "name_words", "used", "facets")
_AT_A_TIME = 50_000
_ONE_BY_ONE = 1000  # more changed listings than this are put in order together with all others
_DAYS_KEPT = 3
LOOK_AGAIN_SECONDS = 30.0


@dataclass
class Sets:
    """The sets of codes that occur in one facet, each with a number. Only added to, by the holder of `numbering`."""

    found: list[tuple[str, ...] | None] = field(default_factory=lambda: [None])
    numbers: dict[tuple[str, ...] | None, int] = field(default_factory=lambda: {None: 0})
    codes: dict[str, int] = field(default_factory=dict)
    _pairs: tuple[int, Places, Places] | None = None

    def number(self, codes: tuple[str, ...] | None) -> int:
        known = self.numbers.get(codes)
        if known is None:
            known = len(self.found)
            for code in codes or ():
                self.codes.setdefault(code, len(self.codes))
            self.found.append(codes)  # last, because others may be counting meanwhile
            self.numbers[codes] = known
        return known

    def pairs(self) -> tuple[Places, Places]:
        """(set, code) of every code in every set, as two columns."""
        size = len(self.found)
        if self._pairs is None or self._pairs[0] != size:
            found = enumerate(self.found[:size])
            each = [(number, self.codes[code]) for number, codes in found for code in codes or ()]
            both = np.array(each, dtype=np.intp).reshape(-1, 2)
            self._pairs = (size, np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1]))
        return self._pairs[1], self._pairs[2]

    def with_code(self, code: str) -> Mask:
        """For each set, whether it holds this code."""
        sets, codes = self.pairs()
        held = np.zeros(len(self.found), dtype=np.bool_)
        held[sets[codes == self.codes.get(code, -1)]] = True
        return held

    def counts(self, numbers: NDArray[np.int32]) -> dict[str, int]:
        """code -> how many of these sets hold it."""
        sets, codes = self.pairs()
        each = np.bincount(numbers, minlength=int(sets.max(initial=0)) + 1)
        known = list(self.codes.items())
        sums = np.bincount(codes, weights=each[sets], minlength=len(known)).astype(np.int64)
        return {code: int(sums[number]) for code, number in known if sums[number]}


@dataclass(frozen=True)
class Shelf:
    """The columns on one day, in the order of names. `owners`: a number for each practice, SHARED for none.

    `facets`: the number of each one's set of codes, as far as it counts as known on `today`.
    """

    today: date
    ids: NDArray[np.int64]
    owners: NDArray[np.int32]
    retired: Mask
    facets: dict[str, NDArray[np.int32]]
    sets: dict[str, Sets]
    practices: dict[UUID | None, int]
    by_id: NDArray[np.int32]  # the place of each id, -1 for none: ids are numbered through by the database

    def places_of(self, ids: Iterable[int] | NDArray[np.int64]) -> Places:
        """Where these listings stand; ids that are not there are left out, the order stays."""
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), dtype=np.int64)
        wanted = wanted[(wanted >= 0) & (wanted < len(self.by_id))]
        places = self.by_id[wanted]
        return places[places >= 0]

    def reachable(self, practice_id: UUID) -> Mask:
        return (self.owners == SHARED) | (self.owners == self.practices.get(practice_id, -1))

    def with_own(self, own: Mapping[int, str]) -> Shelf:
        """The same with other facets for some listings: what a practice's people said of those that all share."""
        if not own:
            return self
        facets = {name: column.copy() for name, column in self.facets.items()}
        for key, said in own.items():
            for place in self.places_of([key]):
                codes = facets_on(said, self.today)
                for name in FACETS:
                    facets[name][place] = self.sets[name].number(codes.get(name))
        return replace(self, facets=facets)


@dataclass(frozen=True)
class _Columns:
    """What was read at one version of the directory, whatever the day. `shelves`: the last days that were asked for."""

    version: int
    of: dict[str, NDArray[Any]]
    sets: dict[str, Sets]
    practices: dict[UUID | None, int]
    shelves: dict[date, Shelf] = field(default_factory=dict)

    def on(self, today: date) -> Shelf:
        shelf = self.shelves.get(today)
        if shelf is None:
            shelf = self.shelves[today] = self._counting(today)
            while len(self.shelves) > _DAYS_KEPT:
                self.shelves.pop(next(iter(self.shelves)), None)
        return shelf

    def _counting(self, today: date) -> Shelf:
        day, ids = today.toordinal(), self.of["ids"]
        by_id = np.full(int(ids.max(initial=-1)) + 1, -1, dtype=np.int32)
        by_id[ids] = np.arange(len(ids), dtype=np.int32)
        facets = {name: np.where(self.of[_until(name)] >= day, self.of[name], np.int32(0)) for name in FACETS}
        return Shelf(
            today, ids, self.of["owners"], self.of["retired"], facets, self.sets, self.practices, by_id
        )


def _until(name: str) -> str:
    return f"{name} until"


_kept: _Columns | None = None
numbering = threading.Lock()


def shelf_on(today: date) -> Shelf:
    """The shelf as of the directory's newest version; what is stale on `today` is counted under nothing."""
    global _kept
    version = DirectoryVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    kept = _kept
    ready = kept.shelves.get(today) if kept is not None and kept.version == version else None
    if ready is not None:
        return ready
    with numbering:  # two at once would each read everything, and number the same sets twice
        base = _kept if _kept is not None and _kept.version <= version else None
        if connection.in_atomic_block:  # the version may yet be rolled back and given to another change: keep nothing
            return _read(version).on(today)
        _kept = base if base is not None and base.version == version else _refreshed(base, version)
        return _kept.on(today)


def forget() -> None:
    """Drop what this process keeps (after a restore, and in tests)."""
    global _kept
    _kept = None


def keep_ready(stop: threading.Event) -> None:
    """Read ahead until told to stop: neither a server's first page nor the one after an import waits for it."""
    while not stop.is_set():
        close_old_connections()
        try:
            shelf_on(clock.now().date())
        except DatabaseError as error:  # the pages say what is wrong with the database; this only reads ahead
            log.warning("the directory could not be read ahead: %s", type(error).__name__)
        connection.close()
        stop.wait(LOOK_AGAIN_SECONDS)


def keep_ready_in_thread() -> threading.Event:
    """Start it as a daemon thread of the process that serves pages; set the event to stop it."""
    stop = threading.Event()
    threading.Thread(target=keep_ready, args=(stop,), name="directory", daemon=True).start()
    return stop


def _refreshed(base: _Columns | None, version: int) -> _Columns:
    if base is None:
        return _read(version)
    changed = Listing.objects.filter(changed_in__gt=base.version).values_list("pk", "survivor")
    ids = {key for pair in changed for key in pair if key is not None}
    old = base.of["ids"]
    if len(ids) > max(5000, len(old) // 4):
        return _read(version)
    wanted = sorted(ids)
    stay = ~np.isin(old, np.array(wanted, dtype=np.int64))
    rows = [row for at in range(0, len(wanted), 500) for row in _rows().filter(pk__in=wanted[at : at + 500])]
    new = _ordered(_columns(rows, base.sets, base.practices))
    return _Columns(version, _merged({name: column[stay] for name, column in base.of.items()}, new),
                    base.sets, base.practices)  # fmt: skip


def _merged(old: dict[str, NDArray[Any]], new: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Both in order; so they are then together. A few are put where they belong: sorting a million names takes long."""
    if len(new["ids"]) > _ONE_BY_ONE:
        return _ordered({name: np.concatenate((column, new[name])) for name, column in old.items()})
    first, last = (np.searchsorted(old["keys"], new["keys"], side=side) for side in ("left", "right"))
    same = zip(first, last, new["ids"], strict=True)  # those of one name stand in the order of their ids
    at = [start + np.searchsorted(old["ids"][start:end], key) for start, end, key in same]
    places = np.array(at, dtype=np.intp)
    return {name: np.insert(column, places, new[name]) for name, column in old.items()}


def _rows() -> QuerySet[Listing, tuple[Any, ...]]:
    """What stands on the shelf: every listing that is not merged into another, and whether it is in use."""
    return Listing.objects.filter(survivor=None).annotate(used=used_by_its_owner()).values_list(*_COLUMNS)


def _read(version: int) -> _Columns:
    sets, practices = {name: Sets() for name in FACETS}, dict[UUID | None, int]({None: SHARED})
    rows = _rows().iterator(chunk_size=5000)
    parts = [_columns([], sets, practices)]
    while some := list(islice(rows, _AT_A_TIME)):
        parts.append(_columns(some, sets, practices))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _Columns(version, _ordered(joined), sets, practices)


def _columns(
    rows: Sequence[Sequence[Any]], sets: dict[str, Sets], practices: dict[UUID | None, int]
) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {
        "ids": np.array([row[0] for row in rows], dtype=np.int64),
        "keys": np.array([row[2][:_KEY].encode() for row in rows], dtype=f"S{_KEY}"),
        "owners": np.array([practices.setdefault(row[1], len(practices)) for row in rows], dtype=np.int32),
        "retired": np.array([not row[3] for row in rows], dtype=np.bool_),
    }
    each = [split_facets(row[4]) for row in rows]
    for place, name in enumerate(FACETS):
        columns[name], columns[_until(name)] = _numbered(sets[name], [facets[place] for facets in each])
    return columns


def _numbered(sets: Sets, facets: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The number of each one's set of codes, and the last day it counts. Many say the same: each text is read once."""
    known = {}
    for facet in dict.fromkeys(facets):
        until, codes = until_and_codes(facet)
        known[facet] = (sets.number(codes), until)
    both = np.array([known[facet] for facet in facets], dtype=np.int32).reshape(-1, 2)
    return np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])


def _ordered(columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    order = np.lexsort((columns["ids"], columns["keys"]))
    return {name: column[order] for name, column in columns.items()}
