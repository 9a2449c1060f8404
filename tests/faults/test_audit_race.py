"""Processes and threads writing into one chain at once: it never forks, and nobody's entry is lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.places import PYTHON, ROOT, database

PROCESSES, EACH = 3, 20


def _run(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [PYTHON, "-m", "tests.faults.writing_audit", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_writers_at_once_make_one_unforked_chain(kind: str, tmp_path: Path) -> None:
    practice, go = uuid4(), tmp_path / "go"
    with database(kind, tmp_path) as env:
        _answer(_run(env, "prepare"))
        writers = [_run(env, str(practice), str(EACH), str(go)) for _ in range(PROCESSES)]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == "ready", writer.communicate()
        go.touch()
        beside = json.loads(_answer(_run(env, "verify")))  # while they write: nothing may look broken
        assert all(chain["broken"] is None for chain in beside["chains"]), beside
        assert [json.loads(_answer(writer)) for writer in writers] == [[]] * PROCESSES
        report: dict[str, Any] = json.loads(_answer(_run(env, "verify")))
    assert report["faults"] == [] and all(chain["broken"] is None for chain in report["chains"])
    entries = {chain["chain"]: chain["entries"] for chain in report["chains"]}
    assert entries == {practice.hex: PROCESSES * 2 * EACH, "server": PROCESSES * 2 * EACH // 5}
