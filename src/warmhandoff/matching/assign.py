"""Panel transition: one first option for each of many clients, no listing promised beyond its openings.

As many clients served as possible, and among those solutions the greatest total score, over all eligible pairs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmhandoff.matching.answer import Relaxation
from warmhandoff.matching.columns import MILLION, Directory, Ints, Rows
from warmhandoff.matching.flow import Market, Pairs
from warmhandoff.matching.musts import Question
from warmhandoff.matching.native import kernel
from warmhandoff.matching.relax import relaxed
from warmhandoff.matching.standing import Standing, best_first
from warmhandoff.matching.types import Need, Weights, checked_weights
from warmhandoff.matching.wishes import as_score, points_of
from warmhandoff.rules.refusals import BadInput, Problem

BEST_VALUE = 100 * MILLION
"""No pair is worth more: a score of 100 in whole millionths."""


@dataclass(frozen=True)
class Assigned:
    """One client's first option, within openings, and her shortlist: `first`, then the best others."""

    client: str
    options: tuple[int, ...]
    first: int
    score: float


@dataclass(frozen=True)
class Unmatched:
    """A client for whom no opening is left: her options regardless of openings, and what one change would open."""

    client: str
    options: tuple[int, ...]
    relaxations: tuple[Relaxation, ...]


@dataclass(frozen=True)
class Panel:
    """The answer for all clients, in their order. `value`: the sum of the pairs' scores in whole millionths.

    `bound`: (clients served, value) that no assignment can exceed, from the prices of the last step; `optimal` says
    that the prices were checked against every eligible pair and that the bound is reached.
    """

    assigned: tuple[Assigned, ...]
    unmatched: tuple[Unmatched, ...]
    value: int
    bound: tuple[int, int]
    optimal: bool

    def as_json(self) -> dict[str, object]:
        """The document of `warmhandoff panel --json`."""
        served, value = self.bound
        return {
            "assigned": [
                {"client": one.client, "options": list(one.options), "first": one.first, "score": one.score}
                for one in self.assigned
            ],
            "unmatched": [
                {"client": one.client, "options": list(one.options), "relaxations": [vars(r) for r in one.relaxations]}
                for one in self.unmatched
            ],
            "total_score": self.value / MILLION,
            "optimal": self.optimal,
            "bound": {"assigned": served, "total_score": value / MILLION},
        }


def assign(
    directory: Directory, clients: Iterable[tuple[str, Need]], k: int = 3, *, weights: Mapping[str, int] | None = None
) -> Panel:
    """The best assignment of these clients, each given as (name, need), with `k` options for each.

    Unknown `openings` count as none. The same whatever the order of the rows; deterministic for the order of clients.
    Refuses a client named twice, `k` below 1 and weights that are none.
    """
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise BadInput(Problem("a whole number of 1 or more is needed", field="k"))
    weighing, asked = checked_weights(weights), list(clients)
    _refuse_twice([name for name, _ in asked])
    order = np.argsort(directory.ids, kind="stable")  # listings by id, so that ties fall alike in any order of rows
    column = np.empty(len(directory), dtype=np.int64)
    column[order] = np.arange(len(order))
    all_options = [_Options.of(directory, need, weighing) for _, need in asked]
    openings = directory.wholes["openings"]
    free = np.where(openings.known, np.minimum(openings.values, len(asked)), 0)[order]
    solved = solve([options.pairs(column) for options in all_options], free)
    assigned, unmatched = [], []
    for (name, need), options, chosen in zip(asked, all_options, solved.chosen, strict=True):
        if chosen >= 0:
            assigned.append(options.assigned(name, int(order[chosen]), k))
        else:
            standing = Standing.of(Question.of(directory, need))
            unmatched.append(Unmatched(name, options.best(k), relaxed(standing, weighing)))
    return Panel(tuple(assigned), tuple(unmatched), solved.value, solved.bound, solved.proven)


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(Problem(f"{name!r} is given twice", field="client"))
        seen.add(name)


@dataclass(frozen=True)
class _Options:
    """All options of one need: their rows, points, and the sum of the weights that apply."""

    directory: Directory
    rows: Rows
    points: Ints
    weight_sum: int

    @classmethod
    def of(cls, directory: Directory, need: Need, weights: Weights) -> _Options:
        question = Question.of(directory, need)
        rows = Standing.of(question).options()
        points = points_of(question, rows, weights)
        return cls(directory, rows, points.total, sum(weights[term] for term in points.terms))

    def values(self) -> Ints:
        """Each pair's score in whole millionths: (200 x points + W) // (2 W)."""
        if not self.weight_sum:
            return np.zeros(len(self.rows), dtype=np.int64)
        return (200 * self.points + self.weight_sum) // (2 * self.weight_sum)

    def pairs(self, column: Ints) -> Pairs:
        values, columns = self.values(), column[self.rows]
        order = np.lexsort((columns, -values))
        return columns[order], values[order]

    def best(self, k: int) -> tuple[int, ...]:
        places = best_first(self.directory, self.rows, self.points, k)
        return tuple(int(self.directory.ids[self.rows[place]]) for place in places)

    def assigned(self, client: str, row: int, k: int) -> Assigned:
        first = int(self.directory.ids[row])
        others = [one for one in self.best(k) if one != first][: k - 1]
        points = int(self.points[np.searchsorted(self.rows, row)])
        return Assigned(client, (first, *others), first, as_score(points, self.weight_sum))


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
    if kernel() is None:
        for one in pairs:
            market.add_client(one)
    else:
        _by_kernel(market, pairs, openings)
    return Solved(market.chosen, market.worth()[1], market.bound(), market.is_proven())


def _by_kernel(market: Market, pairs: Sequence[Pairs], openings: Ints) -> None:
    start = np.zeros(len(pairs) + 1, dtype=np.int64)
    start[1:] = np.cumsum([len(columns) for columns, _ in pairs])
    joined = [np.concatenate([one[part] for one in pairs]) if pairs else np.zeros(0, np.int64) for part in (0, 1)]
    listing, value = joined[0].astype(np.int32), np.ascontiguousarray(joined[1], dtype=np.int64)
    client_price, listing_price = np.zeros(len(pairs), np.int64), np.zeros(len(openings), np.int64)
    chosen, chosen_value = np.zeros(len(pairs), np.int32), np.zeros(len(pairs), np.int64)
    arrays = (start, listing, value, openings.astype(np.int32), client_price, listing_price, chosen, chosen_value)
    library = kernel()
    assert library is not None
    failed = library.warmhandoff_assign(
        ctypes.c_int64(len(pairs)), ctypes.c_int64(len(openings)), ctypes.c_int64(market.stake),
        *(ctypes.c_void_p(array.ctypes.data) for array in arrays),
    )  # fmt: skip
    if failed:
        raise MemoryError("the assignment needs more memory than there is")
    market.take_over(pairs, client_price.tolist(), listing_price.tolist(), (chosen.tolist(), chosen_value.tolist()))
