"""What a practice said of the columns of a file, kept: the next file with the same headings is read by it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.directory.listing import may_change
from warmhandoff.directory.models import ColumnMapping
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

MOST = 50


@dataclass(frozen=True)
class KeptMapping:
    """One mapping: `choices` as the screen takes them, `text` as a mapping file."""

    id: UUID
    name: str
    headings: tuple[str, ...]
    choices: Mapping[str, Any]
    text: str
    changed_at: datetime


def keep_mapping(
    actor: Actor, headings: Sequence[str], *, name: str, choices: Mapping[str, Any], text: str, now: datetime
) -> UUID:
    """Keep a mapping for files with these headings; one that the practice has for them already is replaced.

    Refuses (BadInput) a name that its mapping of another file bears, and a fifty-first mapping.
    """
    may_change(actor)
    mine = ColumnMapping.objects.filter(practice_id=actor.practice_id)
    same = _hash(headings)
    if mine.exclude(headings_hash=same).filter(name=name).exists():
        raise BadInput(Problem("you have a mapping of this name for another kind of file", field="name"))
    if mine.exclude(headings_hash=same).count() >= MOST:
        raise BadInput(Problem(f"you have {MOST} mappings already: remove one you no longer need", field="name"))
    kept = {"name": name, "headings": list(headings), "choices": dict(choices), "text": text, "changed_at": now}
    try:
        with transaction.atomic():
            row, _ = ColumnMapping.objects.update_or_create(
                practice_id=actor.practice_id, headings_hash=same, defaults=kept
            )
    except IntegrityError as error:  # a colleague kept one of this name just now
        raise BadInput(Problem("you have a mapping of this name for another kind of file", field="name")) from error
    return row.pk


def kept_mappings(actor: Actor) -> tuple[KeptMapping, ...]:
    """The practice's mappings, by name."""
    may_change(actor)
    return tuple(map(_kept, ColumnMapping.objects.filter(practice_id=actor.practice_id).order_by("name")))


def kept_mapping(actor: Actor, mapping_id: UUID) -> KeptMapping:
    """One of the practice's mappings. NotThere for another practice's, and for one that was removed."""
    may_change(actor)
    row = ColumnMapping.objects.filter(practice_id=actor.practice_id, pk=mapping_id).first()
    if row is None:
        raise NotThere(subject=mapping_id)
    return _kept(row)


def mapping_for(actor: Actor, headings: Sequence[str]) -> KeptMapping | None:
    """The practice's mapping for files with exactly these headings."""
    may_change(actor)
    row = ColumnMapping.objects.filter(practice_id=actor.practice_id, headings_hash=_hash(headings)).first()
    return None if row is None else _kept(row)


def remove_mapping(actor: Actor, mapping_id: UUID) -> None:
    """Remove a mapping; what was imported by it stays. NotThere as for `kept_mapping`."""
    ColumnMapping.objects.filter(pk=kept_mapping(actor, mapping_id).id).delete()


def _hash(headings: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(headings)).encode()).hexdigest()


def _kept(row: ColumnMapping) -> KeptMapping:
    return KeptMapping(row.pk, row.name, tuple(row.headings), row.choices, row.text, row.changed_at)
