"""The fences around what is only ever appended: the database itself refuses to change or delete these rows.

An owner of the database can take them down; then the chain still tells. They are put up after every migration, since
SQLite loses a table's triggers when one rebuilds it.
"""

from __future__ import annotations

from django.db import connection

TABLES = ("core_auditentry", "core_auditedclient", "core_event")
_FUNCTION = """
create or replace function core_append_only() returns trigger language plpgsql as $$
begin raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end $$
"""


def _fences() -> dict[str, str]:
    """Name and making of every trigger on this kind of database."""
    if connection.vendor == "postgresql":
        return {
            f"{table}_append_only": f"create or replace trigger {table}_append_only before update or delete or "
            f"truncate on {table} for each statement execute function core_append_only()"
            for table in TABLES
        }
    return {
        f"{table}_no_{change}": f"create trigger if not exists {table}_no_{change} before {change} on {table} "
        f"begin select raise(abort, 'append-only: {change} of {table} is refused'); end"
        for table in TABLES
        for change in ("update", "delete")
    }


def raise_walls() -> None:
    """Put every trigger up; those that stand stay as they are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
        for sql in _fences().values():
            cursor.execute(sql, None)


def missing_walls() -> list[str]:
    """Names of the triggers that ought to stand and do not (or are switched off)."""
    sql = "select name from sqlite_master where type = 'trigger'"
    if connection.vendor == "postgresql":
        sql = "select tgname from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        standing = {name for (name,) in cursor.fetchall()}
    return sorted(set(_fences()) - standing)
