"""Panel transition: one first option for each of many clients, no listing promised beyond its openings.

As many clients served as possible, and among those solutions the greatest total score, over all eligible pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmhandoff.matching.answer import Relaxation
from warmhandoff.matching.columns import MILLION, Ints
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.flow import Pairs
from warmhandoff.matching.relax import relaxed
from warmhandoff.matching.search import checked_k
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.solving import solve
from warmhandoff.matching.types import INT64_MAX, Need, Weights, checked_weights
from warmhandoff.matching.view import Directory
from warmhandoff.matching.wishes import applying, as_score
from warmhandoff.rules.refusals import BadInput, Problem


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
    directory: Directory, clients: Iterable[tuple[str, Need]], k: int = 3, *, weights: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Panel:  # fmt: skip
    """The best assignment of these clients, each given as (name, need), with `k` options for each.

    Unknown `openings` count as none. The same whatever the order of the rows; deterministic for the order of clients.
    `progress` is told, after each client, how many have been looked at.
    Refuses a client named twice, `k` below 1 and weights that are none.
    """
    checked_k(k)
    weighing, asked = checked_weights(weights), list(clients)
    _refuse_twice([name for name, _ in asked])
    table = _Listings.of(directory)
    all_options = []
    for _, need in asked:
        all_options.append(_Options.of(table, need, weighing))
        if progress:
            progress(len(all_options))
    solved = solve([options.pairs() for options in all_options], np.minimum(table.openings, len(asked)))
    assigned, unmatched = [], []
    for (name, need), options, chosen in zip(asked, all_options, solved.chosen, strict=True):
        if chosen >= 0:
            assigned.append(options.assigned(name, chosen, k))
        else:
            unmatched.append(Unmatched(name, options.best(k), relaxed(Asked.of(directory, need, weighing))))
    return Panel(tuple(assigned), tuple(unmatched), solved.value, solved.bound, solved.proven)


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadInput(Problem(f"{name!r} is given twice", field="client"))
        seen.add(name)


@dataclass(frozen=True)
class _Listings:
    """All listings of a directory by id, so that ties fall alike in any order of rows."""

    directory: Directory
    place: tuple[Ints, ...]
    """For each part, each row's place among all ids."""
    ids: Ints
    wait: Ints
    openings: Ints

    @classmethod
    def of(cls, directory: Directory) -> _Listings:
        parts = [part.segment for part in directory.parts]
        ids = np.concatenate([part.ids for part in parts])
        order = np.argsort(ids, kind="stable")
        place = np.empty(len(ids), dtype=np.int64)
        place[order] = np.arange(len(ids))
        wait = np.concatenate([_waits(part) for part in parts])[order]
        openings = np.concatenate([part.rows["openings"] for part in parts])[order].astype(np.int64)
        return cls(directory, tuple(np.split(place, directory.starts[1:-1])), ids[order], wait, openings)


def _waits(segment: Segment) -> Ints:
    values = np.array([*segment.values["wait_days"], INT64_MAX], dtype=np.int64)
    return values[np.minimum(segment.rows["wait"], len(values) - 1)]


@dataclass(frozen=True)
class _Options:
    """All options of one need: their places among all listings in order, points, and the sum of weights that apply."""

    listings: _Listings
    places: Ints
    points: Ints
    weight_sum: int

    @classmethod
    def of(cls, listings: _Listings, need: Need, weights: Weights) -> _Options:
        asked = Asked.of(listings.directory, need, weights)
        found = [one.all_options() for one in asked]
        places = np.concatenate([place[rows] for place, (rows, _) in zip(listings.place, found, strict=True)])
        points = np.concatenate([points for _, points in found])
        order = np.argsort(places, kind="stable")
        return cls(listings, places[order], points[order], sum(weights[term] for term in applying(need)))

    def values(self) -> Ints:
        """Each pair's score in whole millionths: (200 x points + W) // (2 W)."""
        if not self.weight_sum:
            return np.zeros(len(self.places), dtype=np.int64)
        return (200 * self.points + self.weight_sum) // (2 * self.weight_sum)

    def pairs(self) -> Pairs:
        values = self.values()
        order = np.argsort(-values, kind="stable")  # places ascend: equal values by id
        return self.places[order], values[order]

    def best(self, k: int) -> tuple[int, ...]:
        pool = np.arange(len(self.places))
        if len(pool) > k:
            pool = pool[self.points >= np.partition(self.points, len(pool) - k)[len(pool) - k]]
        wait = self.listings.wait[self.places[pool]]
        chosen = pool[np.lexsort((self.places[pool], wait, -self.points[pool]))][:k]
        return tuple(self.listings.ids[self.places[chosen]].tolist())

    def assigned(self, client: str, chosen: int, k: int) -> Assigned:
        first = int(self.listings.ids[chosen])
        others = [one for one in self.best(k) if one != first][: k - 1]
        points = int(self.points[np.searchsorted(self.places, chosen)])
        return Assigned(client, (first, *others), first, as_score(points, self.weight_sum))
