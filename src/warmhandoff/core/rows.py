"""Every row of every table, as JSON and back: the same on SQLite and PostgreSQL, so a backup goes into either.

Sealed values pass through as they lie in the database; nothing is opened on the way.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections, models

# Sessions end with a restore, so they are not kept; nor is the mark that the worker lives.
LEFT_OUT = frozenset({"django_session", "accounts_signedin"})
_BATCH = 200


def tables(registry: Any = apps) -> list[type[models.Model]]:
    """The model of every table that is backed up, by the table's name."""
    found = registry.get_models(include_auto_created=True)
    return sorted(
        (m for m in found if m._meta.managed and not m._meta.proxy and m._meta.db_table not in LEFT_OUT),
        key=lambda model: model._meta.db_table,
    )


def _own(field: Any) -> Any:
    """The field that says what a column holds: for a foreign key, the one it points to."""
    while field.is_relation:
        field = field.target_field
    return field


def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.column]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, list, dict)):
        return value
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    raise TypeError(f"{type(value).__name__} has no form in a backup")


def _back(field: Any) -> Callable[[Any], Any]:
    own = _own(field)
    if isinstance(own, models.BinaryField):
        from warmhandoff.core.fields import Ciphertext

        return lambda text: Ciphertext(base64.b64decode(text))
    if isinstance(own, models.UUIDField):
        return UUID
    if isinstance(own, models.DateTimeField):
        return datetime.fromisoformat
    if isinstance(own, models.DateField):
        return date.fromisoformat
    return lambda value: value


def count(alias: str) -> dict[str, int]:
    """Rows of each table."""
    return {model._meta.db_table: model._base_manager.using(alias).count() for model in tables()}


def columns(model: type[models.Model]) -> list[str]:
    return [field.column for field in _fields(model)]


def read(model: type[models.Model], alias: str) -> Iterator[list[Any]]:
    """The rows of one table in the order of their keys, each as JSON holds it."""
    names = [field.attname for field in _fields(model)]
    rows = model._base_manager.using(alias).order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=_BATCH):
        yield [_plain(value) for value in row]


def digest(rows: Iterable[list[Any]]) -> str:
    """One hash over rows as `read` gives them."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(json.dumps(row, sort_keys=True).encode() + b"\n")
    return whole.hexdigest()


class Loader:
    """Puts the rows of one table back, as they were: no default, no time of saving, no sealing comes between."""

    def __init__(self, model: type[models.Model], names: list[str], alias: str) -> None:
        by_column = {field.column: field for field in _fields(model)}
        self._connection = connections[alias]
        self._fields = [by_column[name] for name in names]
        self._back = [_back(field) for field in self._fields]
        quote = self._connection.ops.quote_name
        places = ", ".join(["%s"] * len(names))
        listed = ", ".join(quote(name) for name in names)
        self._insert = f"INSERT INTO {quote(model._meta.db_table)} ({listed}) VALUES ({places})"  # noqa: S608 # nosec B608 - our models
        self._waiting: list[list[Any]] = []

    def add(self, row: list[Any]) -> None:
        values = zip(self._fields, self._back, row, strict=True)
        self._waiting.append([
            field.get_db_prep_save(None if value is None else back(value), self._connection)
            for field, back, value in values
        ])
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            with self._connection.cursor() as cursor:
                cursor.executemany(self._insert, self._waiting)
            self._waiting.clear()
