"""A seeded server of its own for the browser tests, and Chromium: missing it is loud, and in CI a failure."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server


@pytest.fixture(scope="session")
def chromium_there() -> None:
    from tests.browser.chromium import CHROMIUM

    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"Chromium is not at {CHROMIUM}: .ci/run installs it")
        pytest.skip(f"no Chromium at {CHROMIUM}: the browser tests did NOT run (apt-get install chromium)")


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, chromium_there: None) -> Iterator[tuple[Server, Path]]:
    """A running server with the cast's practice, and the folder where its mail arrives."""
    folder = tmp_path_factory.mktemp("browser")
    env = environment(folder / "data", WARMHANDOFF_SMTP_URL=f"file://{folder}/mail")
    subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
    server = Server(env, folder / "server.log")
    server.start()
    yield server, folder / "mail"
    server.kill()
