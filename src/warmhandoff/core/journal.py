"""The journal: a file outside the database with every end that a restore must not undo. Ids only, never content.

An entry is a row of the change's own transaction, so a change that is rolled back leaves none; the line is written
right after the commit. A crash in between leaves the row unwritten, and the worker writes it at its next tick.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from warmhandoff.core import jobs
from warmhandoff.core.models import JournalEntry

log = logging.getLogger("warmhandoff.journal")


@dataclass(frozen=True)
class Line:
    """One end: what kind, of which record, when."""

    id: UUID
    at: datetime
    kind: str
    practice_id: UUID
    subject_id: UUID


# What makes an end true again; True if it was not, False if it was already, None if there is no such record.
Again = Callable[[Line, datetime], bool | None]
_AGAIN: dict[str, Again] = {}


def reapply(kind: str) -> Callable[[Again], Again]:
    """Register how an end of this kind is made true again after a restore."""

    def register(again: Again) -> Again:
        _AGAIN[kind] = again
        return again

    return register


def note(kind: str, practice_id: UUID, subject_id: UUID, *, now: datetime) -> None:
    """Write an end down within the caller's transaction; it reaches the file when that commits."""
    JournalEntry.objects.create(kind=kind, practice_id=practice_id, subject_id=subject_id, at=now)
    transaction.on_commit(lambda: _write_or_say(now))


def _write_or_say(now: datetime) -> None:
    try:
        write_out(now)
    except OSError as error:  # the change stands; the worker tries again, and `doctor` tells
        log.error("the journal cannot be written: %s", error.strerror)


@jobs.every_tick("journal", while_closed=True)
def write_out(now: datetime) -> None:
    """Append every entry that has not reached the file. Written twice after a crash, a line counts once."""
    waiting = list(JournalEntry.objects.filter(written_at=None).order_by("at"))
    if not waiting:
        return
    _append(settings.JOURNAL_FILE, "".join(f"{_text(row)}\n" for row in waiting))
    JournalEntry.objects.filter(pk__in=[row.pk for row in waiting]).update(written_at=now)


def unwritten() -> int:
    """How many entries have not reached the file."""
    return JournalEntry.objects.filter(written_at=None).count()


def ahead() -> int:
    """How many ends are in the file that this database never heard of: someone put an old copy in its place."""
    known = set(JournalEntry.objects.values_list("pk", flat=True))
    return sum(line.id not in known for line in lines())


def _text(row: JournalEntry) -> str:
    return json.dumps({
        "id": str(row.pk), "at": row.at.isoformat(), "kind": row.kind, "practice": str(row.practice_id),
        "subject": str(row.subject_id),
    })


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, (("\n" if torn else "") + text).encode())  # one write: processes do not mix their lines
        os.fsync(handle)
    finally:
        os.close(handle)


def lines() -> Iterator[Line]:
    """Every end in the file, once, oldest first. A torn line (a crash while writing) is left out: its row is not."""
    seen: set[UUID] = set()
    if not settings.JOURNAL_FILE.exists():
        return
    for text in settings.JOURNAL_FILE.read_text(errors="replace").splitlines():
        line = _line(text)
        if line and line.id not in seen:
            seen.add(line.id)
            yield line


def _line(text: str) -> Line | None:
    try:
        data = json.loads(text)
        at = datetime.fromisoformat(data["at"])
        return Line(UUID(data["id"]), at, str(data["kind"]), UUID(data["practice"]), UUID(data["subject"]))
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Reapplied:
    """What became of the journal's lines. Each is named as "kind subject (when)"."""

    found: bool
    again: list[str]
    not_here: list[str]  # ends of records younger than the backup: gone with it
    by_hand: list[str]  # kinds this program does not know


def apply_all(now: datetime) -> Reapplied:
    """Make every end in the file true in this database, within the caller's transaction."""
    done = Reapplied(settings.JOURNAL_FILE.exists(), [], [], [])
    for line in lines():
        JournalEntry.objects.get_or_create(pk=line.id, defaults={
            "at": line.at, "kind": line.kind, "practice_id": line.practice_id, "subject_id": line.subject_id,
            "written_at": now,
        })
        name = f"{line.kind} {line.subject_id} ({line.at:%Y-%m-%d %H:%M} UTC)"
        if line.kind not in _AGAIN:
            done.by_hand.append(name)
            continue
        changed = _AGAIN[line.kind](line, now)
        if changed is None:
            done.not_here.append(name)
        elif changed:
            done.again.append(name)
    return done
