"""Two roles on PostgreSQL: an owner that makes and changes tables, and the app's own, which may only use them.

With WARMHANDOFF_OWNER_DATABASE_URL set, whatever changes the form of the database runs as the owner, and afterwards the
app's role is given exactly what it needs: of the audit to read and to add, nothing more. So whoever takes over the app
cannot rewrite the audit, nor take its triggers down. SQLite knows no roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections

from warmhandoff.core import walls
from warmhandoff.rules.refusals import Unavailable

READ_AND_ADD = ("core_auditentry", "core_auditedclient")
# What the app may do to a table beside reading and adding; every other table: change and delete too.
_LESS = {
    **dict.fromkeys(READ_AND_ADD, ()),
    "core_audithead": ("UPDATE",),
    "core_epoch": ("UPDATE", "DELETE"),
    **{table: tuple(f"UPDATE ({column})" for column in columns) for table, columns in walls.SEALED.items()},
}
_ONLY_READ = ("django_migrations",)
_EVERYTHING = ("UPDATE", "DELETE")


def owner_is_apart() -> bool:
    """Whether an owner's role is configured for this PostgreSQL database, and this connection is not its own."""
    return bool(settings.OWNER_DATABASE_URL) and connection.vendor == "postgresql" and not _is_owners()


def _is_owners() -> bool:
    return bool(getattr(connections["default"], "of_the_owner", False))


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as the owner's role in this thread, where one is configured; else, and within itself, as before."""
    from warmhandoff.settings import postgresql_database

    if not owner_is_apart():
        yield
        return
    app = connections["default"]
    full = connections.configure_settings({"default": postgresql_database(settings.OWNER_DATABASE_URL)})["default"]
    owner: Any = type(app)(full, "default")
    owner.of_the_owner = True
    connections["default"] = owner
    try:
        yield
    finally:
        owner.close()
        connections["default"] = app


def name_of_app() -> str:
    """The app's role, asked of the server: a URL need not name it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def rights(table: str) -> tuple[str, ...]:
    """What the app's role may do to a table."""
    if table in _ONLY_READ:
        return ("SELECT",)
    return ("SELECT", "INSERT", *_LESS.get(table, _EVERYTHING))


def grant(app: str) -> None:
    """Give the app's role its rights and take all others. Run as the owner, after every migration; idempotent."""
    quote = connection.ops.quote_name
    role = quote(app)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_user")
        schema, owner = cursor.fetchone()
        if owner == app:
            raise Unavailable("WARMHANDOFF_OWNER_DATABASE_URL names the app's own role: make two (guides/postgresql).")
        schema = quote(schema)
        cursor.execute(f"REVOKE CREATE ON SCHEMA {schema} FROM {role}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"REVOKE ALL ON {quote(table)} FROM {role}, PUBLIC")
            cursor.execute(f"GRANT {', '.join(rights(table))} ON {quote(table)} TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")


@dataclass(frozen=True)
class Role:
    """The role this connection has: its name, how many tables it owns, whether it may do everything."""

    name: str
    owns: int
    superuser: bool
    can_rewrite: list[str]  # audit tables it may change or delete from


def current() -> Role:
    """What the role of this connection could do. PostgreSQL only."""
    sql = (
        "SELECT current_user, (SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() "
        "AND pg_has_role(current_user, tableowner, 'USAGE')), "
        "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        name, owns, superuser = cursor.fetchone()
        there = set(connection.introspection.table_names(cursor))
        rewritable = []
        for table in sorted(there.intersection(READ_AND_ADD)):
            cursor.execute("SELECT has_table_privilege(%s, 'UPDATE,DELETE,TRUNCATE')", [table])
            if cursor.fetchone()[0]:
                rewritable.append(table)
    return Role(str(name), int(owns), bool(superuser), rewritable)


def warning() -> str:
    """Why the app's role can do more than it should, in a sentence; nothing where all is well or on SQLite."""
    if connection.vendor != "postgresql":
        return ""
    try:
        role = current()
    except DatabaseError:
        return ""
    if role.superuser:
        return f"The app's role {role.name} is a superuser or passes row security: it can rewrite the audit."
    if role.owns:
        return f"The app's role {role.name} owns {role.owns} tables: it can take the audit's triggers down."
    if role.can_rewrite:
        return f"The app's role {role.name} may change {', '.join(role.can_rewrite)}."
    return ""
