"""The fences around what is only ever appended: the database itself refuses to change or delete these rows.

One change passes: a sealed value of an event may be sealed anew under a newer version of its practice's data key, and
nothing else of the row may change with it. That the words in it stay the same is the key's matter, which the database
does not hold. An owner of the database can take the fences down; then the chain still tells. They are put up after
every migration, since SQLite loses a table's triggers when one rebuilds it.
"""

from __future__ import annotations

from django.db import connection

SEALED = {"core_event": ("actor_name", "facts")}  # columns that a renewed data key seals anew
TABLES = ("core_auditentry", "core_auditedclient", "core_event")
_FUNCTION = """
create or replace function core_append_only() returns trigger language plpgsql as $$
begin raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end $$
"""
_HEAD = 5  # bytes of a sealed value that name its form and the version of the key: they sort as versions do


def _fences() -> dict[str, str]:
    """Name and making of every trigger on this kind of database."""
    return _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()


def _on_postgresql() -> dict[str, str]:
    fences = {}
    for table in TABLES:
        always = "delete or truncate" if table in SEALED else "update or delete or truncate"
        fences[f"{table}_append_only"] = (
            f"create or replace trigger {table}_append_only before {always} on {table} for each statement "
            "execute function core_append_only()"
        )
        if table in SEALED:
            fences[f"{table}_sealed_anew"] = (
                f"create or replace trigger {table}_sealed_anew before update on {table} for each row "
                f"when ({_changes_more(table, 'is distinct from')}) execute function core_append_only()"
            )
    return fences


def _on_sqlite() -> dict[str, str]:
    fences = {}
    for table in TABLES:
        for change in ("update", "delete"):
            only = f"when {_changes_more(table, 'is not')} " if change == "update" and table in SEALED else ""
            fences[f"{table}_no_{change}"] = (
                f"create trigger {table}_no_{change} before {change} on {table} {only}"
                f"begin select raise(abort, 'append-only: {change} of {table} is refused'); end"
            )
    return fences


def _changes_more(table: str, differs: str) -> str:
    """SQL: whether an update of this row does anything but seal a value anew under a newer key."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    wrong = [f"new.{name} {differs} old.{name}" for name in columns if name not in SEALED[table]]
    for name in SEALED[table]:
        # Where there was no value, or is none any more, the comparison is null: neither passes.
        newer = f"substr(new.{name}, 1, {_HEAD}) > substr(old.{name}, 1, {_HEAD})"
        wrong.append(f"(new.{name} {differs} old.{name} and coalesce({newer}, false) = false)")
    return "(" + " or ".join(wrong) + ")"


def raise_walls() -> None:
    """Put every trigger up, in the place of one of the same name that an earlier version made."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
        for name, sql in _fences().items():
            if connection.vendor == "sqlite":
                cursor.execute(f"drop trigger if exists {name}", None)
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
