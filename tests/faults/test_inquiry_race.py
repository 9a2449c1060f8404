"""Several say yes for her at the same instant: exactly one stands, on both databases, and nobody waits for ever."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, database

ROUNDS = int(os.environ.get("WARMHANDOFF_TEST_RACES", "1"))
RACES = [("0", "1", "2"), ("0", "0"), ("2", "1", "answer 0")]


def _run(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", "tests.faults.racing_inquiry", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_is_confirmed_the_others_are_withdrawn(kind: str, tmp_path: Path) -> None:
    races = RACES * ROUNDS
    with database(kind, tmp_path) as env:
        prepared = json.loads(_answer(_run(env, "prepare", str(len(races)))))
        for number, (places, ids) in enumerate(zip(races, prepared, strict=True)):
            go, given = tmp_path / f"go-{number}", json.dumps(ids)
            racers = [_run(env, place, given, str(go)) for place in places]
            for racer in racers:
                assert racer.stdout is not None
                assert racer.stdout.readline().strip() == "ready", racer.communicate()
            go.touch()
            told = [_answer(racer) for racer in racers]
            confirming = [said for place, said in zip(places, told, strict=True) if not place.startswith("answer")]
            assert sorted(confirming) == ["not_now"] * (len(confirming) - 1) + ["won"], (places, told)
            confirmed, withdrawn = _answer(_run(env, "count", given, "-")).split()
            assert confirmed == "1" and int(withdrawn) in (1, 2), (places, told)
