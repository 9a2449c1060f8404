"""Sealed model fields. What they hold prints as dots; `reveal()` opens it, and doors are who calls that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models

from warmhandoff.core.sealing import Place, newest_version, seal, unseal, version_of

PRIVACY = ("identity", "clinical", "work")  # what a sealed value is about; "work": staff's words on the referral


class Ciphertext(bytes):
    """Bytes as they lie in the database."""


class Sealed:
    """A sealed value in its place. Safe to print, log or put in a template by mistake."""

    __slots__ = ("_field", "_place", "_value")

    def __init__(self, value: object, field: SealedField, place: Place) -> None:
        self._value, self._field, self._place = value, field, place

    def reveal(self) -> Any:
        if self._value is None:
            return self._field.empty()
        if isinstance(self._value, Ciphertext):
            return self._field.decode(unseal(self._value, self._place))
        return self._value

    def __bool__(self) -> bool:
        return self._value is not None and self._value != self._field.empty()

    def __str__(self) -> str:
        return "•••" if self else ""

    __repr__ = __str__


class _Attribute:
    """Reads as Sealed, takes a plain value."""

    def __init__(self, field: SealedField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        return Sealed(instance.__dict__[name], self.field, self.field.place(instance))

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value.reveal() if isinstance(value, Sealed) else value


class SealedField(models.BinaryField):
    """Text under AES-256-GCM. The model has a uuid primary key and a `practice_id`; both bind the value.

    Not searchable, not orderable, and `.update(field="plain")` is refused: a plain value cannot reach the column.
    apart: a purpose whose values lie under a key of their own.
    """

    if TYPE_CHECKING:  # what the type checker's Django plugin reads off a field: what is set, what is got
        _pyi_private_set_type: Any
        _pyi_private_get_type: Sealed  # type: ignore[assignment]

    def __init__(self, *, privacy: str = "clinical", apart: str = "", **options: Any) -> None:
        if privacy not in PRIVACY:
            raise FieldError(f"privacy must be one of {PRIVACY}")
        self.privacy, self.apart = privacy, apart
        super().__init__(**{"null": True, "blank": True, "editable": True, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "privacy": self.privacy, **({"apart": self.apart} if self.apart else {})}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Attribute(self))

    def place(self, instance: models.Model) -> Place:
        table, row = instance._meta.db_table, str(instance.pk)
        return Place(instance.practice_id, table, self.attname, row, self.apart)  # type: ignore[attr-defined]

    def encode(self, value: Any) -> bytes:
        return str(value).encode()

    def decode(self, value: bytes) -> Any:
        return value.decode()

    def empty(self) -> Any:
        return ""

    def from_db_value(self, value: Any, expression: object, connection: object) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = instance.__dict__.get(self.attname)
        if value is None or value == self.empty():
            return None
        if isinstance(value, Ciphertext):
            return self._as_new(value, instance)
        return Ciphertext(seal(self.encode(value), self.place(instance)))

    def _as_new(self, value: Ciphertext, instance: models.Model) -> Ciphertext:
        """A value that was only read, under the newest data key: the one it was read under may be about to go."""
        place = self.place(instance)
        if version_of(value) == newest_version(place.practice_id):
            return value
        return Ciphertext(seal(unseal(value, place), place))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Ciphertext):
            raise FieldError(f"{self.name} is sealed: save it through the model, not as a plain value.")
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed: it cannot be searched.")
        return super().get_lookup(lookup_name)


class SealedJSON(SealedField):
    """Anything JSON holds, sealed."""

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()

    def decode(self, value: bytes) -> Any:
        return json.loads(value)

    def empty(self) -> Any:
        return None


class SealedBytes(SealedField):
    """A file's bytes, sealed."""

    def encode(self, value: Any) -> bytes:
        return bytes(value)

    def decode(self, value: bytes) -> Any:
        return value

    def empty(self) -> Any:
        return b""
