"""The wishes: whole-number points, so that order and ties are the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from warmhandoff.matching.columns import MILLION, Ints, Rows, millionths
from warmhandoff.matching.musts import Question, in_person, telehealth
from warmhandoff.matching.types import DEFAULT_WEIGHTS, Need, Weights

TIMES_ENOUGH = 4
"""With this many shared times there is nothing more to wish for."""


def applying(need: Need) -> tuple[str, ...]:
    """The terms that count for this need: the same for every listing."""
    asks = {
        "specialism": bool(need.concerns),
        "concerns_wished": bool(need.concerns_wished),
        "modality": bool(need.modalities_wished),
        "identity": bool(need.identities_wished),
        "times": bool(need.times),
        "distance": "in_person" in need.formats,
    }
    return tuple(term for term in DEFAULT_WEIGHTS if asks.get(term, True))


def _share(question: Question, rows: Rows, column: str, codes: tuple[str, ...]) -> Ints:
    steps = np.array([millionths(count / len(codes)) for count in range(len(codes) + 1)], dtype=np.int64)
    return steps[question.directory.codes[column].shared(codes, rows)]


def _times(question: Question, rows: Rows) -> Ints:
    shared = question.directory.codes["times"].shared(question.need.times, rows)
    steps = np.array([millionths(count / TIMES_ENOUGH) for count in range(TIMES_ENOUGH + 1)], dtype=np.int64)
    return steps[np.minimum(shared, TIMES_ENOUGH)]


def _distance(question: Question, rows: Rows) -> Ints:
    """The better of in person, by nearness, and telehealth, a half; neither where eligibility is unknown."""
    found = np.where(telehealth(question).yes[rows], millionths(0.5), 0).astype(np.int64)
    here = np.flatnonzero(in_person(question).yes[rows])
    radius = question.need.radius_miles
    if radius is not None and len(here):
        found[here] = np.maximum(found[here], question.distances.nearness(rows[here], radius))
    return found


def _static(term: str) -> Callable[[Question, Rows], Ints]:
    return lambda question, rows: question.directory.static[term][rows]


TERMS: dict[str, Callable[[Question, Rows], Ints]] = {
    "specialism": lambda q, rows: _share(q, rows, "specialises_in", q.need.concerns),
    "concerns_wished": lambda q, rows: _share(q, rows, "treats", q.need.concerns_wished),
    "modality": lambda q, rows: _share(q, rows, "modalities", q.need.modalities_wished),
    "identity": lambda q, rows: _share(q, rows, "identities", q.need.identities_wished),
    "times": _times,
    "distance": _distance,
    "wait": _static("wait"),
    "trust": _static("trust"),
    "responsiveness": _static("responsiveness"),
    "freshness": _static("freshness"),
}


@dataclass(frozen=True)
class Points:
    """For some rows: each applying term's millionths, and the integer sum of weight x millionths."""

    rows: Rows
    terms: dict[str, Ints]
    total: Ints


def points_of(question: Question, rows: Rows, weights: Weights) -> Points:
    terms = {term: TERMS[term](question, rows) for term in applying(question.need)}
    total = np.zeros(len(rows), dtype=np.int64)
    for term, found in terms.items():
        total += weights[term] * found
    return Points(rows, terms, total)


def as_score(points: int, weight_sum: int) -> float:
    """100 x points / (1,000,000 x W): 0 to 100. A need to which only terms of weight 0 apply scores 0."""
    return 100 * points / (MILLION * weight_sum) if weight_sum else 0.0
