"""Taking the append-only triggers down, as an owner of the database could: the product has no way to do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from warmhandoff.core import walls

_flush = BaseDatabaseOperations.execute_sql_flush


def lift() -> None:
    with connection.cursor() as cursor:
        for name, sql in walls._fences().items():
            table = next(table for table in (*walls.TABLES, *walls.LOCKED) if f"on {table} " in sql)
            on = f" on {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"drop trigger if exists {name}{on}")


@contextmanager
def down() -> Iterator[None]:
    lift()
    try:
        yield
    finally:
        walls.raise_walls()


def flush_behind_the_walls() -> None:
    """From now on a test that commits can be cleaned up after: only the tests' own flush passes."""

    def flush(self: Any, sql_list: Sequence[str]) -> None:
        with down():
            _flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign,assignment]
