"""The fences around what is only ever appended: the database itself refuses to change or delete these rows.

Two ways lead through. A sealed value of an event may be sealed anew under a newer version of its practice's data key,
and nothing else of the row may change with it; that the words in it stay the same is the key's matter, which the
database does not hold. And events of a draft that was erased (core/erasing.py) may be deleted once the journal says so.

An owner of the database can take the fences down; then the chain still tells. They are put up after every migration,
since SQLite loses a table's triggers when one rebuilds it.

Apps above lock rows of theirs from a moment on (`lock`): what was signed is neither changed nor deleted.
"""

from __future__ import annotations

from django.db import connection

SEALED = {"core_event": ("actor_name", "facts")}  # columns that a renewed data key seals anew
ERASABLE = "core_event"
TABLES = ("core_auditentry", "core_auditedclient", ERASABLE)
# table -> the column that locks a row once it holds a value, and the columns that a renewed data key seals anew
LOCKED: dict[str, tuple[str, tuple[str, ...]]] = {}
_FUNCTION = """
create or replace function core_append_only() returns trigger language plpgsql as $$
begin raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end $$
"""
_HEAD = 5  # bytes of a sealed value that name its form and the version of the key: they sort as versions do
_SAID = (
    "select 1 from core_journalentry said where said.kind in ('referral_erased', 'client_erased') "
    "and said.practice_id = old.practice_id and said.subject_id in (old.subject_id, old.client_id)"
)
_FUNCTION_OF_EVENTS = f"""
create or replace function core_only_erased() returns trigger language plpgsql as $$
begin if not exists ({_SAID}) then
raise exception 'append-only: % of % is refused', tg_op, tg_table_name; end if; return old; end $$
"""


def lock(table: str, once: str, sealed: tuple[str, ...]) -> None:
    """Register a table whose rows the database locks once the column `once` holds a value."""
    LOCKED[table] = (once, sealed)


def _locked() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Those that are made already: migrations of core come before them."""
    there = set(connection.introspection.table_names())
    return {table: how for table, how in LOCKED.items() if table in there}


def _fences() -> dict[str, str]:
    """Name and making of every trigger on this kind of database."""
    if connection.vendor == "postgresql":
        return {**_on_postgresql(), **_locks_on_postgresql()}
    return {**_on_sqlite(), **_locks_on_sqlite()}


def _locks_on_postgresql() -> dict[str, str]:
    fences = {}
    for table, (once, sealed) in _locked().items():
        whole = f"old.{once} is not null"
        for change, when in (
            ("update", f"{whole} and {_changes_more(table, 'is distinct from', sealed)}"), ("delete", whole)
        ):
            name = f"{table}_locked_{change}"
            fences[name] = (
                f"create or replace trigger {name} before {change} on {table} for each row when ({when}) "
                "execute function core_append_only()"
            )
    return fences


def _locks_on_sqlite() -> dict[str, str]:
    fences = {}
    for table, (once, sealed) in _locked().items():
        whole = f"when old.{once} is not null"
        more = f"{whole} and {_changes_more(table, 'is not', sealed)} "
        for change, only in (("update", more), ("delete", f"{whole} ")):
            name = f"{table}_locked_{change}"
            fences[name] = _refusing(name, change, table, only)
    return fences


def _on_postgresql() -> dict[str, str]:
    fences = {}
    for table in TABLES:
        changes = ["truncate"]
        if table == ERASABLE:
            fences["core_event_only_erased"] = (
                "create or replace trigger core_event_only_erased before delete on core_event "
                "for each row execute function core_only_erased()"
            )
        else:
            changes.append("delete")
        if table in SEALED:
            fences[f"{table}_sealed_anew"] = (
                f"create or replace trigger {table}_sealed_anew before update on {table} for each row "
                f"when ({_changes_more(table, 'is distinct from', SEALED[table])}) execute function core_append_only()"
            )
        else:
            changes.append("update")
        fences[f"{table}_append_only"] = (
            f"create or replace trigger {table}_append_only before {' or '.join(changes)} on {table} "
            "for each statement execute function core_append_only()"
        )
    return fences


def _on_sqlite() -> dict[str, str]:
    fences = {}
    for table in TABLES:
        only = f"when {_changes_more(table, 'is not', SEALED[table])} " if table in SEALED else ""
        fences[f"{table}_no_update"] = _refusing(f"{table}_no_update", "update", table, only)
        name, only = f"{table}_no_delete", ""
        if table == ERASABLE:
            name, only = "core_event_only_erased", f"when not exists ({_SAID}) "
        fences[name] = _refusing(name, "delete", table, only)
    return fences


def _refusing(name: str, change: str, table: str, only: str) -> str:
    return (
        f"create trigger {name} before {change} on {table} {only}"
        f"begin select raise(abort, 'append-only: {change} of {table} is refused'); end"
    )


def _changes_more(table: str, differs: str, sealed: tuple[str, ...]) -> str:
    """SQL: whether an update of this row does anything but seal a value anew under a newer key."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    wrong = [f"new.{name} {differs} old.{name}" for name in sorted(columns) if name not in sealed]
    for name in sealed:
        # Where there was no value, or is none any more, the comparison is null: neither passes.
        newer = f"substr(new.{name}, 1, {_HEAD}) > substr(old.{name}, 1, {_HEAD})"
        wrong.append(f"(new.{name} {differs} old.{name} and coalesce({newer}, false) = false)")
    return "(" + " or ".join(wrong) + ")"


def raise_walls() -> None:
    """Put every trigger up, in the place of one of the same name that an earlier version made."""
    with connection.cursor() as cursor:
        fences = _fences()
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
            cursor.execute(_FUNCTION_OF_EVENTS, None)
        for name in fences:
            if connection.vendor == "sqlite":
                cursor.execute(f"drop trigger if exists {name}", None)
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
