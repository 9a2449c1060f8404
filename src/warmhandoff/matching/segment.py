"""The index of a set of listings: bit columns for the musts, packed rows for the wishes. One layout, two drivers.

Listings stand in the order of kind, then place along a curve; within a kind those without a known place come last. A
listing that may be met by telehealth stands a second time in a group for each state it is licensed in, for each
compact, or for a licence not known, so that no query looks at the whole country. `bits` has one row a column and one
bit a position; positions below `len(rows)` are the rows themselves, those from there on are the groups' copies.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

NO_COLUMN = 0
"""The column of a code that nobody has: all zero."""
ALIVE = 1
"""The column of the positions that hold a listing."""
UNKNOWN_WAIT = 2**32 - 1
UNKNOWN_AGE = 2**32 - 1
NO_NAME = b"\xff"
"""Stands for a name that is not known: no text of UTF-8 holds this byte."""

SPOT = np.dtype([("lat", "<f8"), ("lon", "<f8"), ("start", "<i4"), ("stop", "<i4")])
STATIC_ORDER = ("wait", "trust", "responsiveness")
"""The terms that do not depend on the need, as they stand in `static`."""
LINE = 8
"""Words: the kernel reads so many at a time, and every column is a multiple of it."""
MASKED = ("specialises_in", "treats", "modalities", "identities", "times")
"""Code lists that wishes count in, kept in each row."""


def row_type(masks: int) -> np.dtype[Any]:
    """A packed row: what ranking and ties need. `mask` holds the code lists of MASKED as bits."""
    return np.dtype([
        ("id", "<i8"), ("static", "<u4", 3), ("wait", "<u4"), ("spot", "<i4"), ("openings", "<i4"), ("age", "<u4"),
        ("mask", "<u4", masks),
    ], align=True)  # fmt: skip


ARRAYS = ("bits", "rows", "row_of", "by_id", "spots", "sphere", "caps", "cap_spot", "kind_caps", "regions",
          "kind_regions", "kind_rows", "groups", "common", "name_at", "name_text")  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """Made by `building.built`, or opened from the files that `storage.saved` wrote."""

    columns: Mapping[str, Mapping[str, int]]
    """Field -> code -> row of `bits`; `unknown` holds the columns of what is not known, `slices` those of numbers."""
    values: Mapping[str, Sequence[int]]
    """Number field -> its values in order; a position's slices spell the value's place, all ones where unknown."""
    kinds: Mapping[str, int]
    group_of: Mapping[str, int]
    """`state:TX`, `compact:psypact` and `licence:unknown` -> row of `groups`."""
    mask_at: Mapping[str, tuple[int, Mapping[str, int]]]
    """Field of MASKED -> its first word in `mask` and each code's bit from there."""
    bits: Words
    rows: NDArray[np.void]
    row_of: NDArray[np.int32]
    by_id: NDArray[np.int32]
    spots: NDArray[np.void]
    sphere: NDArray[np.float64]
    """The spots on the unit sphere: x of all, y, z; with room behind."""
    caps: NDArray[np.float64]
    cap_spot: NDArray[np.int32]
    kind_caps: NDArray[np.int32]
    regions: NDArray[np.float64]
    """So many caps of a kind in a row as one cap, for the kernel: most are passed over at once."""
    kind_regions: NDArray[np.int32]
    kind_rows: NDArray[np.int32]
    groups: NDArray[np.int32]
    common: NDArray[np.int64]
    name_at: NDArray[np.int64]
    name_text: NDArray[np.uint8]
    scratch: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def alive(self) -> Words:
        return self.bits[ALIVE]

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Every row's id, side by side (made on first use)."""
        return np.ascontiguousarray(self.rows["id"])

    @cached_property
    def caps_squared(self) -> NDArray[np.float64]:
        """Of each cap's centre, its distance from the middle of the sphere, squared."""
        squared: NDArray[np.float64] = (self.caps[:3] ** 2).sum(axis=0)
        return squared

    @cached_property
    def rarity(self) -> list[int]:
        """How many positions each column holds, as plain numbers."""
        counts: list[int] = self.common.tolist()
        return counts

    def bytes_held(self) -> int:
        """Of everything but names."""
        return sum(getattr(self, name).nbytes for name in ARRAYS if not name.startswith("name"))

    def column(self, field: str, code: str) -> int:
        return self.columns[field].get(code, NO_COLUMN)

    def unknown(self, field: str) -> int:
        return self.columns["unknown"][field]

    def holds(self, column: int, position: int) -> bool:
        return bool(int(self.bits[column, position >> 6]) >> (position & 63) & 1)

    def row(self, position: int) -> int:
        """The row of which a position is the place or a copy."""
        return position if position < len(self.rows) else int(self.row_of[position - len(self.rows)])

    def row_with(self, listing_id: int) -> int | None:
        """The row of an id, or None."""
        low, high = self._between(listing_id)
        place = bisect_left(range(len(self.by_id)), listing_id, low, high, key=self._id_at)
        if place == len(self.by_id) or self._id_at(place) != listing_id:
            return None
        return int(self.by_id[place])

    def _id_at(self, place: int) -> int:
        found: int = self.rows["id"].item(self.by_id.item(place))
        return found

    def _between(self, listing_id: int) -> tuple[int, int]:
        """Places in the order of ids that an id is between: found by where it would stand were they evenly spread."""
        last = len(self.by_id) - 1
        if last < 0 or not (first := self._id_at(0)) < listing_id <= (most := self._id_at(last)):
            return 0, 0 if last < 0 or listing_id <= first else last + 1
        low = high = min(last, last * (listing_id - first) // (most - first))
        step = 1
        while low > 0 and self._id_at(low) >= listing_id:
            low, step = max(0, low - step), step * 2
        step = 1
        while high < last and self._id_at(high) < listing_id:
            high, step = min(last, high + step), step * 2
        return low, high + 1

    def positions(self, row: int, groups: Sequence[int] | None = None) -> Iterator[int]:
        """Every position at which a row stands: its own, and in `groups` (all, if not given) where it has a copy."""
        yield row
        kind = bisect_right(self.kind_ends, row)
        for group in self._groups_of(row) if groups is None else groups:
            if group < 0:
                continue
            low, high = self.groups[group, kind].tolist()
            at = bisect_left(self.row_of, row, low - len(self), high - len(self)) + len(self)
            if at < high and self.row_of[at - len(self)] == row:
                yield at

    @cached_property
    def kind_ends(self) -> list[int]:
        ends: list[int] = self.kind_rows[:, 2].tolist()
        return ends

    @cached_property
    def _group_columns(self) -> list[int]:
        """The column that says who is in each group, telehealth being possible."""
        held = {"state": "licensed_states", "compact": "compacts"}
        parts = (name.partition(":") for name in self.group_of)
        unknown = self.unknown("licensed_states")
        return [self.column(held[what], code) if what in held else unknown for what, _, code in parts]

    def _groups_of(self, row: int) -> list[int]:
        bits = self.bits[self._group_columns, row >> 6] >> np.uint64(row & 63) & np.uint64(1)
        groups: list[int] = np.flatnonzero(bits).tolist()
        return groups

    def without(self, rows: Sequence[int], alive: Words | None = None) -> Words:
        """The `alive` column (or this one in its place) with these rows taken out."""
        found = np.array(self.alive if alive is None else alive)
        for row in rows:
            for position in self.positions(row):
                found[position >> 6] &= ~np.uint64(1 << (position & 63))
        return found

    def name(self, row: int) -> str | None:
        text = self.name_text[int(self.name_at[row]) : int(self.name_at[row + 1])].tobytes()
        return None if text == NO_NAME else text.decode("utf-8")
