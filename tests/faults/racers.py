"""One way to race processes: each says ready, all leave one line at the same instant, and each says how it went.

A module that races hands `main` what to prepare, what each racer does, and what is counted afterwards:

python -m tests.faults.MODULE prepare N       prints the ids of N things to race about, as JSON
python -m tests.faults.MODULE HOW IDS GO      says ready, waits until the file GO is there, does it, and prints won, or
                                              the code of the refusal
python -m tests.faults.MODULE count IDS -     prints what came of it

The test has `prepared`, `race` and `count`, which run these processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.faults.places import PYTHON, ROOT
from warmhandoff.cli.environment import start_django

Ids = dict[str, Any]
Work = Callable[[str, Ids], Callable[[], object]]


def main(one: Callable[[Any, int], Ids], work: Work, count: Callable[[Ids], str] | None = None) -> None:
    """A racing process. one: prepares the n-th thing with the cast; work: what HOW does; count: what came of it."""
    how, *more = sys.argv[1:]
    start_django(migrate=how == "prepare")
    if how == "prepare":
        from tests.cast import make_cast

        cast = make_cast()
        print(json.dumps([one(cast, number) for number in range(int(more[0]))]))
    elif how == "count" and count is not None:
        print(count(json.loads(more[0])))
    else:
        print(_run_when_told(work(how, json.loads(more[0])), Path(more[1])))


def _run_when_told(work: Callable[[], object], go: Path) -> str:
    from warmhandoff.rules.refusals import Refusal

    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)  # all processes leave this line within a millisecond of each other
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "won"


def _start(module: str, env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", f"tests.faults.{module}", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str], patience: float = 120) -> str:
    out, err = process.communicate(timeout=patience)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


def prepared(module: str, env: dict[str, str], races: int) -> list[Ids]:
    """The ids of as many things to race about."""
    found: list[Ids] = json.loads(_answer(_start(module, env, "prepare", str(races)), patience=600))
    return found


def race(module: str, env: dict[str, str], hows: Sequence[str], ids: Ids, go: Path) -> list[str]:
    """Run one process for each of `hows`, let them go at once, and return what each said, in their order."""
    racers = [_start(module, env, how, json.dumps(ids), str(go)) for how in hows]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline().strip() == "ready", racer.communicate()
    go.touch()
    return [_answer(racer) for racer in racers]


def count(module: str, env: dict[str, str], ids: Ids) -> list[str]:
    """What came of a race, word by word."""
    return _answer(_start(module, env, "count", json.dumps(ids), "-")).split()
