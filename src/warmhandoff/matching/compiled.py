"""The compiled driver: hands an index and a plan to native/sweep.c, as plain numbers, and reads its answers.

Every question answers None where the kernel was not built, or where the question is too large for its fixed tables;
NumPy then answers it.
"""

from __future__ import annotations

import ctypes
import struct
from array import array
from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.native import asking, kernel
from warmhandoff.matching.plan import FRESH_DAYS, NUMBERS, WEIGHED, Plan, freshness_by_age, memory_of, packed
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.sweep import Best, Change
from warmhandoff.matching.types import Need, Weights
from warmhandoff.matching.view import Part

MOST = 1000
"""No more are kept in order here: the kernel keeps its best by insertion."""
_CHANGES = 500
_MUST_BYTES = _CHANGE_BYTES = 8 * 1000
"""The kernel has room for 2,048 columns; what spells a must, or a change, is longer than its columns."""
_SAME = _NONE = -1
_HEAD = struct.Struct("=21q5d").pack
_CHANGE = struct.Struct("=8q").pack
_weights = itemgetter(*WEIGHED)
_NO_RADII = (0.0, 0.0, 0.0)

_MAPS = ("row_of", "spots", "sphere", "caps", "cap_spot", "kind_caps", "regions", "kind_regions", "kind_rows", "groups")


class _Index(ctypes.Structure):
    _fields_ = [
        ("bits", ctypes.c_void_p), ("words", ctypes.c_int64), ("rows", ctypes.c_void_p),
        ("row_size", ctypes.c_int64), ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in _MAPS),
        ("kinds", ctypes.c_int64), ("sphere_room", ctypes.c_int64), ("caps_room", ctypes.c_int64),
        ("regions_room", ctypes.c_int64), ("by_id", ctypes.c_void_p), ("common", ctypes.c_void_p),
        ("fresh", ctypes.c_void_p), ("fresh_days", ctypes.c_int64),
    ]  # fmt: skip


def index_of(segment: Segment) -> int:
    """The index as the kernel reads it; made once, and as long-lived as the segment's arrays that it points to."""
    kept = segment.scratch.get("index")
    if kept is None:
        pointers = {name: getattr(segment, name).ctypes.data for name in ("bits", "rows", *_MAPS, "by_id", "common")}
        index = _Index(
            words=segment.bits.shape[1], row_size=segment.rows.dtype.itemsize, count=len(segment.rows),
            kinds=len(segment.kinds), sphere_room=segment.sphere.shape[1], caps_room=segment.caps.shape[1],
            regions_room=segment.regions.shape[1],
            fresh=freshness_by_age().ctypes.data, fresh_days=FRESH_DAYS, **pointers,
        )  # fmt: skip
        kept = segment.scratch["index"] = (index, ctypes.addressof(index))
    pointer: int = kept[1]
    return pointer


def _spelled(plan: Plan, radii: Sequence[float], looked: bool, k: int = 0, possibles: bool = False) -> bytes | None:
    """The question as the kernel's numbers; None where it names more columns than the kernel has room for.

    looked: whether telehealth is looked at, if only to tell who might be met so.
    """
    need, musts, wishes = plan.need, plan.musts, plan.wishes
    place, formats, left_out = need.place, need.formats, need.exclude
    head = _HEAD(
        plan.kind, len(radii), looked, "in_person" in formats, "telehealth" in formats, plan.aging,
        *_weights(plan.weights), len(musts), len(wishes), len(left_out), k, possibles,
        place.lat, place.lon, *radii, *_NO_RADII[len(radii) :],
    )  # fmt: skip
    said = [must.spelled for must in musts]
    if sum(map(len, said)) > _MUST_BYTES:
        return None
    ids = packed(*left_out) if left_out else b""
    return b"".join([head, plan.where.spelled, ids, *said, *[wish.spelled for wish in wishes]])


@cache
def _noughts(numbers: int) -> bytes:
    return bytes(8 * numbers)


def room_for(numbers: int) -> tuple[array[int], int]:
    """So many whole numbers for the kernel to write, and where they lie."""
    out = array("q", _noughts(numbers))
    return out, out.buffer_info()[0]


def _reader_of(segment: Segment) -> tuple[Any, Any, int, object] | None:
    """The kernel's two questions about needs as they stand, and what they want of an index: looked up once for each."""
    found: tuple[Any, Any, int, object] | None = segment.scratch.get("reader")
    if found is None and (ask := asking()) is not None:
        found = segment.scratch["reader"] = (ask.search, ask.relax, index_of(segment), memory_of(segment))
    return found


