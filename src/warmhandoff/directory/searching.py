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
_TABLE, _INDEX = "directory_listing", "directory_words"

_SQLITE_TRIGGERS = {
    f"{_INDEX}_insert": f"after insert on {_TABLE} begin insert into {_INDEX}(rowid, name_words, more_words) "
    "values (new.id, new.name_words, new.more_words); end",
    f"{_INDEX}_delete": f"after delete on {_TABLE} begin insert into {_INDEX}({_INDEX}, rowid, name_words, more_words) "
    "values ('delete', old.id, old.name_words, old.more_words); end",
    f"{_INDEX}_update": f"after update of name_words, more_words on {_TABLE} when old.name_words <> new.name_words "
    f"or old.more_words <> new.more_words begin insert into {_INDEX}({_INDEX}, rowid, name_words, more_words) "
    f"values ('delete', old.id, old.name_words, old.more_words); insert into {_INDEX}(rowid, name_words, more_words) "
    "values (new.id, new.name_words, new.more_words); end",
}
_POSTGRESQL = (
    f"alter table {_TABLE} add column if not exists words_vector tsvector generated always as ("
    "setweight(to_tsvector('simple', name_words), 'A') || setweight(to_tsvector('simple', more_words), 'C')) stored",
    f"create index if not exists {_INDEX} on {_TABLE} using gin (words_vector)",
)


@dataclass(frozen=True)
class Hits:
    """The listings that hold every word: the best first where `ranked`, else in no order."""

    ids: NDArray[np.int64]
    ranked: bool


def words(text: str) -> Hits:
    """Listings, of any practice, with a word that begins like each of the first eight words of `text`.

    Capitals and accents do not matter, and no sign has a meaning. A text without any word finds nothing.
    """
    wanted = tokens(text)[:MOST_WORDS]
    if not wanted:
        return Hits(np.zeros(0, dtype=np.int64), ranked=True)
    ids = _all(wanted)
    if len(ids) > RANKED:
        return Hits(ids, ranked=False)
    return Hits(_ranked(wanted), ranked=True)


def _asked(wanted: list[str]) -> str:
    """The query in the database's own language; each word is quoted, so that none of its letters can mean more."""
    if connection.vendor == "postgresql":
        return " & ".join(f"'{word}':*" for word in wanted)
    return " AND ".join(f'"{word}"*' for word in wanted)


def _all(wanted: list[str]) -> NDArray[np.int64]:
    # One text of all numbers: many times faster than a row for each, and there may be hundreds of thousands.
    sql = f"select group_concat(rowid) from {_INDEX} where {_INDEX} match %s"
    if connection.vendor == "postgresql":
        sql = f"select string_agg(id::text, ',') from {_TABLE} where words_vector @@ to_tsquery('simple', %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [_asked(wanted)])
        (found,) = cursor.fetchone()
    return np.fromstring(found, dtype=np.int64, sep=",") if found else np.zeros(0, dtype=np.int64)


def _ranked(wanted: list[str]) -> NDArray[np.int64]:
    sql = f"select rowid from {_INDEX} where {_INDEX} match %s order by bm25({_INDEX}, 10.0, 1.0), rowid"
    if connection.vendor == "postgresql":
        sql = (
            f"select id from {_TABLE}, to_tsquery('simple', %s) asked where words_vector @@ asked "
            "order by ts_rank(words_vector, asked) desc, id"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql, [_asked(wanted)])
        return np.array([key for (key,) in cursor.fetchall()], dtype=np.int64)


def raise_index() -> None:
    """Make the index where it is not there, and put up its triggers, which SQLite loses when it rebuilds the table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for sql in _POSTGRESQL:
                cursor.execute(sql, None)
            return
        cursor.execute(
            f"create virtual table if not exists {_INDEX} using fts5(name_words, more_words, content='{_TABLE}', "
            "content_rowid='id', tokenize='unicode61', prefix='2 3')", None,
        )  # fmt: skip
        for name, trigger in _SQLITE_TRIGGERS.items():
            cursor.execute(f"create trigger if not exists {name} {trigger}", None)


def drop_index() -> None:
    """The reverse of `raise_index`."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"alter table {_TABLE} drop column if exists words_vector", None)
            return
        for name in _SQLITE_TRIGGERS:
            cursor.execute(f"drop trigger if exists {name}", None)
        cursor.execute(f"drop table if exists {_INDEX}", None)


def index_again() -> None:
    """Fill SQLite's index anew from the columns; PostgreSQL's fills itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"insert into {_INDEX}({_INDEX}) values ('rebuild')", None)
