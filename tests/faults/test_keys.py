"""Keys renewed under a real server with people on it, and re-sealing killed in the middle: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT, database
from tests.faults.servers import Server
from warmhandoff.demo.walk import STEPS, NotClosed, Walk

KILLS = int(os.environ.get("WARMHANDOFF_TEST_KILLS", "10"))
SEED = int(os.environ.get("WARMHANDOFF_TEST_SEED", "20261123"))


def command(*arguments: str) -> list[str]:
    return [PYTHON, "-m", "tests.faults.resealing", *arguments]


def answer(env: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run(command(*arguments), env=env, cwd=ROOT, capture_output=True, text=True, timeout=180,
                          check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_while_sealing_anew_it_ends_in_the_same_state(
    kind: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    chance = random.Random(SEED)
    with database(kind, tmp_path) as env:
        before = answer(env, "fill", "150")
        reached: list[dict[str, int]] = []
        for _ in range(KILLS):
            with subprocess.Popen(command("work"), env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
                assert worker.stdout is not None
                reached.append(json.loads(worker.stdout.readline()))
                assert worker.stdout.readline().strip() == "ready"
                threading.Event().wait(chance.uniform(0.0, 0.06))
                worker.kill()
        after = answer(env, "finish")
    total = sum(before["versions"].values())
    halfway = [versions for versions in reached if 0 < versions.get("2", 0) < total]
    say(f"{KILLS} kills, {len(halfway)} of them with values under both versions, {total} values")
    assert after["plain"] == before["plain"]
    assert all(sum(versions.values()) == total for versions in reached)
    assert len(halfway) >= 3, "or the kills came too late to show anything"
    assert after["versions"] == {"2": total} and after["held"] == [2]


class Traffic(threading.Thread):
    """Walks through the whole loop over HTTP, one after another, until told to stop; what went wrong is kept."""

    def __init__(self, server: Server, mail: Path) -> None:
        super().__init__(daemon=True)
        self.server, self.mail, self.stop = server, mail, threading.Event()
        self.walks = self.steps = 0
        self.errors: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            walk = Walk(self.server.base, self.mail, "clinician@lakeside-counseling.example", PASSWORD,
                        SECRETS["clinician"], say=lambda text: None)
            for _, step, name in STEPS:
                try:
                    step(walk)
                except (OSError, RuntimeError, LookupError, NotClosed) as error:
                    self.errors.append(f"{name}: {error!r}")
                    return
                self.steps += 1
            self.walks += 1


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.nightly), "postgresql"])
def test_keys_are_renewed_while_people_work(kind: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    with database(kind, tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
        key_file = tmp_path / "data-keys" / "encryption.key"
        shutil.copy(key_file, tmp_path / "old.key")
        server = Server(env, tmp_path / "server.log")
        server.start()
        traffic = Traffic(server, tmp_path / "mail")
        try:
            traffic.start()
            while not traffic.steps and traffic.is_alive():
                threading.Event().wait(0.05)
            begun = traffic.steps
            left = answer(env, "keys", "8")  # longer than a process goes on with what it knows
            during = traffic.steps - begun
            traffic.stop.set()
            traffic.join(120)
        finally:
            server.kill()
        state = answer(env, "state")
        shutil.copy(tmp_path / "old.key", key_file)
        shut = subprocess.run(command("state"), env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    log = server.log.read_text()
    say(f"{traffic.walks} walks, {during} steps while the keys changed, {sum(state['versions'].values())} values")
    assert traffic.errors == [] and not traffic.is_alive()
    assert during >= 5 and traffic.walks >= 1
    assert set(left.values()) == {0}
    assert "ERROR" not in log and "failed" not in log, log[-3000:]
    assert list(state["versions"]) == ["2"] and state["held"] == [2]
    assert shut.returncode != 0 and "lacks 'k2'" in shut.stderr
