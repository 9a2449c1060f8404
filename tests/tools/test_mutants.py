"""Every guard and filter of the permissions is held up by a test (R-04): a sample here, all of them at night."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hunted(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.mutants", *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.nightly
def test_a_sample_of_the_permission_mutants_is_killed() -> None:
    assert "permission mutants:" in hunted("--every", "23")


@pytest.mark.nightly
def test_every_permission_mutant_is_killed() -> None:
    print(hunted().strip().splitlines()[-1])
