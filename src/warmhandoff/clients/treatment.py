"""Whether treatment here goes on: ending it, beginning it again, and who is there to hold a client meanwhile.

That it ended is an event, so that what ended with it (a release, say) stays ended when care begins again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.clients.endings import ENDED
from warmhandoff.clients.models import CareTeam, Client
from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import audit, events
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Stale

TREATS = "clinician"  # the role that holds a client: others see, book and decide


def end_treatment(row: Client, actor: Actor, *, now: datetime) -> None:
    """Treatment here ended, within the caller's transaction and behind her door. Stale where it had ended already."""
    _change(row, "end_treatment", now, actor, now=now)


def ended_at(client_id: UUID) -> datetime | None:
    """When treatment here ended, None while it goes on; for a door already open."""
    return Client.objects.values_list("ended_at", flat=True).get(pk=client_id)


def begin_again(row: Client, actor: Actor, *, now: datetime) -> None:
    """Treatment here goes on after it had ended. What ended with it stays ended. Stale where it goes on already."""
    _change(row, "begin_again", None, actor, now=now)


def _change(row: Client, verb: str, ended_at: datetime | None, actor: Actor, *, now: datetime) -> None:
    asked = Client.objects.filter(pk=row.pk, ended_at__isnull=ended_at is not None)
    if not asked.update(ended_at=ended_at):
        raise Stale(subject=row.pk)
    row.ended_at = ended_at
    subject = events.Subject("client", row.pk, row.practice_id, row.pk)
    change = events.Change(verb, events.next_number(row.pk), to_state=ENDED if ended_at else "")
    events.record(subject, change, actor=actor, now=now)
    audit.record(actor, verb, "client", row.pk, now=now, clients=[row.pk])


@dataclass(frozen=True)
class Unheld:
    """A client in care here whom nobody who treats clients holds."""

    client_id: UUID
    initials: str
    since: datetime


def who_treats(client_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """client -> the clinicians on her team who are still there, longest first; clients without any are left out."""
    rows = CareTeam.objects.filter(
        client__in=list(client_ids), until=None, membership__left_at=None, membership__user__is_active=True
    ).order_by("since", "pk")
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for client, member, name, roles in rows.values_list(
        "client_id", "membership_id", "membership__user__name", "membership__roles"
    ):
        if TREATS in roles:
            found.setdefault(client, []).append((member, name))
    return found


def unheld_clients(actor: Actor, *, now: datetime) -> list[Unheld]:
    """The clients the actor may see who are in care here and whom nobody holds, oldest first.

    One audit entry where there are any. It needs two queries, whatever their number.
    """
    team = CareTeam.objects.filter(
        client__in=visible_clients(actor), until=None, membership__left_at=None, membership__user__is_active=True
    )
    held = {client for client, roles in team.values_list("client_id", "membership__roles") if TREATS in roles}
    rows = visible_clients(actor).filter(ended_at=None).order_by("created_at")
    found = [Unheld(row.pk, row.initials.reveal(), row.created_at) for row in rows if row.pk not in held]
    if found:
        audit.record(actor, "list", "client", now=now, clients=[one.client_id for one in found])
    return found
