"""The tables of the tests' own database, made from the models, and how two databases' tables are compared."""

from __future__ import annotations

import re
import sqlite3

from django.core.management import call_command
from django.db import connection

from warmhandoff.core import db
from warmhandoff.core.walls import missing_walls, raise_walls


def finish_tables() -> None:
    """What migrations put up besides tables, where they did not run; and that they count as applied."""
    if missing_walls():
        call_command("migrate", fake=True, verbosity=0)
        raise_walls()
        for put_up in db._after:
            put_up()


def form_of(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Every table, index and trigger and what it is made of, whatever order its parts were written in."""
    found = {}
    for kind, name, sql in database.execute("select type, name, sql from sqlite_master where sql is not null"):
        if kind != "table":
            found[f"{kind} {name}"] = [sql]
            continue
        columns = [str(row[1:]) for row in database.execute(f"pragma table_info('{name}')")]
        keys = [str(row[2:]) for row in database.execute(f"pragma foreign_key_list('{name}')")]
        checks = re.findall(r'CONSTRAINT "[^"]+" CHECK.*?(?=, CONSTRAINT|\)$)', sql)
        found[f"{kind} {name}"] = sorted([*columns, *keys, *checks])
    return found


def form_here() -> dict[str, list[str]]:
    """The same of the tests' own database."""
    connection.ensure_connection()
    assert connection.connection is not None
    return form_of(connection.connection)
