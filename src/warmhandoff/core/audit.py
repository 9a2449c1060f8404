"""The audit: who looked at, changed, disclosed or was refused what. Ids only, never content.

No audit, no data: an entry that cannot be written is a refusal (Unavailable), and takes the caller's transaction with
it. Write the entry last: it holds the lock of the practice's chain until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from warmhandoff.core import chain
from warmhandoff.core.models import AuditEntry
from warmhandoff.core.verifying import verify
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Refusal, Unavailable

__all__ = ["record", "record_refusal", "verify"]


def record(
    actor: Actor,
    verb: str,
    subject_kind: str,
    subject_id: object = "",
    *,
    now: datetime,
    clients: Iterable[UUID] = (),
    basis: UUID | None = None,
) -> None:
    """Write one entry, with an index row for each client it concerns. Unavailable when it cannot be written."""
    entry = AuditEntry(
        practice_id=actor.practice_id, at=now, side=actor.side, membership_id=actor.who, verb=verb,
        subject_kind=subject_kind, subject_id=str(subject_id), basis=basis,
    )
    _write(entry, clients)


def record_refusal(actor: Actor | None, refusal: Refusal, *, now: datetime) -> None:
    """Write that an actor was refused; called outside the transaction that was rolled back."""
    entry = AuditEntry(
        practice_id=actor.practice_id if actor else None, at=now, side=actor.side if actor else "stranger",
        membership_id=actor.who if actor else None, verb="refused", subject_kind=refusal.code,
        subject_id=str(refusal.details.get("subject", ""))[:64], outcome="refused",
    )
    _write(entry, ())


def record_export(practice_id: UUID | None, *, now: datetime) -> None:
    """Write that the operator of the server exported a chain."""
    _write(AuditEntry(practice_id=practice_id, at=now, side="system", verb="export", subject_kind="audit"), ())


def record_keys(verb: str, subject: str, *, now: datetime, practice_id: UUID | None = None) -> None:
    """Write that the operator of the server renewed, removed or destroyed keys; `subject` names which."""
    kind = "data_key" if practice_id else "wrapping_key"
    entry = AuditEntry(
        practice_id=practice_id, at=now, side="system", verb=verb, subject_kind=kind, subject_id=subject
    )
    _write(entry, ())


def _write(entry: AuditEntry, clients: Iterable[UUID]) -> None:
    try:
        # Without a savepoint: whoever catches the failure still cannot commit what was to be audited.
        with transaction.atomic(savepoint=False):
            chain.append(entry, clients)
    except DatabaseError as error:
        raise Unavailable("The audit cannot be written just now, so nothing was shown or changed.") from error
