"""A directory as a query sees it: one or more indexes side by side, each with the listings that count in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.segment import UNKNOWN_WAIT, Segment, Words
from warmhandoff.matching.types import INT64_MAX, INT64_MIN, Listing
from warmhandoff.rules.refusals import BadInput, Problem


@dataclass(frozen=True)
class Part:
    """One index and which of its positions count: of a shared index a practice leaves out what it sees otherwise."""

    segment: Segment
    alive: Words
    hidden: int = 0
    aging: int = 0
    """Days since the index was made."""

    def __len__(self) -> int:
        return len(self.segment) - self.hidden

    @cached_property
    def alive_at(self) -> int:
        """Where `alive` lies in memory, for the kernel."""
        return int(self.alive.ctypes.data)

    def rows_of(self, ids: Iterable[int]) -> list[int]:
        """The rows of those of these ids that are here and count."""
        found = (self.row_with(one) for one in sorted(ids))
        return [row for row in found if row is not None]

    def row_with(self, listing_id: int) -> int | None:
        row = self.segment.row_with(listing_id)
        if row is None or not int(self.alive[row >> 6]) >> (row & 63) & 1:
            return None
        return row

    def without(self, rows: Sequence[int]) -> Part:
        """These rows of the index taken out."""
        if not rows:
            return self
        return replace(self, alive=self.segment.without(rows, self.alive), hidden=self.hidden + len(rows))

    def key(self, row: int, points: int) -> tuple[int, int, int, int]:
        """What options are ordered by: most points, shorter known wait, smaller id."""
        packed = self.segment.rows[row]
        wait = int(packed["wait"])
        known = wait != UNKNOWN_WAIT
        return -points, not known, self.segment.values["wait_days"][wait] if known else 0, int(packed["id"])


@dataclass(frozen=True)
class Directory:
    """All listings a need is put to, in any order: answers never depend on it. Make one with `Directory.of`.

    No id is in two parts. `version` says what it was made of; answers carry it.
    """

    parts: tuple[Part, ...]
    version: str = ""
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, listings: Iterable[Listing]) -> Directory:
        """An index of these listings, in memory. Refuses a repeated id."""
        return cls.of_segments([built(Columns.of(listings))])

    @classmethod
    def of_segments(cls, segments: Iterable[Segment], version: str = "", *, aging: int = 0) -> Directory:
        """These indexes as they are, made so many days ago; no id may be in two of them."""
        return cls(tuple(Part(segment, segment.alive, aging=aging) for segment in segments), version)

    def overlaid(self, listings: Iterable[Listing], without: Iterable[int] = (), version: str = "") -> Directory:
        """This directory with these listings in place of those of the same id, or besides; `without` some ids.

        Nothing of this directory is copied but one bit a position of the indexes that lose a listing.
        """
        own = list(listings)
        gone = {listing.id for listing in own} | set(without)
        parts = tuple(part.without(found) for part in self.parts for found in [part.rows_of(gone)])
        segment = built(Columns.of(own))
        return Directory((*parts, Part(segment, segment.alive)), version)

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def find(self, listing_id: int) -> tuple[Part, int]:
        """The part and row of an id. Refuses one that is not there, naming the field `id`."""
        if INT64_MIN <= listing_id <= INT64_MAX:
            for part in self.parts:
                row = part.row_with(listing_id)
                if row is not None:
                    return part, row
        raise BadInput(Problem(f"there is no listing {listing_id} in this directory", field="id"))

    def name_of(self, listing_id: int) -> str | None:
        part, row = self.find(listing_id)
        return part.segment.name(row)

    def takes_plan(self, plan: str) -> bool:
        """Whether any listing names this plan at all."""
        return any(_plan_is_taken(part, plan) for part in self.parts)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each part's rows begin when all are numbered through."""
        return tuple(np.cumsum([0, *(len(part.segment) for part in self.parts)]).tolist())


def _plan_is_taken(part: Part, plan: str) -> bool:
    column = part.segment.columns["plans"].get(plan)
    return column is not None and bool((part.segment.bits[column] & part.alive).any())


def listing_at(segment: Segment, row: int) -> Listing:
    """A row as a listing again, as far as its musts read it."""
    word, shift = row >> 6, np.uint64(row & 63)
    held = (segment.bits[:, word] >> shift & np.uint64(1)).astype(np.bool_)
    spot = int(segment.rows["spot"][row])
    point = segment.spots[spot] if spot >= 0 else None

    def codes(name: str, columns: Mapping[str, int]) -> tuple[str, ...] | None:
        if held[segment.unknown(name)]:
            return None
        return tuple(code for code, column in columns.items() if held[column])

    def number(name: str) -> int | None:
        if held[segment.unknown(name)]:
            return None
        first, values = segment.columns["slices"][name], segment.values[name]
        return values[sum(1 << place for place in range(len(values).bit_length()) if held[first + place])]

    values: dict[str, Any] = {name: codes(name, segment.columns[name]) for name in _CODE_LISTS}
    values |= {name: number(name) for name in segment.values}
    for name in ("out_of_network", "sliding_scale"):
        values[name] = None if held[segment.unknown(name)] else bool(held[segment.column(name, "yes")])
    accepting = codes("accepting", segment.columns["accepting"])
    return Listing(
        id=int(segment.rows["id"][row]),
        kind=next(code for code, number in segment.kinds.items() if segment.kind_rows[number, 2] > row),
        name=segment.name(row),
        lat=None if point is None else float(point["lat"]),
        lon=None if point is None else float(point["lon"]),
        accepting=accepting[0] if accepting else None,
        **{**values, "compacts": values["compacts"] or ()},
    )


_CODE_LISTS = ("levels", "licensed_states", "compacts", "treats", "modalities", "age_groups", "participants",
               "languages", "plans", "formats", "times", "identities", "access")  # fmt: skip