def found_at_once(
    part: Part, need: Need, weights: Weights, k: int, *, possibles: bool = True
) -> tuple[Best, Best] | None:
    """The best of a need without a plan, where all that it asks was asked before; None where a plan is needed."""
    reader = None if kernel() is None or k > MOST else _reader_of(part.segment)
    if reader is None:
        return None
    search, _, index, memory = reader
    found = search(index, part.alive_at, memory, need, weights, part.aging, k, possibles)
    return None if found is None else (Best(*found[0]), Best(*found[1]) if possibles else _NOT_ONE)


def asked_for(plan: Plan, k: int = 0, possibles: bool = False) -> bytes | None:
    """The question for the options of a plan, as `_spelled`."""
    radius = plan.radius
    return _spelled(plan, () if radius is None else (radius,), plan.telehealth, k, possibles)


def options_and_possibles(part: Part, plan: Plan, k: int, *, possibles: bool = True) -> tuple[Best, Best] | None:
    library = kernel()
    said = None if library is None or k > MOST else asked_for(plan, k, possibles)
    if library is None or said is None:
        return None
    out, place = room_for(4 + 8 * k)
    if library.warmhandoff_search(index_of(part.segment), part.alive_at, said, place):
        raise MemoryError("the search needs more memory than there is")
    found = out.tolist()
    options = _best(found[0], found[1], found, 4, k)
    return options, _best(found[2], found[3], found, 4 + 4 * k, k) if possibles else _NOT_ONE


def _best(total: int, given: int, found: list[int], first: int, k: int) -> Best:
    """k rows, ids, points and unknown musts from `first` on, of which so many are given."""
    rows, ids, points, unknown = [found[at : at + given] for at in range(first, first + 4 * k, k)]
    return Best(total, rows, ids, points, unknown)


_NOT_ONE = Best(0, [], [], [], [])


def all_options(part: Part, plan: Plan) -> tuple[Ints, Ints] | None:
    library, room = kernel(), 4096
    said = None if library is None else asked_for(plan)
    if library is None or said is None:
        return None
    while True:
        rows, points = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        total = library.warmhandoff_options(
            index_of(part.segment), part.alive_at, said, room, rows.ctypes.data, points.ctypes.data
        )
        if total < 0:
            raise MemoryError("the search needs more memory than there is")
        if total <= room:
            order = np.argsort(rows[:total], kind="stable")
            return rows[order], points[order]
        room = total


class Spelled(NamedTuple):
    """Changes to a need, as the kernel reads them, and how many."""

    number: int
    said: bytes


def relaxed_at_once(part: Part, need: Need, weights: Weights, changes: Spelled) -> list[tuple[int, int, int]] | None:
    """As `relaxed`, without a plan, as `found_at_once`."""
    too_many = changes.number > _CHANGES or len(changes.said) > _CHANGE_BYTES
    reader = None if kernel() is None or too_many else _reader_of(part.segment)
    if reader is None:
        return None
    _, relax, index, memory = reader
    out = relax(index, part.alive_at, memory, need, weights, part.aging, changes.number, changes.said)
    return None if out is None else _triples(out)


def relaxed(part: Part, plan: Plan, changes: Spelled, radii: Sequence[float]) -> list[tuple[int, int, int]] | None:
    library = kernel()
    if library is None or changes.number > _CHANGES or len(changes.said) > _CHANGE_BYTES:
        return None
    said = _spelled(plan, radii, True, changes.number)
    if said is None:
        return None
    out, place = room_for(3 * changes.number)
    if library.warmhandoff_relax(index_of(part.segment), part.alive_at, said + changes.said, place):
        raise MemoryError("the search needs more memory than there is")
    return _triples(out.tolist())


def _triples(out: list[int]) -> list[tuple[int, int, int]]:
    return list(zip(out[0::3], out[1::3], out[2::3], strict=True))


def spelled_change(change: Change, formats_too: bool) -> bytes:
    """A change for the kernel. `formats_too`: whether it changes where sessions may be; else they are the need's."""
    must, formats = change.must, change.plan.need.formats
    wish = next((one for one in change.plan.wishes if one.term == change.term), None) if change.term else None
    head = _CHANGE(
        NUMBERS[change.row], must is not None, change.ring, "in_person" in formats if formats_too else _SAME,
        "telehealth" in formats if formats_too else _SAME, change.rescored,
        WEIGHED.index(change.term) if change.term else _NONE, wish is not None,
    )  # fmt: skip
    return head + (must.spelled if must else b"") + (wish.spelled if wish else b"")
