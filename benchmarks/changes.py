"""One listing changed: in a shared index, as a practice's overlay does, and by the databases' own commits."""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.measuring import timed
from benchmarks.sql import Postgresql
from warmhandoff.matching import Directory

TRIES = 300


def some_ids(directory: Directory) -> list[int]:
    ids: list[int] = directory.parts[0].segment.rows["id"].tolist()
    return np.random.default_rng(1).choice(ids, min(TRIES, len(ids)), replace=False).tolist()  # type: ignore[no-any-return]


def in_the_index(directory: Directory, ids: Sequence[int]) -> float:
    """Median microseconds until a listing counts no more for the next query."""
    part = directory.parts[0]
    return statistics.median(timed(lambda one=one: part.without(part.rows_of([one])))[0] for one in ids)


def by_sqlite(folder: Path, every: Sequence[int], ids: Sequence[int]) -> dict[str, float]:
    """Median microseconds of one flag of one row of a table of all listings, committed: in WAL without a flush, and
    flushed to the disk, as this product commits what it acknowledges (settings.DATABASES)."""
    with closing(sqlite3.connect(folder / "toggle.sqlite3", isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2000000")
        database.execute("CREATE TABLE flag (id INTEGER PRIMARY KEY, open INTEGER, more TEXT)")
        database.execute("BEGIN")
        database.executemany("INSERT INTO flag VALUES (?, 1, ?)", ((one, "facts of a listing " * 20) for one in every))
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        change, found = "UPDATE flag SET open = 1 - open WHERE id = ?", {}
        for name, synchronous in (("SQLite", "NORMAL"), ("SQLite, flushed", "FULL")):
            database.execute(f"PRAGMA synchronous={synchronous}")
            times = [timed(lambda one=one: database.execute(change, (one,)))[0] for one in ids]
            found[name] = statistics.median(times)
        return found


def by_postgresql(contender: Postgresql, every: Sequence[int], ids: Sequence[int]) -> float:
    """The same on a durable table, its commits flushed to the disk."""
    database = contender.database
    database.execute("CREATE TABLE flag (id bigint PRIMARY KEY, open int, more text)")
    with database.cursor() as cursor, cursor.copy("COPY flag FROM STDIN") as copy:
        for first in range(0, len(every), 50_000):
            copy.write("".join(f"{one}\t1\t{'facts of a listing ' * 20}\n" for one in every[first : first + 50_000]))
    database.execute("CHECKPOINT")
    change = "UPDATE flag SET open = 1 - open WHERE id = %s"
    return statistics.median(timed(lambda one=one: database.execute(change, (one,)))[0] for one in ids)
