"""Which part of core's tables is taken to be the younger one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.operations.base import Operation

TABLES = ("Epoch", "Attachment")
MODEL, COLUMN = "Message", "not_before"


def came_later(one: Operation) -> bool:
    return isinstance(one, CreateModel) and one.name in TABLES


def without(one: Operation) -> Operation:
    """The same without the column that came later."""
    if not isinstance(one, CreateModel) or one.name != MODEL:
        return one
    return CreateModel(one.name, [field for field in one.fields if field[0] != COLUMN], one.options, one.bases)


def the_column(operations: Iterable[Operation]) -> AddField:
    message = next(one for one in operations if isinstance(one, CreateModel) and one.name == MODEL)
    return AddField(MODEL, COLUMN, dict(message.fields)[COLUMN])
