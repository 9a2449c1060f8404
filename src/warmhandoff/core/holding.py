"""Everything that is held about one client, gathered for her: which fields, the privacy tables say.

Each app registers the rows it keeps of a client. A field that is marked exported in rules/privacy_tables/ is in there
by that alone, under the words that stand there; one that is not marked cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models

from warmhandoff.core.fields import Sealed
from warmhandoff.core.models import Attachment, AuditedClient, AuditEntry, Event, Message
from warmhandoff.rules.privacy import tables

Rows = Callable[[UUID], Iterable[Any]]
_KINDS = ((b"%PDF-", "pdf"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"))


@dataclass(frozen=True)
class Part:
    """Rows of one model. `said`: for fields whose stored value says nothing by itself, what it says."""

    words: str
    model: type[models.Model]
    rows: Rows
    said: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Disclosure:
    """One line of the accounting of disclosures (45 CFR 164.528).

    required: whether the law asks for it there; it leaves out treatment, the client herself, and what she authorized.
    what, purpose and ground are codes or words; release: the one it rode on. told: she knows of it, or may.
    """

    at: datetime
    to: str
    address: str
    what: tuple[str, ...]
    purpose: str
    ground: str
    required: bool
    release: str = ""
    way: str = ""
    version: int = 1
    told: bool = True


_PARTS: dict[str, Part] = {}
_LAST = ("What happened", "Messages", "Files", "Who looked")
_DISCLOSURES: dict[str, Callable[[UUID], list[Disclosure]]] = {}


def part(words: str, model: type[models.Model], rows: Rows, **said: Callable[[Any], Any]) -> None:
    """Register rows of a client; the words head them in her export."""
    _PARTS[words] = Part(words, model, rows, said)


def disclosures(name: str, find: Callable[[UUID], list[Disclosure]]) -> None:
    """Register what an app disclosed about a client."""
    _DISCLOSURES[name] = find


def parts() -> list[Part]:
    """Every part in the order of registering, core's own last."""
    return sorted(_PARTS.values(), key=lambda one: one.words in _LAST)


def disclosed(client_id: UUID) -> list[Disclosure]:
    """Everything that was told about a client to anyone, oldest first."""
    return sorted((one for find in _DISCLOSURES.values() for one in find(client_id)), key=lambda one: one.at)


@dataclass
class Gathered:
    """What is held, as JSON holds it, and the files it names."""

    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def gather(client_id: UUID, names: Mapping[UUID, str]) -> Gathered:
    """Every exported field of every row about a client whose door is open. names: of members, by membership."""
    found = Gathered()
    for one in parts():
        found.parts[one.words] = [_row(row, one, names, found.files) for row in one.rows(client_id)]
    return found


def _row(row: Any, one: Part, names: Mapping[UUID, str], files: dict[str, bytes]) -> dict[str, Any]:
    shown = {}
    for name, words in tables()[one.model._meta.label].exported.items():
        value = one.said[name](row) if name in one.said else _value(row, name, names)
        shown[words] = _file(value, files) if isinstance(value, (bytes, memoryview)) else value
    return shown


def _value(row: Any, name: str, names: Mapping[UUID, str]) -> Any:
    kept = row._meta.get_field(name)
    value = getattr(row, name)
    if isinstance(value, Sealed):
        return value.reveal()
    if isinstance(value, models.Model):
        # What can say its name does; the rest is named by its reference.
        return str(value) if type(value).__str__ is not models.Model.__str__ else str(value.pk)
    if isinstance(value, UUID):
        return names.get(value, str(value)) if not kept.primary_key else str(value)
    return value.isoformat() if isinstance(value, (datetime, date)) else value


def _file(data: bytes | memoryview, files: dict[str, bytes]) -> str | None:
    """Put a file beside the record; its name says nothing."""
    content = bytes(data)
    if not content:
        return None
    ending = next((kind for mark, kind in _KINDS if content.startswith(mark)), "bin")
    name = f"files/{len(files) + 1}.{ending}"
    files[name] = content
    return name


def _looked(client_id: UUID) -> Iterable[AuditEntry]:
    about = AuditedClient.objects.filter(client_id=client_id).values("entry")
    return AuditEntry.objects.filter(pk__in=about).order_by("at", "number")


def register() -> None:
    """The parts that core itself keeps: they close the record (`_LAST`)."""
    part("What happened", Event, lambda client: Event.objects.filter(client_id=client).order_by("at", "number"))
    part("Messages", Message, lambda client: Message.objects.filter(client_id=client).order_by("created_at"))
    part("Files", Attachment, lambda client: Attachment.objects.filter(client_id=client).order_by("added_at"))
    part("Who looked", AuditEntry, _looked)
