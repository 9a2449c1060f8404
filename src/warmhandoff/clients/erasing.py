"""Erasing a client who was added by mistake: nothing but drafts, and nothing that reached her or anyone else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.models import Client, IdentityCheck, PortalKey, Release
from warmhandoff.clients.queries import client_row
from warmhandoff.core import audit, erasing, queries
from warmhandoff.rules.access import Actor
from warmhandoff.rules.erasing import why_client_not_erased
from warmhandoff.rules.refusals import NotNow


@dataclass(frozen=True)
class Part:
    """What an app above keeps of a client. why_not(client, membership): a sentence, or ""; erase(client, now)."""

    why_not: Callable[[UUID, UUID], str]
    erase: Callable[[UUID, datetime], None]


_PARTS: dict[str, Part] = {}


def register_part(name: str, part: Part) -> None:
    """Register what else of a client is looked at before she is erased, and goes with her."""
    _PARTS[name] = part


def why_not(actor: Actor, client_id: UUID) -> str:
    """Why this client cannot be erased, as a sentence; "" when she can. NotThere for strangers."""
    row = client_row(actor, client_id, "change")
    for part in _PARTS.values():
        if reason := part.why_not(row.pk, actor.member):
            return reason
    return _why_not(row, actor.member)


def _why_not(row: Client, member: UUID) -> str:
    reached = PortalKey.objects.filter(client=row).exists() or queries.was_written_to(row.pk)
    known = (Release, IdentityCheck)
    moves = erasing.moves_of(row.pk)
    if any(model.objects.filter(client=row).exists() for model in known):
        moves |= {"known to her"}
    return why_client_not_erased(moves, mine=erasing.who_began(row.pk) == member, reached=reached)


def erase_client(actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """Erase a client and her drafts: rows and events go, ids stay in the audit and in the journal.

    Refuses whoever may not change her (NotThere) and, with the reason, a client of whom there is a record (NotNow).
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        if reason := why_not(actor, client_id):
            raise NotNow(reason, subject=client_id)
        erase_rows(row, now=now)
        erasing.erased("client", row.practice_id, client_id, now=now)
        audit.record(actor, "erase", "client", client_id, now=now, clients=[client_id])


def erase_rows(row: Client, *, now: datetime) -> None:
    """Delete every row of a client that is no event; for erasing, and for erasing again after a restore."""
    for part in _PARTS.values():
        part.erase(row.pk, now)
    Client.objects.filter(pk=row.pk).delete()
