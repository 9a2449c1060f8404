"""The directory as columns, and three-valued answers over its rows.

Everything above this module asks columns questions and gets a `Tri`; how a column is stored is known only here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmhandoff.matching.listing import refuse_repeated_id
from warmhandoff.matching.types import Listing

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MILLION = 1_000_000
_WORD = 64
_MASK = (1 << _WORD) - 1


def millionths(t: float) -> int:
    """A term's t in [0, 1] as whole millionths: floor(t x 1,000,000 + 0.5), in float64."""
    return math.floor(t * MILLION + 0.5)


@dataclass(frozen=True)
class Tri:
    """A three-valued answer for each row (Kleene): surely yes, surely no, or neither, which is unknown."""

    yes: Bools
    no: Bools

    @classmethod
    def certain(cls, value: Bools) -> Tri:
        return cls(value, ~value)

    @classmethod
    def known_where(cls, known: Bools, value: Bools) -> Tri:
        return cls(known & value, known & ~value)

    @property
    def unknown(self) -> Bools:
        return ~(self.yes | self.no)

    def __and__(self, other: Tri) -> Tri:
        return Tri(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Tri) -> Tri:
        return Tri(self.yes | other.yes, self.no & other.no)


@dataclass(frozen=True)
class CodeColumn:
    """Sets of codes as bits. `words` is rows x 64-bit words; `bit` gives each occurring code its place."""

    known: Bools
    words: NDArray[np.uint64]
    bit: dict[str, int]

    @classmethod
    def of(cls, values: Sequence[Iterable[str] | None]) -> CodeColumn:
        bit: dict[str, int] = {}
        masks: list[int] = []
        seen: dict[tuple[str, ...], int] = {}
        for codes in values:
            key = () if codes is None else tuple(codes)
            mask = seen.get(key)
            if mask is None:
                mask = 0
                for code in key:
                    mask |= 1 << bit.setdefault(code, len(bit))
                seen[key] = mask
            masks.append(mask)
        width = max(1, -(-len(bit) // _WORD))
        words = np.empty((len(masks), width), dtype=np.uint64)
        for word in range(width):
            words[:, word] = [mask >> (_WORD * word) & _MASK for mask in masks]
        return cls(np.array([codes is not None for codes in values], dtype=np.bool_), words, bit)

    @classmethod
    def joined(cls, parts: Sequence[CodeColumn]) -> CodeColumn:
        """One under the other; each part may have given its codes other places."""
        bit = {code: place for place, code in enumerate(sorted({code for part in parts for code in part.bit}))}
        words = [np.zeros((len(part.known), max(1, -(-len(bit) // _WORD))), dtype=np.uint64) for part in parts]
        for part, held in zip(parts, words, strict=True):
            for code in part.bit:
                word, place = divmod(bit[code], _WORD)
                held[:, word] |= part.holds(code).astype(np.uint64) << np.uint64(place)
        return cls(np.concatenate([part.known for part in parts]), np.concatenate(words), bit)

    def take(self, rows: Rows) -> CodeColumn:
        return CodeColumn(self.known[rows], self.words[rows], self.bit)

    def holds(self, code: str) -> Bools:
        """Where the code is in the set; False where the set is unknown."""
        place = self.bit.get(code)
        if place is None:
            return np.zeros(len(self.known), dtype=np.bool_)
        return (self.words[:, place // _WORD] >> np.uint64(place % _WORD) & np.uint64(1)).astype(np.bool_)

    def has(self, code: str) -> Tri:
        return Tri.known_where(self.known, self.holds(code))

    def has_all(self, codes: Sequence[str]) -> Tri:
        held = np.ones(len(self.known), dtype=np.bool_)
        for code in codes:
            held &= self.holds(code)
        return Tri.known_where(self.known, held)

    def has_any(self, codes: Sequence[str]) -> Tri:
        return Tri.known_where(self.known, self.shared(codes) > 0)

    def shared(self, codes: Sequence[str], rows: Rows | None = None) -> Ints:
        """How many of the codes each row holds; 0 where its set is unknown."""
        words = self.words if rows is None else self.words[rows]
        wanted = [0] * words.shape[1]
        for code in codes:
            if code in self.bit:
                wanted[self.bit[code] // _WORD] |= 1 << (self.bit[code] % _WORD)
        count = np.zeros(len(words), dtype=np.int64)
        for word, mask in enumerate(wanted):
            if mask:
                count += np.bitwise_count(words[:, word] & np.uint64(mask))
        return count


@dataclass(frozen=True)
class WholeColumn:
    """Whole numbers of 64 bits, or unknown."""

    known: Bools
    values: Ints

    @classmethod
    def of(cls, values: Sequence[int | None]) -> WholeColumn:
        known = np.array([value is not None for value in values], dtype=np.bool_)
        return cls(known, np.array([value or 0 for value in values], dtype=np.int64))

    def take(self, rows: Rows) -> WholeColumn:
        return WholeColumn(self.known[rows], self.values[rows])

    def at_most(self, limit: int) -> Tri:
        return Tri.known_where(self.known, self.values <= limit)


@dataclass(frozen=True)
class FlagColumn:
    known: Bools
    values: Bools

    @classmethod
    def of(cls, values: Sequence[bool | None]) -> FlagColumn:
        known = np.array([value is not None for value in values], dtype=np.bool_)
        return cls(known, np.array([value is True for value in values], dtype=np.bool_))

    def take(self, rows: Rows) -> FlagColumn:
        return FlagColumn(self.known[rows], self.values[rows])

    def is_true(self) -> Tri:
        return Tri.known_where(self.known, self.values)


@dataclass(frozen=True)
class PointColumn:
    """Degrees, or unknown: a point needs both its numbers."""

    known: Bools
    lat: Floats
    lon: Floats

    @classmethod
    def of(cls, values: Sequence[tuple[float | None, float | None]]) -> PointColumn:
        known = np.array([lat is not None and lon is not None for lat, lon in values], dtype=np.bool_)
        lats, lons = ([value or 0.0 for value in part] for part in (zip(*values, strict=True) if values else ((), ())))
        return cls(known, np.array(lats, dtype=np.float64), np.array(lons, dtype=np.float64))

    def take(self, rows: Rows) -> PointColumn:
        return PointColumn(self.known[rows], self.lat[rows], self.lon[rows])


CODE_FIELDS = (
    "levels", "licensed_states", "compacts", "treats", "specialises_in", "modalities", "age_groups", "participants",
    "languages", "plans", "formats", "times", "identities", "access",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """All listings, one row each, rows in any order: answers never depend on it. Make them with `Columns.of`."""

    ids: Ints
    names: Sequence[str | None]
    kind: CodeColumn
    accepting: CodeColumn
    codes: dict[str, CodeColumn]
    flags: dict[str, FlagColumn]
    wholes: dict[str, WholeColumn]
    point: PointColumn
    static: dict[str, Ints]
    """Millionths of the terms that do not depend on the need: wait, trust, responsiveness, freshness."""

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> Columns:
        """Columns of these listings. Refuses a repeated id."""
        all_of = list(listings)
        _refuse_repeated(all_of)
        return cls(
            ids=np.array([listing.id for listing in all_of], dtype=np.int64),
            names=[listing.name for listing in all_of],
            kind=CodeColumn.of([(listing.kind,) for listing in all_of]),
            accepting=CodeColumn.of([None if x.accepting is None else (x.accepting,) for x in all_of]),
            codes={name: CodeColumn.of([getattr(x, name) for x in all_of]) for name in CODE_FIELDS},
            flags={name: FlagColumn.of([getattr(x, name) for x in all_of]) for name in FLAG_FIELDS},
            wholes={name: WholeColumn.of([getattr(x, name) for x in all_of]) for name in WHOLE_FIELDS},
            point=PointColumn.of([(listing.lat, listing.lon) for listing in all_of]),
            static={name: _static(all_of, *rule) for name, rule in STATIC_TERMS.items()},
        )

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """The listings of all parts, of which there is at least one; no id may be in two of them."""
        first = parts[0]
        return cls(
            ids=np.concatenate([part.ids for part in parts]),
            names=[name for part in parts for name in part.names],
            kind=CodeColumn.joined([part.kind for part in parts]),
            accepting=CodeColumn.joined([part.accepting for part in parts]),
            codes={name: CodeColumn.joined([part.codes[name] for part in parts]) for name in first.codes},
            flags={name: FlagColumn(*_stacked([part.flags[name] for part in parts])) for name in first.flags},
            wholes={name: WholeColumn(*_stacked([part.wholes[name] for part in parts])) for name in first.wholes},
            point=PointColumn(*_stacked([part.point for part in parts])),
            static={name: np.concatenate([part.static[name] for part in parts]) for name in first.static},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def take_arrays(self, rows: Rows) -> Columns:
        """The same columns with these rows only, in this order; the names are left as they are."""
        return Columns(
            ids=self.ids[rows],
            names=self.names,
            kind=self.kind.take(rows),
            accepting=self.accepting.take(rows),
            codes={name: column.take(rows) for name, column in self.codes.items()},
            flags={name: column.take(rows) for name, column in self.flags.items()},
            wholes={name: column.take(rows) for name, column in self.wholes.items()},
            point=self.point.take(rows),
            static={name: values[rows] for name, values in self.static.items()},
        )


FLAG_FIELDS = ("out_of_network", "sliding_scale")
WHOLE_FIELDS = ("fee", "sliding_floor", "wait_days", "verified_days", "openings")
STATIC_TERMS: dict[str, tuple[str, Callable[[float], float]]] = {
    "wait": ("wait_days", lambda days: math.pow(2.0, -days / 14)),
    "trust": ("trust", float),
    "responsiveness": ("responsiveness", float),
    "freshness": ("verified_days", lambda days: math.pow(2.0, -days / 90)),
}


def _stacked(columns: Sequence[FlagColumn | WholeColumn | PointColumn]) -> list[NDArray[Any]]:
    """Each array of these columns, one part under the other."""
    return [np.concatenate(arrays) for arrays in zip(*(vars(column).values() for column in columns), strict=True)]


def _refuse_repeated(listings: Sequence[Listing]) -> None:
    seen: set[int] = set()
    for listing in listings:
        if listing.id in seen:
            raise refuse_repeated_id(listing.id)
        seen.add(listing.id)


def _static(listings: Sequence[Listing], name: str, rule: Callable[[float], float]) -> Ints:
    """Each row's millionths of one term, by CPython's math; an unknown value counts 0."""
    known: dict[float, int] = {}
    found = []
    for listing in listings:
        value = getattr(listing, name)
        if value is not None and value not in known:
            known[value] = millionths(rule(value))
        found.append(0 if value is None else known[value])
    return np.array(found, dtype=np.int64)
