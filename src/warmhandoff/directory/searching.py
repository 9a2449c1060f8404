"""Looking listings up by words, in the database's own index. The one module where the two databases differ in this.

SQLite: an FTS5 table over two columns of the listing, kept by triggers. PostgreSQL: a generated tsvector column with a
GIN index. Both are filled from `words.words_of` within the transaction that changes a listing, so they cannot lag.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from warmhandoff.directory.words import MOST_WORDS, tokens

RANKED = 2000
"""Of more hits than this the best are not worth working out: they are shown by name."""
_SQLITE_TABLE = (
    "create virtual table if not exists directory_words using fts5(name_words, more_words, "
    "content='directory_listing', content_rowid='id', tokenize='unicode61', prefix='2 3')"
)
_PUT = "insert into directory_words(rowid, name_words, more_words) values (new.id, new.name_words, new.more_words)"
_TAKE = (
    "insert into directory_words(directory_words, rowid, name_words, more_words) "
    "values ('delete', old.id, old.name_words, old.more_words)"
)
_SQLITE_TRIGGERS = {
    "directory_words_insert": f"after insert on directory_listing begin {_PUT}; end",
    "directory_words_delete": f"after delete on directory_listing begin {_TAKE}; end",
    "directory_words_update": "after update of name_words, more_words on directory_listing when old.name_words <> "
    f"new.name_words or old.more_words <> new.more_words begin {_TAKE}; {_PUT}; end",
}
_POSTGRESQL = (
    "alter table directory_listing add column if not exists words_vector tsvector generated always as ("
    "setweight(to_tsvector('simple', name_words), 'A') || setweight(to_tsvector('simple', more_words), 'C')) stored",
    "create index if not exists directory_words on directory_listing using gin (words_vector)",
)
# One text of all numbers: many times faster than a row for each, and there may be hundreds of thousands.
_EVERY = {
    "sqlite": "select group_concat(rowid) from directory_words where directory_words match %s",
    "postgresql": "select string_agg(id::text, ',') from directory_listing "
    "where words_vector @@ to_tsquery('simple', %s)",
}
_BEST_FIRST = {
    "sqlite": "select rowid from directory_words where directory_words match %s "
    "order by bm25(directory_words, 10.0, 1.0), rowid",
    "postgresql": "select id from directory_listing, to_tsquery('simple', %s) asked where words_vector @@ asked "
    "order by ts_rank(words_vector, asked) desc, id",
}


@dataclass(frozen=True)
class Hits:
    """The listings that hold every word: the best first where `ranked`, else in no order."""

    ids: NDArray[np.int64]
    ranked: bool


def words(text: str) -> Hits:
    """Listings, of any practice, with a word that begins like each of the first eight words of `text`.

    Capitals and accents do not matter, and no sign has a meaning. A text without any word finds nothing.
    """
    wanted = first_words(text)
    if not wanted:
        return Hits(np.zeros(0, dtype=np.int64), ranked=True)
    ids = _all(wanted)
    if len(ids) > RANKED:
        return Hits(ids, ranked=False)
    return Hits(_ranked(wanted), ranked=True)


def first_words(text: str) -> list[str]:
    """The words of a search that count, as they are compared."""
    return tokens(text)[:MOST_WORDS]


def _asked(wanted: list[str]) -> str:
    """The query in the database's own language; each word is quoted, so that none of its letters can mean more."""
    if connection.vendor == "postgresql":
        return " & ".join(f"'{word}':*" for word in wanted)
    return " AND ".join(f'"{word}"*' for word in wanted)


def _all(wanted: list[str]) -> NDArray[np.int64]:
    with connection.cursor() as cursor:
        cursor.execute(_EVERY[connection.vendor], [_asked(wanted)])
        (found,) = cursor.fetchone()
    return np.fromstring(found, dtype=np.int64, sep=",") if found else np.zeros(0, dtype=np.int64)


def _ranked(wanted: list[str]) -> NDArray[np.int64]:
    with connection.cursor() as cursor:
        cursor.execute(_BEST_FIRST[connection.vendor], [_asked(wanted)])
        return np.array([key for (key,) in cursor.fetchall()], dtype=np.int64)


def raise_index() -> None:
    """Make the index where it is not there, and put up its triggers, which SQLite loses when it rebuilds the table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for sql in _POSTGRESQL:
                cursor.execute(sql, None)
            return
        cursor.execute(_SQLITE_TABLE, None)
        for name, trigger in _SQLITE_TRIGGERS.items():
            cursor.execute(f"create trigger if not exists {name} {trigger}", None)


def drop_index() -> None:
    """The reverse of `raise_index`."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("alter table directory_listing drop column if exists words_vector", None)
            return
        for name in _SQLITE_TRIGGERS:
            cursor.execute(f"drop trigger if exists {name}", None)
        cursor.execute("drop table if exists directory_words", None)


def index_again() -> None:
    """Fill SQLite's index anew from the columns; PostgreSQL's fills itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("insert into directory_words(directory_words) values ('rebuild')", None)
