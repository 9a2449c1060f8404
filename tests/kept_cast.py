"""The cast of a test without making it each time: on SQLite the rows it wrote are kept, and put back as they were.

Making it takes the product's own actions some 50 ms, putting its rows back 3 ms, and over a thousand tests begin with
it. On PostgreSQL, whose sequences do not go back with a transaction, it is made each time.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from tests.cast import Cast, make_cast


@dataclass(frozen=True)
class _Kept:
    """rows: table -> its insert, and what goes into it. cast: pickled, so that no test changes another's."""

    rows: dict[str, tuple[str, list[tuple[Any, ...]]]]
    cast: bytes


_kept: dict[Path, _Kept] = {}  # by the file of keys that its values are sealed with


def _tables() -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Name -> columns and rows of every table of the product's own that has rows."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f"select * from {name}")
            if rows := cursor.fetchall():
                found[name] = ([column[0] for column in cursor.description], rows)
    return found


def _made() -> Cast:
    if connection.vendor != "sqlite":
        return make_cast()
    before = _tables()
    cast = make_cast()
    new = {name: table for name, table in _tables().items() if table != before.get(name)}
    if not before.keys() & new.keys():  # otherwise a test put something there first: the next one's is kept
        rows = {}
        for name, (columns, lines) in new.items():
            places = ", ".join("?" * len(columns))
            rows[name] = (f"insert into {name} ({', '.join(columns)}) values ({places})", lines)
        _kept[settings.ENCRYPTION_KEY_FILE] = _Kept(rows, pickle.dumps(cast))
    return cast


def cast_of_test() -> Cast:
    """The same as `make_cast`, for a test that has a database."""
    kept = _kept.get(settings.ENCRYPTION_KEY_FILE)
    if kept is None:
        return _made()
    with transaction.atomic():
        assert connection.connection is not None
        for insert, lines in kept.rows.values():
            connection.connection.executemany(insert, lines)
    cast: Cast = pickle.loads(kept.cast)  # noqa: S301 - our own bytes
    return cast
