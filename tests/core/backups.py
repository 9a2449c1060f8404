"""A practice in a database file of its own, backed up and put back by the functions themselves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.db import connection

from tests.cast import NOW
from warmhandoff.core import backing_up, db, restoring, rows
from warmhandoff.core.sealing import forget_keys


@contextmanager
def embedded(path: Path) -> Iterator[None]:
    forget_keys()
    with db.embedded_at(path):
        yield
    forget_keys()


@cache
def _migrated() -> Path:
    """A new database with its tables, made once a process: others are copies of it. Tests side by side share a home."""
    path = Path(os.environ["WARMHANDOFF_TEST_HOME"]) / f"migrated-{os.getpid()}.sqlite3"
    with db.embedded_at(path):
        db.bring_up_to_date()
    return path


@contextmanager
def in_a_file(folder: Path) -> Iterator[None]:
    """SQLite: a file of its own, as in earnest (the tests' database lies in memory, without a write-ahead log)."""
    if connection.vendor != "sqlite":
        yield
        return
    shutil.copy(_migrated(), folder / "here.sqlite3")
    with embedded(folder / "here.sqlite3"):
        yield


def hashes() -> dict[str, str]:
    """One hash over each table's rows, but for what restoring itself adds."""
    found = {model._meta.db_table: rows.digest(rows.read(model, "default")) for model in rows.tables()}
    return {table: one for table, one in found.items() if table not in ("core_epoch", "core_job")}


def backed_up(folder: Path, name: str = "a.whbackup") -> Path:
    path = folder / name
    backing_up.back_up(path, now=NOW)
    return path


def filled(path: Path) -> None:
    """Put a backup into the current (new) database, without a new epoch."""
    header, counts = backing_up.read_through(path)
    restoring.fill(path, header, counts)
    db.bring_up_to_date()
