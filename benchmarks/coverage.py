"""How long a practice's year takes over a large directory: who is an option for what, and whom to meet.

    PYTHONPATH=src:. python -m benchmarks.coverage 100000 --needs 300

Prints the seconds of each step, of five runs the middle one; ends with 1 where all together takes more than 2 seconds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from benchmarks.synthetic import columns_of, needs_of
from warmhandoff.matching import Directory, alike, driver_name, options_of, parse_need
from warmhandoff.matching.building import built
from warmhandoff.rules.coverage import ENOUGH, Candidate, Wanted, whom_to_meet

MOST_SECONDS = 2.0
HERE = {"zip": "78704"}  # a practice sends to those around it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=100_000)
    parser.add_argument("--needs", type=int, default=300)
    parser.add_argument("--unknown", type=float, default=0.1)
    given = parser.parse_args()
    directory = Directory.of_segments([built(columns_of(given.size, given.unknown))])
    needs = [parse_need({**raw, "place": HERE}) for _, raw in needs_of(given.needs)]
    wanted = [Wanted(1 + number % 7, number % 3) for number in range(len(needs))]
    steps: list[tuple[float, float, float]] = []
    for _ in range(5):
        begun = time.perf_counter()
        found = [options_of(directory, need) for need in needs]
        reached = time.perf_counter()
        kinds = alike(found, most=ENOUGH)
        candidates = [Candidate(one, kind.needs) for kind in kinds for one in kind.ids]
        grouped = time.perf_counter()
        plan = whom_to_meet(wanted, candidates)
        done = time.perf_counter()
        steps.append((reached - begun, grouped - reached, done - grouped))
    options, together, met = (statistics.median(step) for step in zip(*steps, strict=True))
    total = statistics.median(sum(step) for step in steps)
    pairs = sum(len(ids) for ids, _ in found)
    print(f"{given.size:,} listings, {len(needs)} needs, {pairs:,} options, {driver_name()}")
    print(f"options {options:.2f} s, alike together {together:.2f} s, whom to meet {met:.2f} s; in all {total:.2f} s")
    print(f"{len(plan.meet)} people close {plan.share:.0%} of the gap")
    return 0 if total <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
