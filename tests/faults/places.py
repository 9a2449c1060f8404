"""Fresh places for real processes: an embedded database in a folder, or a PostgreSQL of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    """The environment of processes on a fresh database of this kind: "sqlite" or "postgresql"."""
    env = environment(tmp_path / "data", WARMHANDOFF_SMTP_URL=f"file://{tmp_path}/mail", **more)
    if kind == "sqlite":
        yield env
        return
    with running_postgres() as url:
        yield {**env, "WARMHANDOFF_DATABASE_URL": url}
