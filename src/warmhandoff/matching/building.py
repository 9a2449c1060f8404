"""From columns to the index: rows in their order, copies for telehealth, bits, packed rows, caps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmhandoff.matching.columns import CODE_FIELDS, FLAG_FIELDS, Bools, CodeColumn, Columns, Floats, Ints, WholeColumn
from warmhandoff.matching.segment import (
    LINE,
    MASKED,
    NO_NAME,
    SPOT,
    STATIC_ORDER,
    UNKNOWN_AGE,
    UNKNOWN_WAIT,
    Segment,
    Words,
    row_type,
)
from warmhandoff.matching.spatial import CAPS_A_REGION, ROOM, SPOTS_A_CAP, along_the_curve, caps_of, on_the_sphere

BIT_FIELDS = tuple(name for name in CODE_FIELDS if name != "specialises_in")
NUMBER_FIELDS = ("fee", "sliding_floor", "wait_days")
_HALF_WORD = 32
AGE_MAX = 100_000
"""Days: what was verified longer ago counts nothing either way."""
_OPENINGS_MAX = 2**31 - 1
_AT_ONCE = 1 << 16


def built(columns: Columns) -> Segment:
    """The index of these listings. The same listings give the same bytes, whatever their order."""
    kinds = {code: number for number, code in enumerate(sorted(columns.kind.bit))}
    kind = _kinds_of(columns, kinds)
    order = _order(columns, kind)
    columns, kind = columns.take_arrays(order), kind[order]
    spots, spot = _spots(columns, kind)
    rows, mask_at, waits = _rows(columns, spot)
    group_of, groups, row_of = _groups(columns, kind, len(kinds))
    sphere = on_the_sphere(spots["lat"], spots["lon"])
    caps = _caps(spots, sphere, kind)
    bits = _Bits(len(rows) + len(row_of), np.concatenate([np.arange(len(rows)), row_of]))
    bits.fill(columns)
    name_at, name_text = _names(columns, order)
    return Segment(
        columns=bits.columns, values={**bits.values, "wait_days": waits}, kinds=kinds, group_of=group_of,
        mask_at=mask_at, bits=bits.matrix(), rows=rows, row_of=row_of,
        by_id=np.argsort(rows["id"], kind="stable").astype(np.int32), spots=spots,
        sphere=np.pad(np.ascontiguousarray(sphere.T), ((0, 0), (0, ROOM))), **caps,
        kind_rows=_kind_rows(columns, kind, len(kinds)), groups=groups,
        common=np.array(bits.common, dtype=np.int64), name_at=name_at, name_text=name_text,
    )  # fmt: skip


def _kinds_of(columns: Columns, kinds: Mapping[str, int]) -> Ints:
    found = np.zeros(len(columns), dtype=np.int64)
    for code, number in kinds.items():
        found[columns.kind.holds(code)] = number
    return found


def _order(columns: Columns, kind: Ints) -> Ints:
    point = columns.point
    curve = np.where(point.known, along_the_curve(point.lat, point.lon), 0)
    keys = (columns.ids, point.lon, point.lat, curve, ~point.known, kind)
    return np.lexsort(keys).astype(np.int64)


def _spots(columns: Columns, kind: Ints) -> tuple[NDArray[np.void], NDArray[np.int32]]:
    """The distinct points of each kind with their rows, and every row's own; -1 where it is not known."""
    point, placed = columns.point, np.flatnonzero(columns.point.known)
    here = np.stack([kind[placed], point.lat[placed], point.lon[placed]]) if len(placed) else np.zeros((3, 0))
    fresh = np.ones(len(placed), dtype=np.bool_)
    fresh[1:] = (here[:, 1:] != here[:, :-1]).any(axis=0)
    first = np.flatnonzero(fresh)
    spots = np.zeros(len(first), dtype=SPOT)
    spots["lat"], spots["lon"] = here[1, first], here[2, first]
    spots["start"] = placed[first]
    spots["stop"] = placed[np.append(first[1:], len(placed)) - 1] + 1 if len(first) else 0
    spot = np.full(len(columns), -1, dtype=np.int32)
    spot[placed] = np.cumsum(fresh) - 1
    return spots, spot


