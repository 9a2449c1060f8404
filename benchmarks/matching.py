"""This engine against databases, on one synthetic directory, interleaved in one run, and verified.

    PYTHONPATH=src:. python -m benchmarks.matching 10000 100000 --needs 200 --unknown 0.1

Every contender answers the same needs in turn; the order rotates. A contender whose library is not installed is named
and left out. Prints medians, p99, paired ratios, memory and growth; ends with 1 where any answer was wrong.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.brute import Brute
from benchmarks.contenders import contenders
from benchmarks.sql import Found, Table
from benchmarks.synthetic import columns_of, needs_of
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, Need, compiled, native, parse_need, search
from warmhandoff.matching.building import built
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.relax import _change, loosenings, radii_of
from warmhandoff.matching.storage import opened, saved


class Engine:
    """The engine as contenders answer: ids and points of the best, and the total."""

    def __init__(self, directory: Directory, name: str, kernel: Callable[[], Any]) -> None:
        self.directory, self.name, self.kernel = directory, name, kernel

    def asked(self, need: Need) -> Asked:
        compiled.kernel = self.kernel  # type: ignore[assignment]  # which driver answers
        return Asked.of(self.directory, need, DEFAULT_WEIGHTS)[0]

    def ask(self, need: Need, k: int) -> Found:
        best = self.asked(need).best_options(k)
        return best.total, list(zip(best.ids, best.points, strict=True))

    def both(self, need: Need) -> Any:
        return self.asked(need).options_and_possibles(3)

    def relax(self, need: Need) -> list[int]:
        asked = self.asked(need)
        changes = [_change(asked, one) for one in loosenings(need)]
        return [total for total, _, _ in asked.relaxed(changes, radii_of(need))]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return (time.perf_counter() - start) * 1e6, found


def interleaved(
    askers: Sequence[Any], needs: Sequence[Need], k: int, burst: int = 25
) -> tuple[dict[str, list[float]], int]:
    """Microseconds of each contender for each need; and how many answers differ from the first's."""
    times: dict[str, list[float]] = {one.name: [] for one in askers}
    wrong = 0
    for first in range(0, len(needs), burst):
        right: dict[int, Found] = {}
        turn = list(askers)
        random.Random(first).shuffle(turn)  # noqa: S311
        for asker in turn:
            for number in range(first, min(first + burst, len(needs))):
                spent, found = timed(lambda a=asker, n=number: a.ask(needs[n], k))
                times[asker.name].append(spent)
                if right.setdefault(number, found) != found:
                    wrong += 1
                    print(f"WRONG: {asker.name}, need {number}: {found} is not {right[number]}")
    return times, wrong


def verified(engines: Sequence[Engine], brute: Brute, needs: Sequence[Need]) -> int:
    wrong = 0
    for number, need in enumerate(needs):
        right = brute.ask(need, 20)
        possible, relaxed = brute.possibles(need), brute.relaxations(need)
        for engine in engines:
            found = (engine.ask(need, 20), engine.both(need)[1].total, engine.relax(need))
            if found != (right, possible, relaxed):
                wrong += 1
                print(f"WRONG: {engine.name}, need {number}: {found} is not {(right, possible, relaxed)}")
    return wrong


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share))


def table_of(times: dict[str, list[float]], base: str) -> Iterator[str]:
    yield f"{'contender':<26}{'p50 us':>10}{'mean us':>10}{'p99 us':>11}{'paired ratio':>14}{'p99 ratio':>11}"
    for name, values in times.items():
        paired = statistics.median(other / mine for other, mine in zip(values, times[base], strict=True))
        tail = percentile(values, 99) / percentile(times[base], 99)
        yield (
            f"{name:<26}{statistics.median(values):>10.0f}{statistics.fmean(values):>10.0f}"
            f"{percentile(values, 99):>11.0f}{paired:>14.1f}{tail:>11.1f}"
        )


def warm(engine: Engine, needs: Sequence[Need], work: Callable[[Engine, Need], Any]) -> list[float]:
    for need in needs:
        work(engine, need)
    return [timed(lambda n=need: work(engine, n))[0] for need in needs]


def _asking(folder: str, seconds: float, count: int, results: Any) -> None:
    """One process: maps the index and asks as fast as it can."""
    segment, _ = opened(Path(folder))
    directory, needs = Directory.of_segments([segment]), [parse_need(raw) for _, raw in needs_of(count)]
    asked = 0
    for need in needs:
        Asked.of(directory, need, DEFAULT_WEIGHTS)[0].best_options(3)
    end, spent = time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < end:
        Asked.of(directory, needs[asked % count], DEFAULT_WEIGHTS)[0].best_options(3)
        asked += 1
    results.put((asked / seconds, asked / (time.process_time() - spent)))


