"""Runs of the machine: so many steps in parts that know nothing of each other, and what each has to come to.

WARMHANDOFF_TEST_STEPS: how many steps in all (2,000 in CI; ./run nightly asks for 200,000).
WARMHANDOFF_TEST_SEED: where the lives begin; left out, the sample is always the same and a full run always another.
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.leaving import holding, machine
from tests.leaving.sinks import FULL, light_pdf
from warmhandoff.referrals import freezing, on_a_basis

STEPS = int(os.environ.get("WARMHANDOFF_TEST_STEPS", "2000"))
PARTS = 8 if STEPS >= FULL else 2  # half of them in each of two files, so that two workers share them
SEED = int(os.environ.get("WARMHANDOFF_TEST_SEED") or (random.SystemRandom().randrange(10**6) if STEPS >= FULL else 1))
A_LIFE = 50


def make_world(cast: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> holding.World:
    settings.SMTP_URL = f"file:{folder}/mail"
    (folder / "mail").mkdir()
    for module in (freezing, on_a_basis):
        monkeypatch.setattr(module, "packet_pdf", light_pdf)
    # One member to do everything: what staff may do is another test's.
    return holding.make_world(cast, folder / "mail")


def run(world: holding.World, steps: int, number: int) -> str:
    """Live that many steps, and say what came of them."""
    lives = type("Leaving", (machine.Leaving,), {"world": world})
    started = time.process_time()
    gc.collect()
    gc.freeze()  # what is there already need not be looked through again and again
    gc.disable()  # each life clears up behind itself
    try:
        run_state_machine_as_test(seed(number)(lives), settings=settings(
            max_examples=max(steps // A_LIFE, 1), stateful_step_count=A_LIFE, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # shrinking a life takes minutes: the seed brings it back
        ))  # fmt: skip
    finally:
        gc.enable()
        gc.unfreeze()
    return world.tally.words(time.process_time() - started)


def hold(world: holding.World, part: int, say: Callable[[str], None]) -> None:
    """One part, which has to come to its share of everything."""
    steps = STEPS // PARTS
    said = run(world, steps, SEED + part)
    say(f"part {part}, from seed {SEED + part}\n{said}")
    assert not (lacking := world.tally.lacking(steps)), f"it proves too little: {lacking}\n{said}"
