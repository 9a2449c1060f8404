"""./run nightly [SUITE ...]: every suite with its full counts, on SQLite and then on PostgreSQL. May take hours.

Property tests run with the profile `nightly`, and the fault tests with the counts below; a variable that is set already
wins. Prints what each suite says, then a table; exit 1 when any suite failed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = (sys.executable, "-m", "pytest", "-vv", "--durations=15")  # a line a test: what broke is known at once
TWO = ("-n", "2", "--dist", "loadfile")  # two cores halve the hours; what measures time compares within one process
# What never touches a database runs once; the rest runs again on PostgreSQL.
NO_DATABASE = tuple(f"--ignore=tests/{folder}" for folder in ("rules", "matching", "house", "browser"))
MOST_MEMORY = 8 * 1024**3  # bytes of addresses, for each process of a suite
POSTGRES = (sys.executable, "tests/postgres.py", "--")
SUITES: dict[str, tuple[str, ...]] = {
    "check": (sys.executable, "tests/check.py"),
    "sqlite": (*PYTEST, *TWO, "-m", "not browser and not faults"),
    "browser": (*PYTEST, *TWO, "-m", "browser"),
    "faults": (*PYTEST, *TWO, "-m", "faults"),  # these start servers of their own, on both databases
    "postgres": (*POSTGRES, *PYTEST, *TWO, "-m", "not browser and not faults and not postgres", *NO_DATABASE),
}


@dataclass(frozen=True)
class Result:
    """How one suite went. `code` is its exit code; pytest's 5 says that no test was collected."""

    name: str
    code: int
    seconds: float

    @property
    def words(self) -> str:
        return {0: "ok", 5: "no tests"}.get(self.code, f"FAILED (exit {self.code})")

    @property
    def passed(self) -> bool:
        return self.code == 0 or (self.code == 5 and not _has_tests(self.name))


def _has_tests(name: str) -> bool:
    return name in ("sqlite", "postgres") or any((ROOT / "tests" / name).glob("**/test_*.py"))


def _within_memory() -> None:
    """What a fuzzed input makes grow without end fails with a trace, before the machine ends something at random."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def run(name: str) -> Result:
    """Run one suite from the root of the tree, its output going where ours goes."""
    print(f"\n== {name}: {' '.join(SUITES[name][1:])}", flush=True)
    full = {
        "WARMHANDOFF_TEST_PROFILE": "nightly", "WARMHANDOFF_TEST_KILLS": "50", "WARMHANDOFF_TEST_RACES": "10",
        "WARMHANDOFF_TEST_FLOOD": "200", "WARMHANDOFF_TEST_PAIRS": "200",
        "WARMHANDOFF_TEST_IMPORT_KILLS": "20", "WARMHANDOFF_TEST_REVOCATIONS": "1000",
        "WARMHANDOFF_TEST_LIVES": "5000",
        "WARMHANDOFF_TEST_STEPS": "200000", "WARMHANDOFF_TEST_OUTBOX_KILLS": "50", "WARMHANDOFF_TEST_ROUNDS": "200",
    }
    started = time.monotonic()
    done = subprocess.run(
        SUITES[name], cwd=ROOT, env={**full, **os.environ}, check=False,
        preexec_fn=_within_memory if name == "sqlite" else None,
    )
    return Result(name, done.returncode, time.monotonic() - started)


def main(arguments: Sequence[str]) -> int:
    if unknown := [name for name in arguments if name not in SUITES]:
        print(f"no such suite: {', '.join(unknown)}; there are: {', '.join(SUITES)}", file=sys.stderr)
        return 2
    results = [run(name) for name in arguments or SUITES]
    print("\n== summary")
    for result in results:
        print(f"{result.name:16} {result.words:20} {result.seconds:8.0f} s")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
