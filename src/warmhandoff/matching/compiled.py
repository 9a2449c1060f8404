"""The compiled driver: hands an index and a plan to native/sweep.c, as plain numbers, and reads its answers.

Every question answers None where the kernel was not built, or where the question is too large for its fixed tables;
NumPy then answers it.
"""

from __future__ import annotations

import ctypes
import struct
from array import array
from collections.abc import Collection, Sequence

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.native import kernel
from warmhandoff.matching.plan import FRESH_DAYS, Plan, freshness_by_age, packed
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.spatial import chord_of, eye_of
from warmhandoff.matching.sweep import Best, Change, rarest_first

MOST = 1000
"""No more are kept in order here: the kernel keeps its best by insertion."""
_CHANGES = 500
_MUST_BYTES = 8 * 2000
"""The kernel has room for 2,048 columns; what spells a must is longer than its columns."""
_NOBODY = -1
_ONE, _TWO, _THREE, _SIX, _NINE = (struct.Struct(f"={count}q").pack for count in (1, 2, 3, 6, 9))
_NONE = _ONE(0)
_ELEVEN = struct.Struct("=11d").pack


_MAPS = ("row_of", "spots", "caps", "cap_spot", "kind_caps", "kind_rows", "groups")


class _Index(ctypes.Structure):
    _fields_ = [
        ("bits", ctypes.c_void_p), ("words", ctypes.c_int64), ("rows", ctypes.c_void_p),
        ("row_size", ctypes.c_int64), ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in _MAPS),
        ("kinds", ctypes.c_int64), ("by_id", ctypes.c_void_p),
        ("fresh", ctypes.c_void_p), ("fresh_days", ctypes.c_int64),
    ]  # fmt: skip


def _index_of(segment: Segment) -> int:
    """The index as the kernel reads it; made once, and as long-lived as the segment's arrays that it points to."""
    kept = segment.scratch.get("index")
    if kept is None:
        pointers = {name: getattr(segment, name).ctypes.data for name in ("bits", "rows", *_MAPS, "by_id")}
        index = _Index(
            words=segment.bits.shape[1], row_size=segment.rows.dtype.itemsize, count=len(segment.rows),
            kinds=len(segment.kinds), fresh=freshness_by_age().ctypes.data, fresh_days=FRESH_DAYS, **pointers,
        )  # fmt: skip
        kept = segment.scratch["index"] = (index, ctypes.addressof(index))
    pointer: int = kept[1]
    return pointer


def _spelled(plan: Plan, radii: int, telehealth: bool, excluded: Collection[int]) -> bytes | None:
    """The plan as the kernel's whole numbers; None where it names more columns than the kernel has room for."""
    where, musts = plan.where, b"".join([must.spelled for must in rarest_first(plan.musts)])
    if len(musts) > _MUST_BYTES:
        return None
    left_out = packed(len(excluded), *excluded) if excluded else _NONE
    return b"".join([
        _THREE(plan.kind, radii, telehealth), where.visited, _TWO(plan.radius is not None, plan.telehealth),
        where.spelled, left_out, _ONE(len(plan.musts)), musts, _score(plan),
    ])  # fmt: skip


def _score(plan: Plan) -> bytes:
    distance = plan.distance
    head = _NINE(*plan.static, plan.freshness, plan.aging, distance is not None, distance or 0, plan.telehealth,
                 len(plan.wishes))  # fmt: skip
    return b"".join([head, *[wish.spelled for wish in plan.wishes]])


def _places(plan: Plan, radii: Sequence[float]) -> bytes:
    """Where the client is, in degrees and on the sphere; up to three radii, and their chords."""
    place, none = plan.need.place, (0.0,) * (3 - len(radii))
    return _ELEVEN(place.lat, place.lon, *eye_of(place.lat, place.lon), *radii, *none, *map(chord_of, radii), *none)


def _at(numbers: array[int]) -> int:
    return numbers.buffer_info()[0]


Asking = tuple[Segment, Plan, int, Collection[int]]
"""The index, the plan, the address of the words that are alive, and the ids left out for this need."""


def options_and_possibles(asking: Asking, k: int, *, possibles: bool = True) -> tuple[Best, Best] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    if library is None or k > MOST:
        return None
    radii = () if plan.radius is None else (plan.radius,)
    said = _spelled(plan, len(radii), plan.telehealth, excluded)
    if said is None:
        return None
    out = array("q", bytes(8 * (4 + 8 * k)))
    if library.warmhandoff_search(_index_of(segment), alive, said, _places(plan, radii), k, possibles, _at(out)):
        raise MemoryError("the search needs more memory than there is")
    total, given, possible, other = out[:4]
    between = 4 + 4 * given
    options = _best(total, out[4:between].tolist())
    return options, _best(possible, out[between : between + 4 * other].tolist()) if possible else _NOT_ONE


def _best(total: int, found: list[int]) -> Best:
    return Best(total, found[0::4], found[1::4], found[2::4], found[3::4])


_NOT_ONE = _best(0, [])


def all_options(asking: Asking) -> tuple[Ints, Ints] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    radii = () if plan.radius is None else (plan.radius,)
    said = None if library is None else _spelled(plan, len(radii), plan.telehealth, excluded)
    if library is None or said is None:
        return None
    places, room = _places(plan, radii), 4096
    while True:
        rows, points = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        total = library.warmhandoff_options(
            _index_of(segment), alive, said, places, room, rows.ctypes.data, points.ctypes.data
        )
        if total < 0:
            raise MemoryError("the search needs more memory than there is")
        if total <= room:
            order = np.argsort(rows[:total], kind="stable")
            return rows[order], points[order]
        room = total


def relaxed(asking: Asking, changes: Sequence[Change], radii: Sequence[float]) -> list[tuple[int, int, int]] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    if library is None or len(changes) > _CHANGES:
        return None
    said, columns = _spelled(plan, len(radii), True, excluded), sum(len(must.spelled) for must in plan.musts)
    columns += sum(len(change.must.spelled) for change in changes if change.must is not None)
    if said is None or columns > _MUST_BYTES:
        return None
    order = {must.name: number for number, must in enumerate(rarest_first(plan.musts))}
    parts = [said, _ONE(len(changes))]
    for change in changes:
        other, must = change.plan, change.must
        parts.append(_SIX(order.get(change.row, _NOBODY), must is not None, other.in_person, other.telehealth,
                          change.ring, change.rescored))  # fmt: skip
        if must is not None:
            parts.append(must.spelled)
        if change.rescored:
            parts.append(_score(other))
    out = array("q", bytes(24 * len(changes)))
    if library.warmhandoff_relax(_index_of(segment), alive, b"".join(parts), _places(plan, radii), _at(out)):
        raise MemoryError("the search needs more memory than there is")
    return list(zip(out[0::3], out[1::3], out[2::3], strict=True))
