"""The compiled driver: hands an index and a plan to native/sweep.c, as plain numbers, and reads its answers.

Every question answers None where the kernel was not built, or where the question is too large for its fixed tables;
NumPy then answers it.
"""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Collection, Sequence

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.native import kernel
from warmhandoff.matching.plan import FRESH_DAYS, Plan, freshness_by_age
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.spatial import chord_of
from warmhandoff.matching.sweep import Best, Change, rarest_first

MOST = 1000
"""No more are kept in order here: the kernel keeps its best by insertion."""
_COLUMNS, _CHANGES = 1500, 500
_NOBODY = -1


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


def _spelled(plan: Plan, radii: int, telehealth: bool, excluded: Collection[int]) -> list[int]:
    where = plan.where
    said = [plan.kind, radii, telehealth, len(where.groups), *where.groups, plan.in_person, plan.telehealth,
            *where.spelled, len(excluded), *excluded, len(plan.musts)]  # fmt: skip
    for must in rarest_first(plan.musts):
        said += must.spelled
    said += _score(plan)
    return said


def _score(plan: Plan) -> list[int]:
    distance = plan.distance is not None
    said = [*plan.static, plan.freshness, plan.aging, distance, plan.distance or 0, plan.telehealth, len(plan.wishes)]
    for wish in plan.wishes:
        said += wish.spelled
    return said


def _places(plan: Plan, radii: Sequence[float]) -> array[float]:
    """Where the client is, in degrees and on the sphere; up to three radii, and their chords."""
    place = plan.need.place
    lengths, chords = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for number, radius in enumerate(radii):
        lengths[number], chords[number] = radius, chord_of(radius)
    return array("d", [place.lat, place.lon, *_eye(place.lat, place.lon), *lengths, *chords])


def _eye(lat: float, lon: float) -> tuple[float, float, float]:
    phi, lam = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def _at(numbers: array[int] | array[float]) -> int:
    return numbers.buffer_info()[0]


def _too_large(plan: Plan) -> bool:
    return sum(len(must.yes) + len(must.unknown) for must in plan.musts) > _COLUMNS


Asking = tuple[Segment, Plan, int, Collection[int]]
"""The index, the plan, the address of the words that are alive, and the ids left out for this need."""


def options_and_possibles(asking: Asking, k: int, *, possibles: bool = True) -> tuple[Best, Best] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    if library is None or k > MOST or _too_large(plan):
        return None
    radii = [] if plan.radius is None else [plan.radius]
    said = array("q", _spelled(plan, len(radii), plan.telehealth, excluded))
    places, out = _places(plan, radii), array("q", bytes(8 * (4 + 8 * k)))
    if library.warmhandoff_search(
        _index_of(segment), alive, _at(said), _at(places), k, possibles, _at(out)
    ):
        raise MemoryError("the search needs more memory than there is")
    total, given, possible, other = out[:4]
    found = out[4 : 4 + 4 * (given + other)].tolist()
    return _best(total, found[: 4 * given]), _best(possible, found[4 * given :])


def _best(total: int, found: list[int]) -> Best:
    return Best(total, found[0::4], found[1::4], found[2::4], found[3::4])


def all_options(asking: Asking) -> tuple[Ints, Ints] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    if library is None or _too_large(plan):
        return None
    radii = [] if plan.radius is None else [plan.radius]
    said = array("q", _spelled(plan, len(radii), plan.telehealth, excluded))
    places, room = _places(plan, radii), 4096
    while True:
        rows, points = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        total = library.warmhandoff_options(
            _index_of(segment), alive, _at(said), _at(places), room,
            rows.ctypes.data, points.ctypes.data,
        )  # fmt: skip
        if total < 0:
            raise MemoryError("the search needs more memory than there is")
        if total <= room:
            order = np.argsort(rows[:total], kind="stable")
            return rows[order], points[order]
        room = total


def relaxed(asking: Asking, changes: Sequence[Change], radii: Sequence[float]) -> list[tuple[int, int, int]] | None:
    library, (segment, plan, alive, excluded) = kernel(), asking
    if library is None or len(changes) > _CHANGES or _too_large(plan):
        return None
    said = _spelled(plan, len(radii), True, excluded)
    order = {must.name: number for number, must in enumerate(rarest_first(plan.musts))}
    said.append(len(changes))
    for change in changes:
        plan, must = change.plan, change.must
        said += (order.get(change.row, _NOBODY), must is not None, plan.in_person, plan.telehealth, change.ring,
                 change.rescored)  # fmt: skip
        if must is not None:
            said += must.spelled
        if change.rescored:
            said += _score(plan)
    numbers = array("q", said)
    places, out = _places(plan, radii), array("q", bytes(24 * len(changes)))
    if library.warmhandoff_relax(_index_of(segment), alive, _at(numbers), _at(places), _at(out)):
        raise MemoryError("the search needs more memory than there is")
    return list(zip(out[0::3], out[1::3], out[2::3], strict=True))
