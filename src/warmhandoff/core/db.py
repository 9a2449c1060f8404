"""Where the two databases differ, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from warmhandoff.core.walls import raise_walls
from warmhandoff.rules.refusals import Unavailable

_after: list[Callable[[], None]] = []
_ONE_MIGRATION_AT_A_TIME = 7_412_001  # an advisory lock's number, ours alone


def _check_journal() -> None:
    """SQLite's write-ahead log needs a local disk: on a network drive it is refused, and so is the start."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise Unavailable(
            f"SQLite cannot keep its write-ahead log here (journal mode {mode}): the data folder must lie on a local "
            "disk. Choose another with --data, or use PostgreSQL (WARMHANDOFF_DATABASE_URL)."
        )


def after_migrating(put_up: Callable[[], None]) -> None:
    """Register what must stand after every migration, such as triggers: SQLite loses a table's when it rebuilds it."""
    if put_up not in _after:
        _after.append(put_up)


def bring_up_to_date() -> bool:
    """Apply the migrations that are missing. True if there were any; Unavailable when the database is out of reach."""
    try:
        _check_journal()
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_MIGRATION_AT_A_TIME])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            raise_walls()
            for put_up in _after:
                put_up()
        finally:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_MIGRATION_AT_A_TIME])
    except DatabaseError as error:
        raise Unavailable(f"The database cannot be used: {error}") from error
    return True


SNAPSHOT = "snapshot"


@contextmanager
def snapshot() -> Iterator[str]:
    """The database as it is at one instant, read-only, while others go on writing; the alias to read it under.

    SQLite: a deferred transaction of its own, which the write-ahead log gives a fixed view without any lock on
    writers. PostgreSQL: REPEATABLE READ, read only.
    """
    wrapper = connection.copy(SNAPSHOT)
    options = wrapper.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        options["transaction_mode"] = "DEFERRED"
    else:
        from django.db.backends.postgresql.psycopg_any import IsolationLevel

        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    connections[SNAPSHOT] = wrapper
    try:
        with transaction.atomic(using=SNAPSHOT):
            if connection.vendor == "postgresql":
                with wrapper.cursor() as cursor:
                    cursor.execute("SET TRANSACTION READ ONLY")
            yield SNAPSHOT
    finally:
        wrapper.close()
        del connections[SNAPSHOT]


@contextmanager
def embedded_at(path: Path) -> Iterator[None]:
    """Work on the SQLite database in this file, as if it were the configured one, in this thread."""
    from warmhandoff.settings import embedded_database

    configured = connections["default"]
    full = connections.configure_settings({"default": embedded_database(path)})["default"]
    wrapper: BaseDatabaseWrapper = type_of_sqlite()(full, "default")
    connections["default"] = wrapper
    try:
        yield
    finally:
        wrapper.close()
        connections["default"] = configured


def type_of_sqlite() -> type[BaseDatabaseWrapper]:
    from django.db.backends.sqlite3.base import DatabaseWrapper

    return DatabaseWrapper


def schema() -> list[list[str]]:
    """The migrations this program ends with: app and name of each leaf, sorted. It names the form of every table."""
    executor = MigrationExecutor(connection)
    return sorted([app, name] for app, name in executor.loader.graph.leaf_nodes())
