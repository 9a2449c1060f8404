"""Every listing's name and facets in the memory of each process, so that a page of the directory can count a million.

Columns of numbers: a listing is a place in them, in the order of names. Each process keeps what it read, with the
directory's version; a query first reads that version (one row), and only what changed since is read anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

from warmhandoff.directory.models import DirectoryVersion, Listing
from warmhandoff.directory.words import FACETS, codes_in, facets_on, split_facets
from warmhandoff.directory.writing import used_by_its_owner

Places = NDArray[np.int32] | NDArray[np.intp]
Mask = NDArray[np.bool_]
SHARED = 0
_KEY = 32  # bytes of a name's words, without capitals and accents, by which it is put in order
_COLUMNS = ("id", "practice_id", "name_words", "used", "facets")


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
    """The columns, in the order of names. `owners`: a number for each practice, SHARED for none."""

    version: int
    today: date
    ids: NDArray[np.int64]
    keys: NDArray[np.bytes_]
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


_kept: Shelf | None = None
numbering = threading.Lock()


def shelf_on(today: date) -> Shelf:
    """The shelf as of the directory's newest version; what is stale on `today` is counted under nothing."""
    global _kept
    version = DirectoryVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    kept = _kept
    if kept is not None and kept.version == version and kept.today == today:
        return kept
    with numbering:  # two at once would each read everything, and number the same sets twice
        base = _kept if _kept is not None and _kept.version <= version and _kept.today == today else None
        if connection.in_atomic_block:  # the version may yet be rolled back and given to another change: keep nothing
            return _read(version, today)
        _kept = base if base is not None and base.version == version else _refreshed(base, version, today)
        return _kept


def forget() -> None:
    """Drop what this process keeps (after a restore, and in tests)."""
    global _kept
    _kept = None


def _refreshed(base: Shelf | None, version: int, today: date) -> Shelf:
    if base is None:
        return _read(version, today)
    changed = Listing.objects.filter(changed_in__gt=base.version).values_list("pk", "survivor")
    ids = {key for pair in changed for key in pair if key is not None}
    if len(ids) > max(5000, len(base.ids) // 4):
        return _read(version, today)
    stay = np.ones(len(base.ids), dtype=np.bool_)
    stay[base.places_of(ids)] = False
    wanted = sorted(ids)
    rows = [row for at in range(0, len(wanted), 500) for row in _rows().filter(pk__in=wanted[at : at + 500])]
    new = _columns(rows, today, base.sets, base.practices)
    joined = {name: np.concatenate((column[stay], new[name])) for name, column in _all_columns(base).items()}
    return _ordered(joined, version, today, base.sets, base.practices)


def _all_columns(shelf: Shelf) -> dict[str, NDArray[Any]]:
    own = {"ids": shelf.ids, "keys": shelf.keys, "owners": shelf.owners, "retired": shelf.retired}
    return {**own, **shelf.facets}


def _rows() -> QuerySet[Listing, tuple[Any, ...]]:
    """What stands on the shelf: every listing that is not merged into another, and whether it is in use."""
    return Listing.objects.filter(survivor=None).annotate(used=used_by_its_owner()).values_list(*_COLUMNS)


def _read(version: int, today: date) -> Shelf:
    sets, practices = {name: Sets() for name in FACETS}, dict[UUID | None, int]({None: SHARED})
    parts = []
    waiting: list[Sequence[Any]] = []
    for row in _rows().iterator(chunk_size=5000):
        waiting.append(row)
        if len(waiting) == 50_000:
            parts.append(_columns(waiting, today, sets, practices))
            waiting = []
    parts.append(_columns(waiting, today, sets, practices))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _ordered(joined, version, today, sets, practices)


def _columns(
    rows: Sequence[Sequence[Any]], today: date, sets: dict[str, Sets], practices: dict[UUID | None, int]
) -> dict[str, NDArray[Any]]:
    each = [split_facets(row[4]) for row in rows]
    numbers = {
        name: _numbered(sets[name], [facets[place] for facets in each], today) for place, name in enumerate(FACETS)
    }
    return {
        "ids": np.array([row[0] for row in rows], dtype=np.int64),
        "keys": np.array([row[2][:_KEY].encode() for row in rows], dtype=f"S{_KEY}"),
        "owners": np.array([practices.setdefault(row[1], len(practices)) for row in rows], dtype=np.int32),
        "retired": np.array([not row[3] for row in rows], dtype=np.bool_),
        **numbers,
    }


def _numbered(sets: Sets, facets: Sequence[str], today: date) -> NDArray[np.int32]:
    """The number of each one's set of codes. Many say the same: each text is read once."""
    known = {facet: sets.number(codes_in(facet, today)) for facet in dict.fromkeys(facets)}
    return np.array([known[facet] for facet in facets], dtype=np.int32)


def _ordered(
    columns: dict[str, NDArray[Any]], version: int, today: date, sets: dict[str, Sets],
    practices: dict[UUID | None, int],
) -> Shelf:  # fmt: skip
    order = np.lexsort((columns["ids"], columns["keys"]))
    columns = {name: column[order] for name, column in columns.items()}
    by_id = np.full(int(columns["ids"].max(initial=-1)) + 1, -1, dtype=np.int32)
    by_id[columns["ids"]] = np.arange(len(order), dtype=np.int32)
    return Shelf(
        version, today, columns["ids"], columns["keys"], columns["owners"], columns["retired"],
        {name: columns[name] for name in FACETS}, sets, practices, by_id,
    )  # fmt: skip
