"""What each guessing process runs: many tries at one account at a given instant; prints how many got through.

python -m tests.faults.guessing prepare       makes the database
python -m tests.faults.guessing TRIES GO      says ready, waits for the file GO, and tries
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from warmhandoff.cli.environment import start_django


def guess(tries: int, go: Path) -> int:
    from warmhandoff.core import clock, limits
    from warmhandoff.rules.refusals import TooMany

    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)
    through = 0
    for _ in range(tries):
        try:
            limits.check("sign_in", "owner@desk.example", now=clock.now(), address="198.51.100.7")
        except TooMany:
            continue
        through += 1
        limits.failed("sign_in", "owner@desk.example", now=clock.now(), address="198.51.100.7")
    return through


if __name__ == "__main__":
    start_django(migrate=sys.argv[1] == "prepare")
    if sys.argv[1] != "prepare":
        print(guess(int(sys.argv[1]), Path(sys.argv[2])))
