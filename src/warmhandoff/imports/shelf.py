"""Documents put aside while a file is read, so that what refers to them finds them: on disk, whatever their number."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def _key(text: str) -> str:
    """A key, or the name of a table, as SQLite holds it: half characters written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Shelf:
    """Documents by (table, id), and by what they belong to. Gone when closed; nothing of it outlives the process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warmhandoff-import-")
        self._database = sqlite3.connect(Path(self._folder.name) / "shelf.sqlite3", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("BEGIN")
        self._database.execute(
            'CREATE TABLE document ("table" TEXT, id TEXT, line INTEGER, data TEXT, PRIMARY KEY ("table", id)) '
            "WITHOUT ROWID"
        )
        self._database.execute('CREATE TABLE link ("table" TEXT, owner TEXT, line INTEGER, id TEXT)')
        self._database.execute('CREATE INDEX by_owner ON link ("table", owner, line)')

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()
        self._folder.cleanup()

    def put(self, table: str, key: str, document: Any, *, line: int = 0, owners: Iterable[str] = ()) -> bool:
        """Keep a document. False where there is one of this key already: the first stays."""
        row = (table, _key(key), line, json.dumps(document))
        made = self._database.execute("INSERT OR IGNORE INTO document VALUES (?, ?, ?, ?)", row).rowcount
        if made:
            links = [(table, _key(owner), line, _key(key)) for owner in owners if owner]
            self._database.executemany("INSERT INTO link VALUES (?, ?, ?, ?)", links)
        return bool(made)

    def get(self, table: str, key: str) -> Any | None:
        """One document. Of a reference in a file, both halves may be anything."""
        sql = 'SELECT data FROM document WHERE "table" = ? AND id = ?'
        row = self._database.execute(sql, (_key(table), _key(key))).fetchone()
        return json.loads(row[0]) if row else None

    def belonging(self, table: str, owner: str) -> list[Any]:
        """The documents of a table that belong to this owner, in the file's order."""
        sql = (
            'SELECT document.data FROM link JOIN document ON document."table" = link."table" AND document.id = link.id '
            'WHERE link."table" = ? AND link.owner = ? ORDER BY link.line'
        )
        return [json.loads(row[0]) for row in self._database.execute(sql, (table, _key(owner)))]

    def all(self, table: str) -> Iterator[tuple[int, Any]]:
        """(line, document) of every document of a table, in the file's order."""
        sql = 'SELECT line, data FROM document WHERE "table" = ? ORDER BY line, id'
        for line, data in self._database.execute(sql, (table,)):
            yield line, json.loads(data)

    def count(self, table: str) -> int:
        sql = 'SELECT count(*) FROM document WHERE "table" = ?'
        return int(self._database.execute(sql, (table,)).fetchone()[0])
