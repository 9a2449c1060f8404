"""The goals as ratios within one run, and whether they are reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

Figures = Mapping[str, float]
"""What a run measured, by the names below; what could not be measured is not in it."""


class Goal(NamedTuple):
    key: str
    words: str
    least: bool
    """Whether the measured figure must be at least `at`; else at most."""
    at: float

    def reached(self, measured: float) -> bool:
        return measured >= self.at if self.least else measured <= self.at


GOALS = (
    Goal("wrong", "answers that differ from the oracle's", False, 0),
    Goal("kernel/SQLite", "kernel against SQLite, paired", True, 30),
    Goal("kernel/PostgreSQL", "kernel against PostgreSQL, b-trees", True, 90),
    Goal("kernel/PostGIS, GiST + GIN", "kernel against PostGIS, GiST + GIN", True, 250),
    Goal("kernel/PostGIS, GIN for every must", "kernel against PostGIS, GIN for every must", True, 250),
    Goal("numpy/SQLite", "NumPy alone against SQLite", True, 3),
    Goal("numpy/PostgreSQL", "NumPy alone against PostgreSQL, b-trees", True, 10),
    Goal("numpy/PostGIS, GiST + GIN", "NumPy alone against PostGIS, GiST + GIN", True, 30),
    Goal("numpy/PostGIS, GIN for every must", "NumPy alone against PostGIS, GIN for every must", True, 30),
    Goal("p99/SQLite", "p99 of SQLite over p99 of the kernel", True, 30),
    Goal("bound", "kernel in batch over the bound of memory bandwidth", False, 4),
    Goal("growth p50", "growth of the warm median, smallest to largest", False, 2),
    Goal("growth mean", "growth of the warm mean, smallest to largest", False, 6),
    Goal("k20", "best 20 over best 3", False, 1.3),
    Goal("relax", "all relaxations over one best 3, warm", False, 5),
    Goal("relax/DuckDB, one pass", "all relaxations against DuckDB's one pass", True, 200),
    Goal("relax/PostgreSQL, one pass", "all relaxations against PostgreSQL's one pass", True, 2000),
    Goal("relax/DuckDB, every row", "all relaxations against DuckDB's pass over every row", True, 200),
    Goal("relax/PostgreSQL, every row", "all relaxations against PostgreSQL's over every row", True, 2000),
    Goal("toggle/SQLite", "SQLite's commit, not flushed, over a change in the index", True, 5),
    Goal("toggle/SQLite, flushed", "SQLite's commit, flushed, over that", True, 5),
    Goal("toggle/PostgreSQL", "PostgreSQL's commit, flushed, over that", True, 100),
    Goal("two clock", "two processes over one, by the clock", True, 1.7),
    Goal("two own", "two processes over one, by their own time", True, 1.7),
    Goal("ready", "seconds until a NumPy process has answered from files", False, 0.3),
    Goal("ready own", "the same, of the processors' own time", False, 0.3),
    Goal("rebuild", "making the index anew over that, by the clock", True, 10),
    Goal("bytes", "bytes a listing", False, 300),
)


def table(runs: Sequence[tuple[str, Figures]]) -> Iterator[str]:
    """One line a goal, one column a run; what is not reached is marked."""
    yield f"{'goal':<56}{'set at':>12}" + "".join(f"{name:>20}" for name, _ in runs)
    for goal in GOALS:
        line = f"{goal.words:<56}{'at least' if goal.least else 'at most'} {goal.at:>{3 if goal.least else 4}g}"
        for _, figures in runs:
            measured = figures.get(goal.key)
            if measured is None:
                line += f"{'not measured':>20}"
            else:
                line += f"{measured:>13.4g}{'  ' if goal.reached(measured) else ' !'}     "
        yield line.rstrip()
    yield "!: not reached"
