"""Times of contenders that answer in turn, and the table of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from warmhandoff.matching import Need

Times = dict[str, list[float]]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Microseconds, and what came of it."""
    start = time.perf_counter()
    found = work()
    return (time.perf_counter() - start) * 1e6, found


def interleaved(
    works: dict[str, Callable[[Need], Any]], needs: Sequence[Need], *, rounds: int = 1, burst: int = 25
) -> tuple[Times, int]:
    """Microseconds of each for each need; and how many answers differ from the first one's.

    They take turns after every `burst` needs, in an order that changes. Of the rounds each need's shortest time
    counts: what other work on the machine takes is nobody's.
    """
    times: Times = {name: [float("inf")] * len(needs) for name in works}
    right: dict[int, Any] = {}
    wrong = 0
    for first in range(0, rounds * len(needs), burst):
        turn = list(works)
        random.Random(first).shuffle(turn)  # noqa: S311
        for name in turn:
            for number in range(first, min(first + burst, rounds * len(needs))):
                at = number % len(needs)
                spent, found = timed(lambda one=name, n=at: works[one](needs[n]))
                times[name][at] = min(times[name][at], spent)
                if right.setdefault(at, found) != found:
                    wrong += 1
                    print(f"WRONG: {name}, need {at}: {found} is not {right[at]}")
    return times, wrong


def warm(work: Callable[[Need], Any], needs: Sequence[Need], rounds: int) -> list[float]:
    """Microseconds of each need with nobody else in between, the shortest of the rounds after a first."""
    for need in needs:
        work(need)
    passes = [[timed(lambda n=need: work(n))[0] for need in needs] for _ in range(rounds)]
    return [min(spent) for spent in zip(*passes, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share))


def paired(times: Times, name: str, base: str) -> float:
    """The median, over the needs, of how many times longer the one took than the other."""
    return statistics.median(other / mine for other, mine in zip(times[name], times[base], strict=True))


def table_of(times: Times, base: str) -> Iterator[str]:
    yield f"{'contender':<28}{'p50 us':>10}{'mean us':>10}{'p99 us':>11}{'paired ratio':>14}{'p99 ratio':>11}"
    for name, values in times.items():
        tail = percentile(values, 99) / percentile(times[base], 99)
        yield (
            f"{name:<28}{statistics.median(values):>10.0f}{statistics.fmean(values):>10.0f}"
            f"{percentile(values, 99):>11.0f}{paired(times, name, base):>14.1f}{tail:>11.1f}"
        )
