"""Which listings are options for which of many needs: what the gaps of a network are counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.types import DEFAULT_WEIGHTS, Need
from warmhandoff.matching.view import Directory

_BITS = 62  # needs a word: below the sign


@dataclass(frozen=True)
class Alike:
    """Listings that are options for the same needs. `needs`: their places; `ids`: best fit in all first."""

    needs: tuple[int, ...]
    ids: tuple[int, ...]


def options_of(directory: Directory, need: Need) -> tuple[Ints, Ints]:
    """The id and the points of every option of a need, in no order that means anything; the musts are the search's."""
    parts = Asked.of(directory, need, DEFAULT_WEIGHTS)
    found = [one.all_options() for one in parts]
    ids = [one.part.segment.rows["id"][rows] for one, (rows, _) in zip(parts, found, strict=True)]
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *ids]), np.concatenate([none, *(points for _, points in found)])


def alike(found: Sequence[tuple[Ints, Ints]], *, most: int) -> list[Alike]:
    """The listings that are options for any of these needs, put together by which needs those are.

    found: what `options_of` answered, need by need. most: so many ids of each kind are kept, those with most points
    over all their needs, then the smaller id. The same whatever the order of the rows.
    """
    lengths = [len(ids) for ids, _ in found]
    if not sum(lengths):
        return []
    ids, place = np.unique(np.concatenate([ids for ids, _ in found]), return_inverse=True)
    need = np.repeat(np.arange(len(found)), lengths)
    points = np.zeros(len(ids), dtype=np.int64)
    np.add.at(points, place, np.concatenate([points for _, points in found]))
    words = np.zeros((len(ids), -(-len(found) // _BITS)), dtype=np.int64)
    np.bitwise_or.at(words, (place, need // _BITS), np.int64(1) << (need % _BITS))
    kinds, which = np.unique(words, axis=0, return_inverse=True)
    which = which.reshape(-1)
    order = np.lexsort((ids, -points, which))
    starts = np.searchsorted(which[order], np.arange(len(kinds)))
    ends = np.append(starts[1:], len(order))
    return [
        Alike(_needs_in(kind), tuple(ids[order[start : min(end, start + most)]].tolist()))
        for kind, start, end in zip(kinds, starts, ends, strict=True)
    ]


def _needs_in(words: Ints) -> tuple[int, ...]:
    return tuple(
        number * _BITS + bit for number, word in enumerate(words.tolist()) for bit in range(_BITS) if word >> bit & 1
    )
