"""Permissions (R-04) and steps of matching are held up by tests: a sample of the mutants here, all of them at night."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hunted(*arguments: str, by: str = "tests.tools.mutants") -> str:
    done = subprocess.run(
        [sys.executable, "-m", by, *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


# What these two files alone must notice: the table itself, and the walls between practices.
SAMPLE = ("--tests", "tests/rules/test_access.py,tests/apps/test_other_practices.py", "--only",
          "the table,leaving.end_memberships,leaving.end_sessions,clients.teams.clients_of,clients.releasing.gate,"
          "directory.uploads,directory.listing.member_of,referrals.handing_over.leavers,inbox.inbox_today")  # fmt: skip


@pytest.mark.slow
def test_a_sample_of_the_permission_mutants_is_killed() -> None:
    told = hunted(*SAMPLE).strip().splitlines()[-1]
    killed, every = re.findall(r"\d+", told)
    assert killed == every and int(every) >= 20, told


@pytest.mark.slow
def test_a_mutant_that_nobody_notices_is_named() -> None:
    """The control: without the tests that hold it up, a guard can be taken away, and the hunt says so."""
    with pytest.raises(AssertionError, match="survived: warmhandoff.directory.uploads.open_upload"):
        hunted("--tests", "tests/rules/test_access.py", "--only", "directory.uploads.open_upload")


@pytest.mark.nightly
def test_every_permission_mutant_is_killed(say: Callable[[str], None]) -> None:
    """By the fast tests of the actions alone: no page is needed to hold a wall up."""
    say(hunted().strip().splitlines()[-1])


@pytest.mark.nightly
def test_every_mutant_of_the_engine_is_killed_or_explained(say: Callable[[str], None]) -> None:
    say(hunted(by="tests.tools.engine_mutants").strip().splitlines()[-1])


@pytest.mark.slow
def test_a_changed_engine_that_nobody_notices_is_named() -> None:
    """The control: a test that knows nothing of wishes holds none of them up."""
    with pytest.raises(AssertionError, match="not explained: wishes: "):
        hunted("--tests", "tests/matching/test_distance.py", "--only", "wishes", by="tests.tools.engine_mutants")
