"""What is right, by looking at every row: the engine's plain three-valued musts over whole columns, and no index.

These musts are themselves held to tests/matching/oracle.py, which says the contract once more in plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.sql import Found
from warmhandoff.matching import DEFAULT_WEIGHTS, Need, loosenings
from warmhandoff.matching.columns import MILLION, Columns, Tri, millionths
from warmhandoff.matching.distance import miles, nearness
from warmhandoff.matching.musts import MUSTS, Question, in_person, telehealth
from warmhandoff.matching.plan import _steps


class Brute:
    name = "every row"

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def ask(self, need: Need, k: int) -> Found:
        question = Question.of(self.columns, need)
        rows = np.flatnonzero(_all(question).yes)
        worth = np.array([points(question, int(row)) for row in rows], dtype=np.int64)
        best = np.lexsort((self.columns.ids[rows], self._wait(rows), -worth))[:k]
        return len(rows), list(zip(self.columns.ids[rows[best]].tolist(), worth[best].tolist(), strict=True))

    def _wait(self, rows: Any) -> Any:
        wait = self.columns.wholes["wait_days"].take(rows)
        return np.where(wait.known, wait.values, 2**62)

    def possibles(self, need: Need) -> int:
        whole = _all(Question.of(self.columns, need))
        return int((~whole.no & ~whole.yes).sum())

    def relaxations(self, need: Need) -> list[int]:
        """Every loosening's total, each as a search of its own."""
        question = Question.of(self.columns, need)
        return [int(_all(question.loosened(one.need)).yes.sum()) for one in loosenings(need)]


def _all(question: Question) -> Tri:
    whole = question.everyone()
    for must in MUSTS.values():
        whole = whole & must(question)
    return whole


def points(question: Question, row: int) -> int:
    """One listing's points, term by term, by the reference distance."""
    need, columns, total = question.need, question.directory, 0
    for term in ("wait", "trust", "responsiveness", "freshness"):
        total += DEFAULT_WEIGHTS[term] * int(columns.static[term][row])
    for term, name, codes in (
        ("specialism", "specialises_in", need.concerns), ("concerns_wished", "treats", need.concerns_wished),
        ("modality", "modalities", need.modalities_wished), ("identity", "identities", need.identities_wished),
        ("times", "times", need.times),
    ):  # fmt: skip
        if codes:
            shared = int(columns.codes[name].shared(codes, np.array([row]))[0])
            total += DEFAULT_WEIGHTS[term] * _steps(term == "times", len(codes))[shared]
    if "in_person" in need.formats and need.radius_miles is not None:
        narrow = Question.of(columns.take_arrays(np.array([row])), need)
        best = millionths(0.5) if telehealth(narrow).yes[0] else 0
        if in_person(narrow).yes[0]:
            lat, lon = float(columns.point.lat[row]), float(columns.point.lon[row])
            away = miles(need.place.lat, need.place.lon, lat, lon)
            best = max(best, millionths(nearness(away, need.radius_miles)))
        total += DEFAULT_WEIGHTS["distance"] * best
    assert total <= MILLION * sum(DEFAULT_WEIGHTS.values())
    return total
