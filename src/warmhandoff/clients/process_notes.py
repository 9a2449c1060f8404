"""Psychotherapy notes: written and read by their author alone, under a key of their own, and leading nowhere else.

45 CFR 164.501 says what they are and what is none of them (KEPT_ELSEWHERE); 164.508(a)(2) that they need an
authorization of their own, 164.524(a)(1)(i) that the right of access leaves them out. No module but the page of their
author and `clients.pasted` imports this one, and nothing here gives a note to anyone but its author: a test looks.
Read 2026-11; support for the practice, whose counsel decides.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from warmhandoff.accounts.switches import is_on
from warmhandoff.clients.models import Client, ProcessNote, ProcessNoteKey
from warmhandoff.clients.queries import client_row
from warmhandoff.core import audit, sealing
from warmhandoff.core.rotating import bound_to
from warmhandoff.rules.access import Actor, Verb
from warmhandoff.rules.refusals import BadInput, NotThere, Problem, Unavailable

KEPT_ELSEWHERE = (
    "medication, prescribed and watched", "when sessions started and ended", "the kind of treatment and how often",
    "results of tests",
    "a summary of diagnosis, how she functions, the plan, symptoms, prognosis and progress so far",
)  # fmt: skip
LONGEST = 50_000
_NONCE = 12


@dataclass(frozen=True)
class Note:
    """One note, opened for its author."""

    id: UUID
    text: str
    written_at: datetime
    changed_at: datetime | None


def _client(actor: Actor, client_id: UUID, verb: Verb) -> Client:
    """The client, for a member who cares for her where the practice keeps these notes; NotThere for anyone else."""
    row = client_row(actor, client_id, verb)
    if actor.side != "referrer" or not is_on(row.practice_id, "process_notes"):
        raise NotThere(subject=client_id)
    return row


def _key(practice_id: UUID) -> bytes:
    """The practice's key for these notes. Unavailable where it was destroyed, or cannot be unwrapped."""
    row = ProcessNoteKey.objects.filter(practice_id=practice_id).first()
    if row is None:
        raise Unavailable("The key of these notes is gone: they cannot be read.")
    try:
        return sealing.unwrap(row.wrapped_by, bytes(row.wrapped), bound_to(row))
    except KeyError as error:
        raise Unavailable(f"The encryption key file lacks {row.wrapped_by!r}, which wraps the key of notes.") from error


def _make_key(practice_id: UUID) -> None:
    """Make the key with the first note; where the practice's keys were destroyed, sealing the note fails after it."""
    if ProcessNoteKey.objects.filter(practice_id=practice_id).exists():
        return
    row = ProcessNoteKey(practice_id=practice_id)
    row.wrapped_by, row.wrapped = sealing.wrap(AESGCM.generate_key(256), bound_to(row))
    ProcessNoteKey.objects.bulk_create([row], ignore_conflicts=True)  # two at once: one key, by the unique constraint


def _place(row: ProcessNote) -> bytes:
    ids = (row.practice_id, row.client_id, row.author_id, row.pk)
    return b"\x1f".join((b"process note", *(one.bytes for one in ids)))


def _shut(row: ProcessNote, text: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(row.practice_id)).encrypt(nonce, text.encode(), _place(row))


def _open(row: ProcessNote, key: bytes) -> Note:
    body = row.body.reveal()
    try:
        text = AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], _place(row)).decode()
    except InvalidTag as error:
        raise Unavailable("A note was altered or moved, and does not open.", subject=row.pk) from error
    return Note(row.pk, text, row.written_at, row.changed_at)


def _text(text: str) -> str:
    if not text.strip():
        raise BadInput(Problem("write something first", field="text"))
    if len(text) > LONGEST:
        raise BadInput(Problem(f"a note has at most {LONGEST} characters", field="text"))
    return text.strip()


def are_kept(actor: Actor, client_id: UUID) -> bool:
    """Whether this actor may keep such notes about this client here: whether there is a page."""
    try:
        _client(actor, client_id, "change")
    except NotThere:
        return False
    return True


def write_note(actor: Actor, client_id: UUID, text: str, *, now: datetime) -> UUID:
    """Write a note about a client one cares for. NotThere unless the practice has switched these notes on."""
    with transaction.atomic():
        client = _client(actor, client_id, "change")
        _make_key(client.practice_id)
        row = ProcessNote(practice_id=client.practice_id, client=client, author_id=actor.member, written_at=now)
        row.body = _shut(row, _text(text))
        row.save(force_insert=True)
        audit.record(actor, "write", "process_note", row.pk, now=now, clients=[client.pk])
    return row.pk


def change_note(actor: Actor, client_id: UUID, note_id: UUID, text: str, *, now: datetime) -> None:
    """Write one's own note anew. NotThere for anyone else's."""
    with transaction.atomic():
        client = _client(actor, client_id, "change")
        row = ProcessNote.objects.select_for_update(of=("self",)).filter(
            pk=note_id, client=client, author_id=actor.member
        ).first()
        if row is None:
            raise NotThere(subject=note_id)
        row.body, row.changed_at = _shut(row, _text(text)), now
        row.save(update_fields=["body", "changed_at"])
        audit.record(actor, "change", "process_note", row.pk, now=now, clients=[client.pk])


def own_notes(actor: Actor, client_id: UUID, *, now: datetime) -> list[Note]:
    """One's own notes about a client, newest first; nobody's else, whatever the role. The look is audited."""
    client = _client(actor, client_id, "change")
    audit.record(actor, "open", "process_note", client.pk, now=now, clients=[client.pk])
    return _own(actor, client)


def _own(actor: Actor, client: Client) -> list[Note]:
    rows = list(ProcessNote.objects.filter(client=client, author_id=actor.member).order_by("-written_at"))
    key = _key(client.practice_id) if rows else b""
    return [_open(row, key) for row in rows]


def texts_for_comparing(actor: Actor, client_id: UUID) -> list[str]:
    """The texts of one's own notes about a client, for `clients.pasted` alone, which says yes or no."""
    try:
        client = _client(actor, client_id, "change")
    except NotThere:
        return []
    return [note.text for note in _own(actor, client)]
