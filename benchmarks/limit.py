"""How near the kernel comes to what the memory allows: its time over the time of the bytes it must look at, once.

The bytes of a need, whole lines of 64 where bit columns are read: the words looked at of the columns of each must, as
far as somebody was left by the musts before; those of `place` where somebody passed them all; the caps of the kind and
the points within the caps touched; and the rows of who is left. The speed is that of a plain sum over the index's bits.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measuring import timed
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, Need
from warmhandoff.matching.compiled import asked_for, index_of, room_for
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.native import kernel
from warmhandoff.matching.plan import ALL, ANY, WAIT, Must
from warmhandoff.matching.spatial import CAP_MARGIN, chord_of, eye_of, squares_from
from warmhandoff.matching.sweep import Seen, _Place, rarest_first, yes_of

LINE = 64
CAP = 32
POINT = 24


class Limit(NamedTuple):
    """All per need, means over the needs."""

    kilobytes: float
    gigabytes_a_second: float
    bound: float
    """Microseconds that the bytes alone take."""
    batch: float
    """Microseconds of the kernel, needs prepared beforehand."""

    @property
    def times(self) -> float:
        return self.batch / self.bound


def limit_of(directory: Directory, needs: Sequence[Need], *, rounds: int = 7) -> Limit | None:
    """None where the kernel was not built."""
    if kernel() is None:
        return None
    asked = [Asked.of(directory, need, DEFAULT_WEIGHTS)[0] for need in needs]
    mean = statistics.fmean(touched(one) for one in asked)
    speed = bandwidth(directory.parts[0].segment.bits)
    return Limit(mean / 1e3, speed / 1e3, mean / speed, batch(asked, rounds))


def bandwidth(bits: Any) -> float:
    """Bytes a microsecond of a plain sum by one core, the best of several."""
    flat = bits.reshape(-1)
    return max(flat.nbytes / timed(flat.sum)[0] for _ in range(9))


def batch(asked: Sequence[Asked], rounds: int, k: int = 3) -> float:
    """Mean microseconds of the kernel for a need, the least of the rounds for each: nothing of Python but the call."""
    library: Any = kernel()
    calls = []
    for one in asked:
        calls.append((index_of(one.part.segment), one.part.alive_at, asked_for(one.plan, k), *room_for(4 + 8 * k)))
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for number, (index, alive, said, _, place) in enumerate(calls):
            given = (index, alive, said, place)
            best[number] = min(best[number], timed(lambda g=given: library.warmhandoff_search(*g))[0])
    return statistics.fmean(best)


def touched(asked: Asked) -> float:
    """Bytes that the best options of a need cannot be told without, in this layout."""
    segment, plan = asked.part.segment, asked.plan
    if plan.kind < 0:
        return 0.0
    seen = Seen.of(segment, asked._visit(sure=True), asked.part.alive)
    total = _lines(seen)  # who is alive
    for must in rarest_first(plan.musts, sure=True):
        total += _lines(seen) * _columns(must)
        seen.keep(seen.mask & yes_of(seen, must))
    total += _lines(seen) * (len((plan.where.state, *plan.where.compacts)) * plan.telehealth + 1)
    seen.keep(seen.mask & _Place(seen, plan).yes(plan.in_person, plan.telehealth))
    survivors = int(np.bitwise_count(seen.mask).sum())
    return total * LINE + survivors * segment.rows.dtype.itemsize + _circle(asked)


def _lines(seen: Seen) -> int:
    return len(np.unique(seen.word >> 3))


def _columns(must: Must) -> int:
    if must.how in (ALL, ANY):
        return len(must.yes)
    if must.how == WAIT:
        return 3 + (must.number[1] if must.number[2] >= 0 else 0)
    return 1 + must.number[1] + must.number[4]


def _circle(asked: Asked) -> int:
    segment, plan = asked.part.segment, asked.plan
    if plan.radius is None:
        return 0
    low, high = segment.kind_caps[plan.kind : plan.kind + 2].tolist()
    x, y, z, reach = segment.caps[:, low:high]
    away = np.sqrt(squares_from(eye_of(plan.need.place.lat, plan.need.place.lon), x, y, z))
    near = low + np.flatnonzero(away <= chord_of(plan.radius) + reach + CAP_MARGIN)
    spots = int((segment.cap_spot[near + 1] - segment.cap_spot[near]).sum())
    return (high - low) * CAP + spots * POINT
