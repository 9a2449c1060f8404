"""This engine against databases and a search library, on synthetic directories, interleaved in one run, and verified.

    ./run bench                                   10,000, 100,000 and 1,000,000 listings, at 10 % and 95 % unknown facts
    ./run bench 10000 100000 --needs 200          smaller and sooner

Every contender answers the same needs in turn, in an order that changes; a contender that is not installed is named
and left out. Prints medians, p99, paired ratios and memory for each directory, and at the end each goal with what was
measured at the largest. Ends with 1 where any answer was wrong.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import changes, goals, processes
from benchmarks.brute import Brute
from benchmarks.contenders import contenders
from benchmarks.limit import limit_of
from benchmarks.measuring import Times, interleaved, paired, percentile, table_of, timed, warm
from benchmarks.one_pass import OnePass, WholePass
from benchmarks.sql import Duckdb, Found, Postgresql, Table
from benchmarks.synthetic import columns_of, needs_of
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, Need, compiled, native, parse_need, search
from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.relax import totals
from warmhandoff.matching.storage import opened, saved

KERNEL, NUMPY = "this engine, kernel", "this engine, NumPy"


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
        return [total for total, _, _ in totals(self.asked(need))]


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


class Run:
    """One directory: built, verified, and measured against whoever is here. `figures` by the keys of the goals."""

    def __init__(self, size: int, unknown: float, arguments: argparse.Namespace, stack: ExitStack) -> None:
        self.size, self.arguments, self.stack = size, arguments, stack
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warmhandoff-benchmark-")))
        self.columns: Columns = columns_of(size, unknown)
        self.needs = [parse_need(raw) for _, raw in needs_of(arguments.needs)]
        self.figures: dict[str, float] = {}
        self.wrong = 0
        print(f"\n== {size:,} listings, {unknown:.0%} of facts unknown (load of the machine {os.getloadavg()[0]:.1f})")

    def __call__(self) -> dict[str, float]:
        self.build()
        self.verify()
        self.others = list(self._others())
        for k in self.arguments.k:
            self.ask(k)
        self.relax()
        self.alone()
        self.change()
        self.start()
        self.figures["wrong"] = self.wrong
        gc.unfreeze()
        print(f"peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)
        return self.figures

    def build(self) -> None:
        spent, segment = timed(lambda: built(self.columns))
        write, _ = timed(lambda: saved(segment, self.folder / "index"))
        del segment
        ready, (segment, _) = timed(lambda: opened(self.folder / "index"))
        self.directory = Directory.of_segments([segment])
        first, _ = timed(lambda: search(self.directory, self.needs[0]))
        self.spent = spent / 1e6
        self.figures["bytes"] = segment.bytes_held() / self.size
        print(f"index built in {self.spent:.1f} s, written in {write / 1e6:.1f} s; "
              f"{self.figures['bytes']:.0f} bytes a listing; "
              f"opened in {ready / 1e3:.1f} ms, first answer after {first / 1e3:.1f} ms more")  # fmt: skip
        self.engines = [Engine(self.directory, NUMPY, lambda: None)]
        if native.kernel() is not None:
            self.engines.insert(0, Engine(self.directory, KERNEL, native.kernel))

    def verify(self) -> None:
        needs = self.needs[: self.arguments.verify]
        wrong = verified(self.engines, Brute(self.columns), needs)
        self.wrong += wrong
        print(f"verified against every row (best 20, totals, possibles, all relaxations): {len(needs)} needs, "
              f"{wrong} wrong", flush=True)  # fmt: skip

    def _others(self) -> Any:
        if not self.arguments.alone:
            yield from contenders(Table(self.columns), self.folder, self.stack, self.arguments.without)

    def ask(self, k: int) -> None:
        asked = {one.name: lambda need, one=one: one.ask(need, k) for one in (*self.engines, *self.others)}
        gc.collect()
        gc.freeze()  # what stays is not looked through again while others are timed
        times, wrong = interleaved(asked, self.needs, rounds=self.arguments.rounds)
        self.wrong += wrong
        print(f"\nk = {k}, options as ids and points, {len(self.needs)} needs; {wrong} wrong answers")
        print("\n".join(table_of(times, self.engines[0].name)), flush=True)
        if k == 3:
            self._ratios(times)

    def _ratios(self, times: Times) -> None:
        for one in self.others:
            for short, base in (("kernel", KERNEL), ("numpy", NUMPY)):
                if base in times:
                    self.figures[f"{short}/{one.name}"] = paired(times, one.name, base)
            if KERNEL in times:
                self.figures[f"p99/{one.name}"] = percentile(times[one.name], 99) / percentile(times[KERNEL], 99)

    def relax(self) -> None:
        kinds = [OnePass(one) for one in self.others if isinstance(one, Duckdb | Postgresql)]
        passes: list[OnePass] = [*kinds, *map(WholePass, kinds)]
        needs = self.needs[: self.arguments.passes]
        if not passes or not needs:
            return
        base = self.engines[0]
        works = {one.name: one.relax for one in (base, *passes)}
        times, wrong = interleaved(works, needs, burst=10)
        self.wrong += wrong
        print(f"\nall relaxations' totals, {len(needs)} needs; {wrong} wrong answers")
        print("\n".join(table_of(times, base.name)), flush=True)
        self.figures |= {f"relax/{one.name}": paired(times, one.name, base.name) for one in passes}

    def alone(self) -> None:
        base, needs, rounds = self.engines[0], self.needs, self.arguments.rounds
        works: dict[str, Callable[[Need], Any]] = {
            "k3": lambda need: base.ask(need, 3), "k20": lambda need: base.ask(need, 20), "both": base.both,
            "relax": base.relax, "whole": lambda need: search(base.directory, need, 3),
        }  # fmt: skip
        found = {name: warm(work, needs, rounds) for name, work in works.items()}
        median = {name: statistics.median(times) for name, times in found.items()}
        p50, mean = median["k3"], statistics.fmean(found["k3"])
        self.figures |= {name: median[name] / p50 for name in ("k20", "both", "relax")}
        self.figures |= {"p50": p50, "mean": mean}
        print(f"\nwarm, alone ({base.name}): best 3 p50 {p50:.0f} us, mean {mean:.0f}, "
              f"p99 {percentile(found['k3'], 99):.0f}; best 20 {self.figures['k20']:.2f} x; with possibles "
              f"{self.figures['both']:.2f} x; all relaxations {self.figures['relax']:.1f} x; "
              f"the whole answer {median['whole']:.0f} us")  # fmt: skip
        limit = limit_of(self.directory, needs) if base.name == KERNEL else None
        if limit is not None:
            self.figures["bound"] = limit.times
            print(f"kernel in batch {limit.batch:.1f} us a need (mean); it must look at {limit.kilobytes:.0f} KB, "
                  f"which a plain sum reads in {limit.bound:.1f} us at {limit.gigabytes_a_second:.1f} GB/s: "
                  f"{limit.times:.1f} x the bound")  # fmt: skip

    def change(self) -> None:
        ids, every = changes.some_ids(self.directory), self.columns.ids.tolist()
        taken = changes.in_the_index(self.directory, ids)
        commits = changes.by_sqlite(self.folder, every, ids)
        for one in self.others:
            if type(one) is Postgresql:
                commits[one.name] = changes.by_postgresql(one, every, ids)
        self.figures |= {f"toggle/{name}": commit / taken for name, commit in commits.items()}
        said = ", ".join(f"{name} {commit:.0f} us" for name, commit in commits.items())
        print(f"one listing taken out of the shared index: {taken:.1f} us; a commit of one flag: {said}")

    def start(self) -> None:
        folder = self.folder / "index"
        clock, own = processes.ready(folder)
        self.figures |= {"ready": clock, "ready own": own, "rebuild": self.spent / clock}
        print(f"a process with NumPy alone: {clock:.2f} s from its start to its first answer and end, {own:.2f} s of "
              f"the processors' time; making the index anew takes {self.figures['rebuild']:.0f} x as long")  # fmt: skip
        clock, own = processes.two_over_one(folder)
        self.figures |= {"two clock": clock, "two own": own}
        print(f"two processes over one: {clock:.2f} x by the clock, {own:.2f} x by their own time")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--needs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="of each need the shortest time counts")
    parser.add_argument("--verify", type=int, default=20, help="needs put to every row as well")
    parser.add_argument("--passes", type=int, default=20, help="needs whose relaxations databases count too")
    parser.add_argument("--unknown", type=float, nargs="+", default=[0.1, 0.95], help="shares of facts not known")
    parser.add_argument("--k", type=int, nargs="+", default=[3])
    parser.add_argument("--alone", action="store_true", help="no other contenders")
    parser.add_argument("--without", nargs="*", default=[], help="names of contenders to leave out")
    arguments = parser.parse_args()
    columns, wrong = [], 0.0
    for unknown in arguments.unknown:
        grown = {}
        for size in sorted(arguments.sizes):
            with ExitStack() as stack:
                grown[size] = Run(size, unknown, arguments, stack)()
        wrong += sum(figures["wrong"] for figures in grown.values())
        small, large = grown[min(grown)], grown[max(grown)]
        if len(grown) > 1:
            large |= {f"growth {what}": large[what] / small[what] for what in ("p50", "mean")}
            print("growth, warm: " + "; ".join(
                f"{size:,} listings p50 {figures['p50']:.0f} us, mean {figures['mean']:.0f}"
                for size, figures in grown.items()))  # fmt: skip
        columns.append((f"{unknown:.0%} unknown", large))
    print(f"\n== Goals, at {max(arguments.sizes):,} listings, {arguments.needs} needs, k = 3\n")
    print("\n".join(goals.table(columns)))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
