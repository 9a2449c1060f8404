"""Sealed files in the database. Which subject they belong to, and who may see it, is known above."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.core import audit
from warmhandoff.core.events import Subject
from warmhandoff.core.models import Attachment
from warmhandoff.core.uploads import CONTENT_TYPES, Checked
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere

ENDINGS = {"pdf": "pdf", "png": "png", "jpeg": "jpg"}


@dataclass(frozen=True)
class File:
    """A file as it is handed out. `name` is neutral: it lands in download folders."""

    data: bytes
    content_type: str
    name: str


def attach(subject: Subject, file: Checked, *, actor: Actor, now: datetime) -> UUID:
    """Keep a checked file with a subject about a client, within the caller's transaction. Returns its random id."""
    client_id = _client(subject)
    row = Attachment(
        practice_id=subject.practice_id, client_id=client_id, subject_kind=subject.kind, subject_id=subject.id,
        kind=file.kind, data=file.data, size=len(file.data), added_by=actor.membership_id, added_at=now,
    )
    row.save()
    audit.record(actor, "attach", "attachment", row.pk, now=now, clients=[client_id])
    return row.pk


def _client(subject: Subject) -> UUID:
    if subject.client_id is None:
        raise ValueError("a file is kept with a subject about a client")
    return subject.client_id


def of_subjects(subject_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The files of subjects whose doors are open, oldest first."""
    found: dict[UUID, list[UUID]] = {}
    rows = Attachment.objects.filter(subject_id__in=subject_ids).order_by("added_at")
    for subject_id, pk in rows.values_list("subject_id", "pk"):
        found.setdefault(subject_id, []).append(pk)
    return found


def open_file(subject: Subject, attachment_id: UUID, *, actor: Actor, now: datetime) -> File:
    """A file of a subject whose door is open, with the audit row. NotThere for one of another subject."""
    row = Attachment.objects.filter(
        pk=attachment_id, subject_id=subject.id, practice_id=subject.practice_id, client_id=_client(subject)
    ).first()
    if row is None:
        raise NotThere(subject=attachment_id)
    audit.record(actor, "open", "attachment", row.pk, now=now, clients=[row.client_id])
    return File(row.data.reveal(), CONTENT_TYPES[row.kind], f"file.{ENDINGS[row.kind]}")
