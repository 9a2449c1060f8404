"""Fresh places for real processes: an embedded database in a folder, or a PostgreSQL of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.environment import SOURCE
from tests.postgres import running_postgres

ROOT = SOURCE.parent
PYTHON = sys.executable


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a process needs to work in `data`, and nothing of the operator's or the test run's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WARMHANDOFF_", "DJANGO_"))}
    paths = {"PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}", "WARMHANDOFF_DATA": str(data), "PYTHONWARNINGS": "ignore"}
    return {**kept, **paths, "DJANGO_SETTINGS_MODULE": "warmhandoff.settings", **more}


@contextmanager
def database(kind: str, tmp_path: Path, **more: str) -> Iterator[dict[str, str]]:
    """The environment of processes on a fresh database of this kind, "sqlite" or "postgresql", that is up to date."""
    env = environment(tmp_path / "data", WARMHANDOFF_SMTP_URL=f"file://{tmp_path}/mail", **more)
    grown = _grown(kind)
    for name in ("data", "data-keys"):
        shutil.copytree(grown / name, tmp_path / name, dirs_exist_ok=True)
    if kind == "sqlite":
        yield env
        return
    with running_postgres(grown=grown / "server") as url:
        yield {**env, "WARMHANDOFF_DATABASE_URL": url}


@cache
def _grown(kind: str) -> Path:
    """Data, keys and server's files of a database just brought up to date: made once, since it takes many seconds."""
    place = Path(tempfile.mkdtemp(prefix="warmhandoff-grown-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    command, env = [PYTHON, "-m", "warmhandoff", "manage", "migrate", "-v0"], environment(place / "data")
    if kind == "sqlite":
        subprocess.run(command, env=env, cwd=ROOT, check=True)
        return place
    with running_postgres(keep=place / "server") as url:
        subprocess.run(command, env={**env, "WARMHANDOFF_DATABASE_URL": url}, cwd=ROOT, check=True)
    return place