def throughput(folder: Path, processes: int, seconds: float = 2.0) -> tuple[float, float]:
    """Needs a second by the clock, and by the processors' own time, of so many processes on one index.

    On a machine that does other work the clock says little; the second figure says whether they hinder each other.
    """
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    workers = [context.Process(target=_asking, args=(str(folder), seconds, 200, results)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(clock for clock, _ in found), sum(own for _, own in found)


def toggled(directory: Directory, folder: Path) -> tuple[float, float]:
    """Microseconds to take one listing out of a shared index, as a practice's overlay does; and of SQLite's commit."""
    part = directory.parts[0]
    ids = part.segment.rows["id"][:: max(1, len(part.segment) // 200)].tolist()
    taken = statistics.median(timed(lambda one=one: part.without(part.rows_of([one])))[0] for one in ids)
    with closing(sqlite3.connect(folder / "toggle.sqlite3", isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        database.execute("CREATE TABLE t (id INTEGER, open INTEGER)")
        database.executemany("INSERT INTO t VALUES (?, 1)", [(one,) for one in ids])
        database.execute("CREATE UNIQUE INDEX i ON t (id)")
        commit = statistics.median(
            timed(lambda one=one: database.execute("UPDATE t SET open = 0 WHERE id = ?", (one,)))[0] for one in ids
        )
    return taken, commit


def one_size(size: int, arguments: argparse.Namespace, stack: ExitStack) -> tuple[int, dict[str, float]]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warmhandoff-benchmark-")))
    columns = columns_of(size, arguments.unknown)
    needs = [parse_need(raw) for _, raw in needs_of(arguments.needs)]
    spent, segment = timed(lambda: built(columns))
    write, _ = timed(lambda: saved(segment, folder / "index"))
    ready, (segment, _) = timed(lambda: opened(folder / "index"))
    directory = Directory.of_segments([segment])
    first, _ = timed(lambda: search(directory, needs[0]))
    print(f"\n{size:,} listings, {arguments.unknown:.0%} of facts unknown: index built in {spent / 1e6:.1f} s, "
          f"written in {write / 1e6:.1f} s; {segment.bytes_held() / size:.0f} bytes a listing; "
          f"opened in {ready / 1e3:.1f} ms, first answer after {first / 1e3:.1f} ms more")  # fmt: skip
    engines = [Engine(directory, "this engine, NumPy", lambda: None)]
    if native.kernel() is not None:
        engines.insert(0, Engine(directory, "this engine, kernel", native.kernel))
    wrong = verified(engines, Brute(columns), needs[: arguments.verify])
    print(f"verified against every row: {min(arguments.verify, len(needs))} needs, {wrong} wrong")
    others = [] if arguments.alone else list(contenders(Table(columns), folder, stack, arguments.without))
    for k in arguments.k:
        times, more = interleaved([*engines, *others], needs, k)
        wrong += more
        print(f"\nk = {k}, options as ids and points, {len(needs)} needs; {more} wrong answers")
        print("\n".join(table_of(times, engines[0].name)))
    base = engines[0]
    top, wide = warm(base, needs, lambda e, n: e.ask(n, 3)), warm(base, needs, lambda e, n: e.ask(n, 20))
    both = warm(base, needs, lambda e, n: e.both(n))
    relax = warm(base, needs, lambda e, n: e.relax(n))
    whole = warm(base, needs, lambda e, n: search(e.directory, n, 3))
    figures = {"p50": statistics.median(top), "mean": statistics.fmean(top)}
    named = {"k20": wide, "both": both, "relax": relax, "whole": whole}
    figures |= {name: statistics.median(values) for name, values in named.items()}
    p50 = figures["p50"]
    print(f"\nwarm, alone ({base.name}): top 3 p50 {p50:.0f} us, mean {figures['mean']:.0f}; "
          f"top 20 {figures['k20'] / p50:.2f} x; with possibles {figures['both'] / p50:.2f} x; "
          f"all relaxations {figures['relax'] / p50:.1f} x; the whole answer {figures['whole']:.0f} us")  # fmt: skip
    if arguments.processes:
        one, two = throughput(folder / "index", 1), throughput(folder / "index", 2)
        print(f"needs a second: 1 process {one[0]:.0f}, 2 processes {two[0]:.0f} ({two[0] / one[0]:.2f} x); "
              f"a second of processor time: {one[1]:.0f}, {two[1]:.0f} ({two[1] / one[1]:.2f} x)")  # fmt: skip
    taken, commit = toggled(directory, folder)
    print(f"one listing taken out of the shared index: {taken:.0f} us; SQLite's commit of a flag {commit:.0f} us")
    print(f"peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return wrong, figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--needs", type=int, default=1000)
    parser.add_argument("--verify", type=int, default=20)
    parser.add_argument("--unknown", type=float, default=0.1)
    parser.add_argument("--k", type=int, nargs="+", default=[3])
    parser.add_argument("--processes", action="store_true", help="also needs a second of 1 and 2 processes")
    parser.add_argument("--alone", action="store_true", help="no other contenders")
    parser.add_argument("--without", nargs="*", default=[], help="names of contenders to leave out")
    arguments = parser.parse_args()
    wrong, grown = 0, {}
    for size in arguments.sizes:
        with ExitStack() as stack:
            more, grown[size] = one_size(size, arguments, stack)
            wrong += more
    small, large = min(grown), max(grown)
    if small < large:
        for what in ("p50", "mean"):
            times = grown[large][what] / grown[small][what]
            print(f"growth of the warm {what} from {small:,} to {large:,}: {times:.1f} x")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