def _caps(spots: NDArray[np.void], sphere: Floats, kind: Ints) -> dict[str, Any]:
    """Runs of at most so many spots of one kind, each as a round cap; and where each kind's caps begin. The same for
    runs of so many caps."""
    kinds = int(kind.max(initial=-1)) + 1
    kind_of_spot = kind[spots["start"]] if len(spots) else np.zeros(0, dtype=np.int64)
    bounds = np.searchsorted(kind_of_spot, np.arange(kinds + 1))
    found: dict[str, Any] = {}
    for name, size in (("caps", SPOTS_A_CAP), ("regions", SPOTS_A_CAP * CAPS_A_REGION)):
        firsts: list[int] = []
        begins = []
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            begins.append(len(firsts))
            firsts += range(low, high, size)
        begins.append(len(firsts))
        firsts.append(len(spots))
        found |= {name: caps_of(sphere, firsts), f"kind_{name}": np.array(begins, dtype=np.int32)}
        found.setdefault("cap_spot", np.array(firsts, dtype=np.int32))
    return found


def _kind_rows(columns: Columns, kind: Ints, kinds: int) -> NDArray[np.int32]:
    """For each kind its first row, the first without a place, and the end."""
    starts = np.searchsorted(kind, np.arange(kinds + 1))
    placed = np.bincount(kind, weights=columns.point.known, minlength=kinds).astype(np.int64)
    return np.stack([starts[:-1], starts[:-1] + placed[:kinds], starts[1:]], axis=1).astype(np.int32)


def _groups(columns: Columns, kind: Ints, kinds: int) -> tuple[dict[str, int], NDArray[np.int32], NDArray[np.int32]]:
    formats, states, compacts = (columns.codes[name] for name in ("formats", "licensed_states", "compacts"))
    maybe = formats.holds("telehealth") | ~formats.known
    wanted = [(f"state:{code}", states.holds(code)) for code in sorted(states.bit)]
    wanted += [(f"compact:{code}", compacts.holds(code)) for code in sorted(compacts.bit)]
    wanted.append(("licence:unknown", ~states.known))
    parts, bounds, end = [], [], len(columns)
    for _, member in wanted:
        rows = np.flatnonzero(member & maybe)
        at = end + np.searchsorted(kind[rows], np.arange(kinds + 1))
        bounds.append(np.stack([at[:-1], at[1:]], axis=1))
        parts.append(rows)
        end += len(rows)
    group_of = {name: number for number, (name, _) in enumerate(wanted)}
    return group_of, np.array(bounds, dtype=np.int32), np.concatenate(parts).astype(np.int32)


def _rows(columns: Columns, spot: NDArray[np.int32]) -> tuple[NDArray[np.void], dict[str, Any], list[int]]:
    mask_at: dict[str, tuple[int, dict[str, int]]] = {}
    parts: list[NDArray[np.uint32]] = []
    for name in MASKED:
        mask_at[name] = (len(parts), {code: place for place, code in enumerate(sorted(columns.codes[name].bit))})
        parts += list(_half_words(columns.codes[name], mask_at[name][1]))
    rows = np.zeros(len(columns), dtype=row_type(len(parts)))
    rows["id"], rows["spot"] = columns.ids, spot
    for place, term in enumerate(STATIC_ORDER):
        rows["static"][:, place] = columns.static[term]
    waits, ranks = _ranked(columns.wholes["wait_days"])
    rows["wait"] = np.where(columns.wholes["wait_days"].known, ranks, UNKNOWN_WAIT)
    age = columns.wholes["verified_days"]
    rows["age"] = np.where(age.known, np.minimum(age.values, AGE_MAX), UNKNOWN_AGE)
    openings = columns.wholes["openings"]
    rows["openings"] = np.where(openings.known, np.minimum(openings.values, _OPENINGS_MAX), 0)
    for place, part in enumerate(parts):
        rows["mask"][:, place] = part
    return rows, mask_at, waits


