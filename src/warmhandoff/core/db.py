"""Where the two databases differ, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from warmhandoff.core import roles
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
    """Apply the migrations that are missing. True if there were any; Unavailable when the database is out of reach.

    As the owner's role where one is configured; the app's role is then given its rights, each time.
    """
    try:
        _check_journal()
        app = roles.name_of_app() if roles.owner_is_apart() else ""
        with roles.as_owner():
            if not app and not _missing():
                return False
            with _one_at_a_time():
                return _migrate(app)
    except DatabaseError as error:
        raise Unavailable(f"The database cannot be used: {error}{_hint(error)}") from error


def _missing() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_MIGRATION_AT_A_TIME])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_MIGRATION_AT_A_TIME])


def _migrate(app: str) -> bool:
    missing = _missing()
    if missing:
        call_command("migrate", verbosity=0, interactive=False)
        raise_walls()
        for put_up in _after:
            put_up()
    if app:
        with transaction.atomic():
            roles.grant(app)
    return missing


def _hint(error: DatabaseError) -> str:
    if getattr(error.__cause__, "sqlstate", "") != "42501" or settings.OWNER_DATABASE_URL:
        return ""
    return "This role may not do that: name the owner's in WARMHANDOFF_OWNER_DATABASE_URL (docs/guides/postgresql.md)."


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


def others_began_before(age: timedelta) -> bool:
    """PostgreSQL: whether another transaction has been open for longer than this. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return False
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND extract(epoch from clock_timestamp() - xact_start) > %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [age.total_seconds()])
        return bool(cursor.fetchone()[0])


def overwrite_what_is_deleted() -> None:
    """SQLite: from now on this connection writes zeros over what it deletes, instead of leaving it in free pages."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def empty_the_log() -> bool:
    """SQLite: move the write-ahead log into the database and cut it to nothing, with what was deleted in it.

    False where a reader kept that from being done; the next checkpoint does it. Elsewhere nothing is to be done here.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchone()[0]


def type_of_sqlite() -> type[BaseDatabaseWrapper]:
    from django.db.backends.sqlite3.base import DatabaseWrapper

    return DatabaseWrapper


def schema() -> list[list[str]]:
    """The migrations this program ends with: app and name of each leaf, sorted. It names the form of every table."""
    executor = MigrationExecutor(connection)
    return sorted([app, name] for app, name in executor.loader.graph.leaf_nodes())
