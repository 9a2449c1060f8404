"""R-12, R-13: sending and taking back at once. Nothing leaves after the answer to a revocation, on both databases.

WARMHANDOFF_TEST_REVOCATIONS: rounds with random offsets of 0 to 50 ms (./run nightly asks for 1,000).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.places import PYTHON, ROOT, database

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_REVOCATIONS", "25"))
TOGETHER = 100  # rounds with one client: each leaves her a release, and every hand-over reads them all


def _run(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", "tests.faults.revoking", *arguments]
    return subprocess.Popen(
        command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


class Pair:
    """A sender, a revoker, and who prepares their rounds; each a process of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        prepared, wrong = _run(env, "prepare").communicate(timeout=240)
        assert prepared, wrong
        ids = prepared.strip().splitlines()[-1]
        self.processes = {kind: _run(env, kind, ids) for kind in ("round", "send", "revoke")}
        for kind in self.processes:
            assert self._line(kind) == "ready"

    def _line(self, kind: str) -> str:
        process = self.processes[kind]
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise AssertionError(f"{kind} ended: {process.communicate()[1]}")
        return line

    def _tell(self, kind: str, order: dict[str, Any]) -> None:
        process = self.processes[kind]
        assert process.stdin is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()

    def race(self, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """One round: both begin at once, each after its own pause; what the sender and the revoker said."""
        self._tell("round", {})
        order = {**json.loads(self._line("round")), **how}
        for kind in ("revoke", "send") if how.get("revoke_first") else ("send", "revoke"):
            self._tell(kind, order)
        return json.loads(self._line("send")), json.loads(self._line("revoke"))

    def end(self) -> None:
        for process in self.processes.values():
            process.communicate(timeout=60)


@contextmanager
def pair(env: dict[str, str]) -> Iterator[Pair]:
    made = Pair(env)
    try:
        yield made
    finally:
        made.end()


def _holds(sent: dict[str, Any], taken: dict[str, Any]) -> None:
    late = sent["handed"] is not None and sent["handed"] > taken["answered"]
    assert not late, f"handed over {(sent['handed'] - taken['answered']) / 1e6:.1f} ms after the revocation's answer"
    assert not taken["opened"], "the link opened after the revocation's answer"


def _on_purpose(racers: Pair) -> None:
    """Both orders: a hand-over under way is waited for; one that begins later does not begin."""
    sent, taken = racers.race(pause=1.0, revoke_after=0.4)
    _holds(sent, taken)
    assert sent["handed"] and taken["answered"] - taken["began"] > 0.3e9, "the revocation did not wait"
    sent, taken = racers.race(send_after=1.5)
    _holds(sent, taken)
    assert sent["handed"] is None, "it left although it was taken back before"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_leaves_after_the_answer(
    kind: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    chance, came = random.Random(13), Counter[str]()
    for first in range(0, ROUNDS, TOGETHER):
        place = tmp_path / str(first)
        place.mkdir()
        with database(kind, place) as env, pair(env) as racers:
            if first == 0:
                _on_purpose(racers)
            for _ in range(min(TOGETHER, ROUNDS - first)):
                sent, taken = racers.race(send_after=chance.uniform(0, 0.05), revoke_after=chance.uniform(0, 0.05),
                                            revoke_first=chance.random() < 0.7)
                _holds(sent, taken)
                came["left before" if sent["handed"] else "did not leave"] += 1
    say(f"R-13 on {kind}: {ROUNDS} random rounds, {dict(came)}, 0 bytes after the answer")
    assert ROUNDS < 100 or min(came.values()) > ROUNDS // 20, "one side always won: nothing was raced"
