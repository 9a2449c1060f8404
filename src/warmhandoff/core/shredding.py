"""Destroying a practice's data keys: whatever they sealed is unreadable from then on, here and in every restore.

Rows stay, so that the audit can still be checked; their sealed values are noise. A restored backup brings the keys
back, which is why the journal holds the shredding and a restore shreds again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from warmhandoff.core import audit, db, journal, outbox, sealing
from warmhandoff.core.models import Job
from warmhandoff.core.resealing import sealed_columns
from warmhandoff.core.rotating import wrapped_tables
from warmhandoff.rules.refusals import NotNow, Unavailable

# Each app ends what is its own in a practice: given its id and the time, it returns how many there were.
End = Callable[[UUID, datetime], int]
_ENDS: dict[str, End] = {}
KIND = "practice_shredded"


def ends(what: str) -> Callable[[End], End]:
    """Register what an app ends when a practice is shredded, within its transaction and before the keys go."""

    def register(end: End) -> End:
        _ENDS[what] = end
        return end

    return register


@dataclass(frozen=True)
class Shredded:
    """What was destroyed and ended. `tried`: sealed columns of which a value was asked for; `opened`: how many opened.

    in_log: something kept the database from overwriting its own log at once; it happens at the next checkpoint.
    """

    keys: int
    ended: dict[str, int] = field(default_factory=dict)
    tried: int = 0
    opened: int = 0
    in_log: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def shred(practice_id: UUID, *, now: datetime) -> Shredded:
    """Destroy every key of a practice, end all that could still act for it, and try to read what it sealed.

    It cannot be undone. NotNow where the keys are gone already; the audit and the journal keep that it was done.
    """
    with transaction.atomic():
        keys, ended = _destroy(practice_id, now)
        if not keys:
            raise NotNow("The keys of this practice were destroyed before.")
        journal.note(KIND, practice_id, practice_id, now=now)
    in_log = not db.empty_the_log()
    tried, opened = try_to_read(practice_id)
    return Shredded(keys, ended, tried, opened, in_log)


def _destroy(practice_id: UUID, now: datetime) -> tuple[int, dict[str, int]]:
    ended = {what: end(practice_id, now) for what, end in _ENDS.items()}
    ended["messages"] = outbox.stop_of(practice_id)
    ended["jobs"] = _end_jobs(practice_id)
    db.overwrite_what_is_deleted()
    keys = sum(model._base_manager.filter(practice_id=practice_id).delete()[0] for model in wrapped_tables())
    if keys:
        audit.record_keys("shred", "all", practice_id=practice_id, now=now)
    sealing.forget_keys(practice_id)
    transaction.on_commit(lambda: sealing.forget_keys(practice_id))
    return keys, ended


def _end_jobs(practice_id: UUID) -> int:
    """Jobs that name the practice itself; those about its messages and records were ended by their owners."""
    waiting = Job.objects.filter(payload__practice=practice_id.hex, state__in=["ready", "running"])
    return waiting.update(state="done", lease_until=None, last_error="shredded")


@journal.reapply(KIND)
def shred_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: what was shredded is shredded."""
    return bool(_destroy(line.practice_id, now)[0])


def try_to_read(practice_id: UUID) -> tuple[int, int]:
    """Ask for one value of every sealed column of a practice: of how many columns, and how many opened."""
    tried = opened = 0
    for column in sealed_columns():
        sql = column.sql("SELECT {key}, {value} FROM {table} WHERE {practice} = %s AND {value} IS NOT NULL LIMIT 1")
        with connection.cursor() as cursor:
            cursor.execute(sql, [practice_id if connection.features.has_native_uuid_field else practice_id.hex])
            row = cursor.fetchone()
        if row is None:
            continue
        tried += 1
        place = column.place(practice_id, str(UUID(str(row[0]))))
        try:
            sealing.unseal(bytes(row[1]), place)
        except Unavailable:
            continue
        opened += 1
    return tried, opened
