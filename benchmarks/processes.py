"""What a second process adds, and how soon a process is ready: each maps the same files."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, compiled, parse_need
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.storage import opened


def _asking(folder: str, seconds: float, count: int, start: Any, results: Any) -> None:
    """One process: maps the index and, once all are ready, asks as fast as it can."""
    from benchmarks.synthetic import needs_of

    directory = Directory.of_segments([opened(Path(folder))[0]])
    needs = [parse_need(raw) for _, raw in needs_of(count)]
    asked = 0
    for need in needs:
        Asked.of(directory, need, DEFAULT_WEIGHTS)[0].best_options(3)
    start.wait()
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
    start = context.Barrier(processes)
    workers = [
        context.Process(target=_asking, args=(str(folder), seconds, 200, start, results)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(clock for clock, _ in found), sum(own for _, own in found)


def two_over_one(folder: Path, tries: int = 3) -> tuple[float, float]:
    """How many times the work of one process two do, by the clock and by their own time: the best of each, in turn."""
    best = {1: (0.0, 0.0), 2: (0.0, 0.0)}
    for _ in range(tries):
        for count in best:
            clock, own = throughput(folder, count)
            best[count] = max(best[count][0], clock), max(best[count][1], own)
    return best[2][0] / best[1][0], best[2][1] / best[1][1]


def ready(folder: Path, tries: int = 5) -> tuple[float, float]:
    """Seconds from the start of a process without the kernel to its first answer and end, the best of several.

    By the clock, and of the processors' own time, which says more where the machine does other work.
    """
    clock, own = [], []
    # As where it is installed: compiled files are there.
    kept = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled")}
    for _ in range(tries):
        begun, before = time.perf_counter(), _children()
        subprocess.run([sys.executable, "-m", "benchmarks.processes", str(folder)], check=True, env=kept)
        clock.append(time.perf_counter() - begun)
        own.append(_children() - before)
    return min(clock), min(own)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str]) -> int:
    """Open the index, answer one need by NumPy, and end."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    compiled.kernel = lambda: None  # type: ignore[assignment]  # NumPy answers
    directory = Directory.of_segments([opened(folder)[0]])
    need = {
        "kind": "therapist", "level": "outpatient", "place": {"lat": 30.27, "lon": -97.74, "state": "TX"},
        "formats": ["in_person", "telehealth"], "radius_miles": 25, "concerns": ["depression"],
        "payment": {"any": True},
    }  # fmt: skip
    Asked.of(directory, parse_need(need), DEFAULT_WEIGHTS)[0].best_options(3)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
