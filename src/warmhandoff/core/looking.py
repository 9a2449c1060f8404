"""Reading the audit: who looked at what, without contents. The doors to it are here and in clients.queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from warmhandoff.core import audit
from warmhandoff.core.chain import chain_of
from warmhandoff.core.models import AuditedClient, AuditEntry
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed

EACH = 50  # entries on a page


@dataclass(frozen=True)
class Look:
    """One entry. `clients`: how many it concerned; who they are is not told here."""

    number: int
    at: datetime
    side: str
    membership_id: UUID | None
    verb: str
    subject_kind: str
    refused: bool
    clients: int


@dataclass(frozen=True)
class Looks:
    """A page, newest first. `older`: the number to ask for entries before, or None at the beginning."""

    lines: list[Look]
    older: int | None


@dataclass(frozen=True)
class Asked:
    """Which entries: of one member, with one verb, only those that concern no client, before a number."""

    membership_id: UUID | None = None
    verb: str = ""
    clientless: bool = False
    before: int | None = None


def entries(actor: Actor, asked: Asked, *, now: datetime) -> Looks:
    """The entries of the actor's practice, for its administrators; that they were read is an entry as well."""
    if "audit" not in actor.verbs("practice"):
        raise NotAllowed("The audit is read by an administrator of the practice.")
    audit.record(actor, "list", "audit", now=now)
    rows = AuditEntry.objects.filter(chain=chain_of(actor.practice_id))
    if asked.membership_id:
        rows = rows.filter(membership_id=asked.membership_id)
    if asked.verb:
        rows = rows.filter(verb=asked.verb)
    if asked.clientless:
        rows = rows.filter(clients=None)
    return _page(rows, asked.before)


def at_client(practice_id: UUID, client_id: UUID, *, before: int | None = None) -> Looks:
    """The entries about a client whose door is open."""
    about = AuditedClient.objects.filter(client_id=client_id).values("entry")
    return _page(AuditEntry.objects.filter(chain=chain_of(practice_id), pk__in=about), before)


def _page(rows: QuerySet[AuditEntry], before: int | None) -> Looks:
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-number")[: EACH + 1])
    shown = found[:EACH]
    counted = AuditEntry.objects.filter(pk__in=[row.pk for row in shown]).annotate(concerned=Count("clients"))
    concerned = dict(counted.values_list("pk", "concerned"))
    lines = [
        Look(row.number, row.at, row.side, row.membership_id, row.verb, row.subject_kind, row.outcome == "refused",
             concerned[row.pk])
        for row in shown
    ]  # fmt: skip
    return Looks(lines, lines[-1].number if len(found) > EACH else None)