def _half_words(column: CodeColumn, places: Mapping[str, int]) -> Iterator[NDArray[np.uint32]]:
    """Each row's codes as bits in the order of `places`, in words of 32."""
    words = max(1, -(-len(places) // _HALF_WORD))
    found = np.zeros((len(column.known), 4 * words), dtype=np.uint8)
    for first in range(0, len(column.known), _AT_ONCE):
        packed = np.packbits(_unpacked(column, slice(first, first + _AT_ONCE), list(places)), axis=1, bitorder="little")
        found[first : first + _AT_ONCE, : packed.shape[1]] = packed
    yield from found.view("<u4").T


def _unpacked(column: CodeColumn, rows: slice | Ints, codes: Sequence[str]) -> NDArray[np.uint8]:
    """A row of ones and noughts for each row, one for each of the codes."""
    words = np.ascontiguousarray(column.words[rows].astype("<u8"))
    bits = np.unpackbits(words.view(np.uint8).reshape(len(words), -1), axis=1, bitorder="little")
    return bits[:, [column.bit[code] for code in codes]]


def _ranked(column: WholeColumn) -> tuple[list[int], Ints]:
    """The known values in order, and each row's place among them (of no meaning where unknown)."""
    values = np.unique(column.values[column.known])
    return values.tolist(), np.searchsorted(values, column.values)


@dataclass
class _Bits:
    """The bit columns as they are made. Columns 0 and 1 are `NO_COLUMN` and `ALIVE`."""

    positions: int
    row_at: Ints

    def __post_init__(self) -> None:
        self.columns: dict[str, dict[str, int]] = {"unknown": {}, "slices": {}}
        self.values: dict[str, list[int]] = {}
        self.common: list[int] = []
        self._packed: list[Words] = []
        self._size = LINE * max(1, -(-self.positions // (64 * LINE)))
        self._add(np.zeros(len(self.row_at), dtype=np.bool_))
        self._add(np.ones(len(self.row_at), dtype=np.bool_))

    def _add(self, held: Bools) -> int:
        bytes_held = np.zeros(self._size * 8, dtype=np.uint8)
        packed = np.packbits(held, bitorder="little")
        bytes_held[: len(packed)] = packed
        self._packed.append(bytes_held.view("<u8"))
        self.common.append(int(np.count_nonzero(held)))
        return len(self._packed) - 1

    def _add_codes(self, column: CodeColumn) -> dict[str, int]:
        """A column for each code, all of a field's at once, so many positions at a time."""
        codes = sorted(column.bit)
        found = np.zeros((len(codes), self._size * 8), dtype=np.uint8)
        for first in range(0, len(self.row_at), _AT_ONCE):
            bits = _unpacked(column, self.row_at[first : first + _AT_ONCE], codes)
            packed = np.packbits(bits, axis=0, bitorder="little")
            found[:, first // 8 : first // 8 + len(packed)] = packed.T
        start = len(self._packed)
        self._packed += list(found.view("<u8"))
        self.common += np.bitwise_count(found).sum(axis=1).tolist()
        return {code: start + place for place, code in enumerate(codes)}

    def fill(self, columns: Columns) -> None:
        codes = {**{name: columns.codes[name] for name in BIT_FIELDS}, "accepting": columns.accepting}
        for name, column in codes.items():
            self.columns[name] = self._add_codes(column)
            self.columns["unknown"][name] = self._add(~column.known[self.row_at])
        for name in FLAG_FIELDS:
            flag = columns.flags[name]
            self.columns[name] = {"yes": self._add((flag.values & flag.known)[self.row_at])}
            self.columns["unknown"][name] = self._add(~flag.known[self.row_at])
        for name in NUMBER_FIELDS:
            self._number(name, columns.wholes[name])

    def _number(self, name: str, column: WholeColumn) -> None:
        """Bit slices of each value's place in the order: any limit is compared exactly, without the numbers."""
        values, ranks = _ranked(column)
        slices = len(values).bit_length()
        ranks = np.where(column.known, ranks, (1 << slices) - 1)[self.row_at]
        self.values[name] = values
        self.columns["slices"][name] = len(self._packed)
        for place in range(slices):
            self._add((ranks >> place & 1).astype(np.bool_))
        self.columns["unknown"][name] = self._add(~column.known[self.row_at])

    def matrix(self) -> Words:
        found = np.empty((len(self._packed), self._size), dtype=np.uint64)
        for place, packed in enumerate(self._packed):
            found[place] = packed
        return found


def _names(columns: Columns, order: Ints) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    texts = [NO_NAME if (name := columns.names[row]) is None else name.encode("utf-8") for row in order.tolist()]
    at = np.zeros(len(texts) + 1, dtype=np.int64)
    at[1:] = np.cumsum([len(text) for text in texts])
    return at, np.frombuffer(b"".join(texts), dtype=np.uint8)
