"""Whether treatment here goes on: ending it, beginning it again, and who is there to hold a client meanwhile.

That it ended is an event, so that what ended with it (a release, say) stays ended when care begins again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

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


def holding() -> QuerySet[CareTeam]:
    """The places on care teams that hold a client: a clinician's, who is still there and can still sign in.

    What "nobody holds her" means everywhere: on Today, for supervisors, in the reports, before a referral ends.
    """
    there = CareTeam.objects.filter(until=None, membership__left_at=None, membership__user__is_active=True)
    roles = Cast("membership__roles", TextField())  # a list as JSON; SQLite cannot look into one
    return there.annotate(roles_as_text=roles).filter(roles_as_text__contains=f'"{TREATS}"')


def without_holder(clients: QuerySet[Client]) -> QuerySet[Client]:
    """Those of these clients who are in care here and whom nobody holds."""
    return clients.filter(ended_at=None).exclude(pk__in=holding().values("client"))


def who_treats(client_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """client -> the clinicians on her team who are still there, longest first; clients without any are left out."""
    rows = holding().filter(client__in=list(client_ids)).order_by("since", "pk")
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for client, member, name in rows.values_list("client_id", "membership_id", "membership__user__name"):
        found.setdefault(client, []).append((member, name))
    return found


def unheld_clients(actor: Actor, *, now: datetime) -> list[Unheld]:
    """The clients the actor may see who are in care here and whom nobody holds, oldest first.

    One audit entry where there are any. It needs one query, whatever their number.
    """
    rows = without_holder(visible_clients(actor)).order_by("created_at")
    found = [Unheld(row.pk, row.initials.reveal(), row.created_at) for row in rows]
    if found:
        audit.record(actor, "list", "client", now=now, clients=[one.client_id for one in found])
    return found
