"""Files on their way in: kept between the trial run that shows what would happen and the landing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from warmhandoff.directory.listing import may_change
from warmhandoff.directory.models import Upload
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

LARGEST = 8 * 1024 * 1024
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Uploaded:
    id: UUID
    name: str
    mapping: str
    data: bytes


def keep_upload(actor: Actor, name: str, mapping: str, data: bytes, *, now: datetime) -> UUID:
    """Keep a file for the landing that may follow; what others left lying for a day is thrown away.

    Refuses an empty file and one over 8 MiB: those go through the command line.
    """
    may_change(actor)
    if not data:
        raise BadInput(Problem("is empty", field="file"))
    if len(data) > LARGEST:
        raise BadInput(Problem("is larger than 8 MiB: use the command `warmhandoff import csv` on the server", "file"))
    if "\x00" in mapping:  # PostgreSQL keeps no such character in text
        raise BadInput(Problem("is no text", field="mapping"))
    with transaction.atomic():
        Upload.objects.filter(created_at__lt=now - KEPT_FOR).delete()
        made = Upload.objects.create(
            practice_id=actor.practice_id, name=name.replace("\x00", "")[:200] or "file.csv", mapping=mapping,
            data=data, created_at=now,
        )  # fmt: skip
    return made.pk


def open_upload(actor: Actor, upload_id: UUID) -> Uploaded:
    """The file this practice sent. NotThere once it landed, was dropped or is a day old."""
    may_change(actor)
    found = Upload.objects.filter(practice_id=actor.practice_id, pk=upload_id).first()
    if found is None:
        raise NotThere("This file is no longer here: it was imported, or a day has passed. Send it once more.")
    return Uploaded(found.pk, found.name, found.mapping, bytes(found.data))


def set_mapping(actor: Actor, upload_id: UUID, mapping: str) -> None:
    """Say by which mapping (its text) this file is to be read."""
    may_change(actor)
    Upload.objects.filter(practice_id=actor.practice_id, pk=upload_id).update(mapping=mapping)


def drop_upload(actor: Actor, upload_id: UUID) -> None:
    Upload.objects.filter(practice_id=actor.practice_id, pk=upload_id).delete()
