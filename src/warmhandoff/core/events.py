"""The timeline: one row per change, written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.core.models import Event
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Stale


@dataclass(frozen=True)
class Subject:
    """What an event is about."""

    kind: str
    id: UUID
    practice_id: UUID
    client_id: UUID | None = None


@dataclass(frozen=True)
class Change:
    """What happened to it. `number` is the subject's n-th change: two racing changes cannot both be the n-th."""

    move: str
    number: int
    from_state: str = ""
    to_state: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    release_id: UUID | None = None


def record(subject: Subject, change: Change, *, actor: Actor, now: datetime) -> Event:
    """Write one row within the caller's transaction. Stale when another change of the subject took the number first."""
    row = Event(
        practice_id=subject.practice_id, client_id=subject.client_id, subject_kind=subject.kind, subject_id=subject.id,
        move=change.move, side=actor.side, membership_id=actor.membership_id, actor_name=actor.name,
        from_state=change.from_state, to_state=change.to_state, facts=dict(change.facts) or None,
        release_id=change.release_id, at=now, number=change.number,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Stale(subject=subject.id) from error
    return row


def next_number(subject_id: UUID) -> int:
    """The number the next event of a subject without a counter of its own gets."""
    last = Event.objects.filter(subject_id=subject_id).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1
