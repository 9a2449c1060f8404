"""The fences around what is only ever appended: the database itself refuses to change or delete these rows.

An owner of the database can take them down; then the chain still tells. They are put up after every migration, since
SQLite loses a table's triggers when one rebuilds it.

One way leads through: events of a draft that was erased (core/erasing.py) may be deleted once the journal says so.
"""

from __future__ import annotations

from django.db import connection

TABLES = ("core_auditentry", "core_auditedclient", "core_event")
_FUNCTION = """
create or replace function core_append_only() returns trigger language plpgsql as $$
begin raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end $$
"""
_SAID = (
    "select 1 from core_journalentry said where said.kind in ('referral_erased', 'client_erased') "
    "and said.practice_id = old.practice_id and said.subject_id in (old.subject_id, old.client_id)"
)
_FUNCTION_OF_EVENTS = f"""
create or replace function core_only_erased() returns trigger language plpgsql as $$
begin if not exists ({_SAID}) then
raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end if; return old; end $$
"""
_SUPERSEDED = "core_event_no_delete"  # the stricter trigger of SQLite, from before drafts could be erased


def _journal_is_there() -> bool:
    """The journal's table is younger than the first walls: until it is made, no event may be deleted at all."""
    return "core_journalentry" in connection.introspection.table_names()


def _fences() -> dict[str, str]:
    """Name and making of every trigger on this kind of database."""
    events = _journal_is_there()
    if connection.vendor == "postgresql":
        return _of_postgresql(events)
    fences = {
        f"{table}_no_{change}": f"create trigger if not exists {table}_no_{change} before {change} on {table} "
        f"begin select raise(abort, 'append-only: {change} of {table} is refused'); end"
        for table in TABLES
        for change in ("update", "delete")
    }
    if events:
        del fences[_SUPERSEDED]
        fences["core_event_only_erased"] = (
            "create trigger if not exists core_event_only_erased before delete on core_event "
            f"when not exists ({_SAID}) begin select raise(abort, 'append-only: delete of core_event is refused'); end"
        )
    return fences


def _of_postgresql(events: bool) -> dict[str, str]:
    def refusing(table: str) -> str:
        changes = "update or truncate" if events and table == "core_event" else "update or delete or truncate"
        return (f"create or replace trigger {table}_append_only before {changes} on {table} "
                "for each statement execute function core_append_only()")

    fences = {f"{table}_append_only": refusing(table) for table in TABLES}
    if events:
        fences["core_event_only_erased"] = (
            "create or replace trigger core_event_only_erased before delete on core_event "
            "for each row execute function core_only_erased()"
        )
    return fences


def raise_walls() -> None:
    """Put every trigger up; those that stand stay as they are."""
    with connection.cursor() as cursor:
        fences = _fences()
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
            cursor.execute(_FUNCTION_OF_EVENTS, None)
        elif _SUPERSEDED not in fences:
            cursor.execute(f"drop trigger if exists {_SUPERSEDED}", None)
        for sql in fences.values():
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
