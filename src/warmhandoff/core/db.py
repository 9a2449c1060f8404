"""Where the two databases differ, and bringing them up to date."""

from __future__ import annotations

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from warmhandoff.core.walls import raise_walls
from warmhandoff.rules.refusals import Unavailable

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
        finally:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_MIGRATION_AT_A_TIME])
    except DatabaseError as error:
        raise Unavailable(f"The database cannot be used: {error}") from error
    return True
