"""How every row stands on every must, counted once; and the order of options."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmhandoff.matching.columns import Directory, Ints, Rows, Tri
from warmhandoff.matching.musts import MUSTS, Question
from warmhandoff.matching.types import INT64_MAX


@dataclass(frozen=True)
class Standing:
    """Each must's answer, and for each row how many musts it fails and how many are unknown."""

    question: Question
    answers: dict[str, Tri]
    failing: Ints
    unknown: Ints

    @classmethod
    def of(cls, question: Question) -> Standing:
        answers = {name: must(question) for name, must in MUSTS.items()}
        failing = np.zeros(len(question.directory), dtype=np.int64)
        unknown = np.zeros(len(question.directory), dtype=np.int64)
        for answer in answers.values():
            failing += answer.no
            unknown += answer.unknown
        return cls(question, answers, failing, unknown)

    def options(self) -> Rows:
        return np.flatnonzero((self.failing == 0) & (self.unknown == 0)).astype(np.int64)

    def possibles(self) -> Rows:
        return np.flatnonzero((self.failing == 0) & (self.unknown > 0)).astype(np.int64)

    def options_with(self, name: str, answer: Tri) -> Rows:
        """The options if this one must had this other answer."""
        before = self.answers[name]
        others_pass = (self.failing - before.no == 0) & (self.unknown - before.unknown == 0)
        return np.flatnonzero(others_pass & answer.yes).astype(np.int64)


def best_first(directory: Directory, rows: Rows, points: Ints, k: int, *, first: Ints | None = None) -> Rows:
    """Places within `rows` of the best `k`: (smallest `first`,) most points, shorter known wait, smaller id."""
    pool = np.arange(len(rows))
    if first is not None and len(pool) > k:
        pool = pool[first <= np.partition(first, k - 1)[k - 1]]
    elif first is None and len(pool) > k:
        pool = pool[points >= np.partition(points, len(points) - k)[len(points) - k]]
    wait = directory.wholes["wait_days"].take(rows[pool])
    keys = [directory.ids[rows[pool]], np.where(wait.known, wait.values, INT64_MAX), ~wait.known, -points[pool]]
    if first is not None:
        keys.append(first[pool])
    return pool[np.lexsort(keys)][:k]
