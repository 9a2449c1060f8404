"""The search: all options counted, the exact best k, and the exact best k of those that might be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmhandoff.matching.answer import Answer, Option, Possible, Term
from warmhandoff.matching.columns import MILLION, Directory, Rows, Tri
from warmhandoff.matching.musts import MUSTS, Question, in_person, payment_routes
from warmhandoff.matching.relax import relaxed
from warmhandoff.matching.standing import Standing, best_first
from warmhandoff.matching.types import Need, Weights, checked_weights
from warmhandoff.matching.wishes import Points, as_score, points_of
from warmhandoff.rules.refusals import BadInput, Problem


def search(
    directory: Directory, need: Need, k: int = 3, relax: bool = False, *, weights: Mapping[str, int] | None = None
) -> Answer:
    """The exact best `k` options of a need, how many there are in all, and the possibles.

    Relaxations come with it when asked for (`relax`) or when there are fewer than `k` options. The same input
    gives the same answer whatever the order of the rows. Refuses `k` below 1 and weights that are none.
    """
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise BadInput(Problem("a whole number of 1 or more is needed", field="k"))
    weighing = checked_weights(weights)
    question = Question.of(directory, need)
    standing = Standing.of(question)
    options, possibles = standing.options(), standing.possibles()
    due = relax or len(options) < k
    return Answer(
        total=len(options),
        options=_options(question, options, k, weighing),
        possible_total=len(possibles),
        possibles=_possibles(standing, possibles, k, weighing),
        relaxations=relaxed(standing, weighing) if due else None,
    )


def _options(question: Question, rows: Rows, k: int, weights: Weights) -> tuple[Option, ...]:
    points = points_of(question, rows, weights)
    chosen = best_first(question.directory, rows, points.total, k)
    narrow = _narrowed(question, rows[chosen])
    routes, here = payment_routes(narrow), in_person(narrow).yes
    found = []
    for row, place in enumerate(chosen):
        way = ("in_person" if here[row] else "telehealth", routes)
        found.append(_option(narrow, row, _Scored.of(points, int(place), weights), way))
    return tuple(found)


def _narrowed(question: Question, rows: Rows) -> Question:
    return Question.of(question.directory.take(rows), question.need)


@dataclass(frozen=True)
class _Scored:
    points: int
    score: float
    terms: dict[str, Term]

    @classmethod
    def of(cls, points: Points, place: int, weights: Weights) -> _Scored:
        weight_sum = sum(weights[term] for term in points.terms)
        terms = {}
        for term, found in points.terms.items():
            tq, weight = int(found[place]), weights[term]
            terms[term] = Term(t=tq / MILLION, weight=weight, share=as_score(weight * tq, weight_sum), tq=tq)
        total = int(points.total[place])
        return cls(total, as_score(total, weight_sum), terms)


def _option(narrow: Question, row: int, scored: _Scored, way: tuple[str, list[tuple[str, Tri]]]) -> Option:
    session_format, routes = way
    return Option(
        id=int(narrow.directory.ids[row]),
        name=narrow.directory.names[row],
        score=scored.score,
        points=scored.points,
        terms=scored.terms,
        miles=narrow.distances.exact(row),
        format=session_format,
        payment=next(route for route, passes in routes if passes.yes[row]),
    )


def _possibles(standing: Standing, rows: Rows, k: int, weights: Weights) -> tuple[Possible, ...]:
    directory = standing.question.directory
    points = points_of(standing.question, rows, weights)
    chosen = best_first(directory, rows, points.total, k, first=standing.unknown[rows])
    found = []
    for place in chosen:
        row, scored = int(rows[place]), _Scored.of(points, int(place), weights)
        ask = tuple(must for must in MUSTS if standing.answers[must].unknown[row])
        found.append(Possible(int(directory.ids[row]), directory.names[row], scored.score, scored.points, ask))
    return tuple(found)
