"""The audit: who looked at, changed, disclosed or was refused what. Ids only, never content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from warmhandoff.core.models import AuditedClient, AuditEntry
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Refusal


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
    """Write one entry, with an index row for each client it concerns. A failure to write fails the caller too."""
    entry = AuditEntry.objects.create(
        practice_id=actor.practice_id, at=now, side=actor.side, membership_id=actor.membership_id, verb=verb,
        subject_kind=subject_kind, subject_id=str(subject_id), basis=basis,
    )
    AuditedClient.objects.bulk_create([AuditedClient(entry=entry, client_id=client) for client in clients])


def record_refusal(actor: Actor | None, refusal: Refusal, *, now: datetime) -> None:
    """Write that an actor was refused; called outside the transaction that was rolled back."""
    AuditEntry.objects.create(
        practice_id=actor.practice_id if actor else None, at=now, side=actor.side if actor else "stranger",
        membership_id=actor.membership_id if actor else None, verb="refused", subject_kind=refusal.code,
        subject_id=str(refusal.details.get("subject", ""))[:64], outcome="refused",
    )
