"""The assignment put to whichever driver runs, from whichever side is shorter of places, with the proof of the result.

Where there are fewer openings than clients, openings look for clients instead of clients for openings: there is then
always a client nearby who has nobody, so each search stays short. The optimum and its proof are the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from warmhandoff.matching.columns import MILLION, Ints
from warmhandoff.matching.flow import Market, Pairs
from warmhandoff.matching.native import kernel

NEARLY = 1.02
"""Up to so many openings a client it is still the openings that seek: a few too many do no harm, measured."""
BEST_VALUE = 100 * MILLION
"""No pair is worth more: a score of 100 in whole millionths."""


@dataclass(frozen=True)
class Solved:
    """For each client the column chosen, or -1; the value of all; what nothing can exceed, and if that is proven."""

    chosen: Sequence[int]
    value: int
    bound: tuple[int, int]
    proven: bool


def solve(pairs: Sequence[Pairs], openings: Ints) -> Solved:
    """The optimum for these clients' pairs (listings as places in `openings`), by the kernel where it was built."""
    open_to = openings > 0
    pairs = [(columns[open_to[columns]], values[open_to[columns]]) for columns, values in pairs]
    market = Market(openings.tolist(), stake=1 + BEST_VALUE * len(pairs))
    asked = np.concatenate([np.zeros(0, dtype=np.int64), *(columns for columns, _ in pairs)])
    wanted = np.bincount(asked, minlength=len(openings))
    places = np.where(wanted > 0, np.minimum(openings, wanted + 1), 0)
    if int(places.sum()) < NEARLY * sum(1 for columns, _ in pairs if len(columns)):
        _by_openings(market, pairs, places)
    else:
        found = _matched(_Side.of(pairs), openings, market.stake)
        market.take_over(
            pairs, found.seeker_price.tolist(), found.sought_price.tolist(),
            (found.chosen.tolist(), found.value.tolist()),
        )  # fmt: skip
    return Solved(market.chosen, market.worth()[1], market.bound(), market.is_proven())


class _Side(NamedTuple):
    """Who seeks: for each the run of pairs [start, stop) that it may take, greatest value first."""

    start: Ints
    stop: Ints
    sought: NDArray[np.int32]
    value: Ints

    @classmethod
    def of(cls, pairs: Sequence[Pairs]) -> _Side:
        ends = np.cumsum([0, *(len(columns) for columns, _ in pairs)]).astype(np.int64)
        sought, value = (
            np.concatenate([one[part] for one in pairs]) if pairs else np.zeros(0, np.int64) for part in (0, 1)
        )
        return cls(ends[:-1], ends[1:], sought.astype(np.int32), np.ascontiguousarray(value, dtype=np.int64))


class _Matched(NamedTuple):
    """What each seeker chose (-1: nothing) and the pair's value; and the prices of both sides."""

    chosen: NDArray[np.int32]
    value: Ints
    seeker_price: Ints
    sought_price: Ints


def _by_openings(market: Market, pairs: Sequence[Pairs], places: Ints) -> None:
    """Each opening seeks a client. One opening more than are wanted of a listing keeps its price at 0."""
    sought, client, worth = _by_listing(_Side.of(pairs), len(places))
    ends = np.searchsorted(sought, np.arange(len(places) + 1)).astype(np.int64)
    listing = np.repeat(np.arange(len(places)), places)
    seekers = _Side(ends[listing], ends[listing + 1], client, worth)
    found = _matched(seekers, np.ones(len(pairs), dtype=np.int64), market.stake)
    chosen, value = np.full(len(pairs), -1, dtype=np.int64), np.zeros(len(pairs), dtype=np.int64)
    served = np.flatnonzero(found.chosen >= 0)
    chosen[found.chosen[served]] = listing[served]
    value[found.chosen[served]] = found.value[served]
    listing_price = np.zeros(len(places), dtype=np.int64)
    np.maximum.at(listing_price, listing, found.seeker_price)
    market.take_over(
        pairs, found.sought_price.tolist(), listing_price.tolist(), (chosen.tolist(), value.tolist())
    )  # fmt: skip


def _by_listing(side: _Side, listings: int) -> tuple[Ints, NDArray[np.int32], Ints]:
    """The pairs by listing, greatest value first, then by client: as listing, client and value of each."""
    client = np.repeat(np.arange(len(side.start)), side.stop - side.start)
    bits = (BEST_VALUE.bit_length(), len(side.start).bit_length())
    if listings.bit_length() + sum(bits) < 63:  # sorted as single numbers, many times faster than by three keys
        keys = (side.sought.astype(np.int64) << sum(bits)) | ((BEST_VALUE - side.value) << bits[1]) | client
        keys.sort()
        value = BEST_VALUE - (keys >> bits[1] & (1 << bits[0]) - 1)
        return keys >> sum(bits), (keys & (1 << bits[1]) - 1).astype(np.int32), value
    order = np.lexsort((client, -side.value, side.sought))
    return side.sought[order].astype(np.int64), client[order].astype(np.int32), side.value[order]


def _matched(side: _Side, room: Ints, stake: int) -> _Matched:
    """`room`: how many may choose each that is sought."""
    library, seekers = kernel(), len(side.start)
    if library is None:
        return _by_python(side, room, stake)
    found = _Matched(
        np.zeros(seekers, np.int32), np.zeros(seekers, np.int64), np.zeros(seekers, np.int64),
        np.zeros(len(room), np.int64),
    )  # fmt: skip
    arrays = (side.start, side.stop, side.sought, side.value, room.astype(np.int32), found.seeker_price,
              found.sought_price, found.chosen, found.value)  # fmt: skip
    failed = library.warmhandoff_assign(
        ctypes.c_int64(seekers), ctypes.c_int64(len(room)), ctypes.c_int64(stake),
        *(ctypes.c_void_p(array.ctypes.data) for array in arrays),
    )  # fmt: skip
    if failed:
        raise MemoryError("the assignment needs more memory than there is")
    return found


def _by_python(side: _Side, room: Ints, stake: int) -> _Matched:
    market = Market(room.tolist(), stake)
    for start, stop in zip(side.start.tolist(), side.stop.tolist(), strict=True):
        market.add_client((side.sought[start:stop].astype(np.int64), side.value[start:stop]))
    return _Matched(
        np.array(market.chosen, dtype=np.int32), np.array(market.values, dtype=np.int64),
        np.array(market.client_price, dtype=np.int64), np.array(market.listing_price, dtype=np.int64),
    )  # fmt: skip
