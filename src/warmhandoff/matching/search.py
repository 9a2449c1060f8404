"""The search: all options counted, the exact best k, and the exact best k of those that might be."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from warmhandoff.matching.answer import Answer, Option, Possible
from warmhandoff.matching.dress import Dresser
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.explain import explain
from warmhandoff.matching.plan import plan_of
from warmhandoff.matching.relax import relaxed
from warmhandoff.matching.sweep import Best
from warmhandoff.matching.types import Need, checked_weights
from warmhandoff.matching.view import Directory
from warmhandoff.rules.refusals import BadInput, Problem


def search(
    directory: Directory, need: Need, k: int = 3, relax: bool = False, *, weights: Mapping[str, int] | None = None
) -> Answer:
    """The exact best `k` options of a need, how many there are in all, and the possibles.

    Relaxations come with it when asked for (`relax`) or when there are fewer than `k` options. The same input
    gives the same answer whatever the order of the rows. Refuses `k` below 1 and weights that are none.
    """
    checked_k(k)
    asked = Asked.of(directory, need, checked_weights(weights))
    found = [one.options_and_possibles(k) for one in asked]
    total = sum(options.total for options, _ in found)
    return Answer(
        total=total,
        options=tuple(_option(one) for one in _first(asked, [options for options, _ in found], k)),
        possible_total=sum(possibles.total for _, possibles in found),
        possibles=tuple(_possible(one) for one in _first(asked, [possibles for _, possibles in found], k)),
        relaxations=relaxed(asked) if relax or total < k else None,
        weights=asked[0].weights,
        made_of=directory.version,
    )


def stand(
    directory: Directory, need: Need, listing_id: int, *, weights: Mapping[str, int] | None = None
) -> Option | Possible | None:
    """How one listing stands to a need, as `search` would show it; None where it fails a must.

    Refuses an id that is not there, and weights that are none.
    """
    part, row = directory.find(listing_id)
    why = explain(directory, need, listing_id)
    if why.fails:
        return None
    plan = plan_of(part.segment, need, checked_weights(weights), aging=part.aging)
    dresser = Dresser(part.segment, plan, row)
    return dresser.possible() if why.unknown else dresser.option()


def checked_k(k: int) -> None:
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise BadInput(Problem("a whole number of 1 or more is needed", field="k"))


class _One(NamedTuple):
    """A listing among the best of its part, by what it is ordered by."""

    key: tuple[int, ...]
    asked: Asked
    row: int
    points: int


def _first(asked: list[Asked], found: list[Best], k: int) -> list[_One]:
    """The best k of the parts' best."""
    return nsmallest(k, chain.from_iterable(map(_keyed, asked, found)), key=lambda one: one.key)


def _keyed(asked: Asked, best: Best) -> list[_One]:
    return [
        _One((unknown, *asked.part.key(row, points)), asked, row, points)
        for row, points, unknown in zip(best.rows, best.points, best.unknown, strict=True)
    ]


def _option(one: _One) -> Option:
    return Dresser(one.asked.part.segment, one.asked.plan, one.row).option()


def _possible(one: _One) -> Possible:
    return Dresser(one.asked.part.segment, one.asked.plan, one.row).possible()
