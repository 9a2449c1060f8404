"""Care teams over time: who is on one, who was, taking a colleague off, and what happens when a member leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from warmhandoff.accounts import holding
from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.clients.caring import note_change, put_on_team
from warmhandoff.clients.models import CareTeam, Client
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership

# Given client and member: why she cannot be taken off yet, or "".
Tie = Callable[[UUID, UUID], str]
_TIES: list[Tie] = []


def tie(check: Tie) -> Tie:
    """Register what ties a member to a client's team (referrals lie above clients)."""
    _TIES.append(check)
    return check


@dataclass(frozen=True)
class Place:
    """One stay on a care team."""

    membership_id: UUID
    name: str
    roles: tuple[str, ...]
    since: datetime
    until: datetime | None
    left: bool  # she has left the practice


def team_of(client_id: UUID) -> list[Place]:
    """Everyone who is or was on the team of a client whose door is open, those on it first."""
    rows = CareTeam.objects.filter(client_id=client_id).select_related("membership__user").order_by("since", "pk")
    places = [
        Place(r.membership_id, r.membership.user.name, tuple(r.membership.roles), r.since, r.until,
              r.membership.left_at is not None)
        for r in rows
    ]  # fmt: skip
    return sorted(places, key=lambda place: place.until is not None)


def leave_team(actor: Actor, client_id: UUID, membership_id: UUID, *, now: datetime) -> None:
    """Take someone off a client's care team; her sight of the client ends with it.

    Refuses: NotThere for clients the actor may not change and whoever is not on the team; NotNow for the last present
    clinician on it, and for someone who owns a next step she could then not open.
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        Client.objects.select_for_update().get(pk=row.pk)  # two cannot each take the other off
        place = CareTeam.objects.filter(client=row, membership_id=membership_id, until=None).first()
        if place is None:
            raise NotThere(subject=membership_id)
        if not _others(row.pk, membership_id):
            raise NotNow("Nobody else who treats clients is on her care team. Add a colleague first.")
        for check in _TIES:
            if why := check(row.pk, membership_id):
                raise NotNow(why)
        CareTeam.objects.filter(pk=place.pk).update(until=now)
        note_change(row, "leave_team", actor, now)


def _others(client_id: UUID, membership_id: UUID) -> bool:
    """Whether another present clinician is on the team: whose role lets her care, not only look after the desk."""
    rest = CareTeam.objects.filter(client_id=client_id, until=None, membership__left_at=None)
    roles = rest.exclude(membership_id=membership_id).values_list("membership__roles", flat=True)
    return any("clinician" in held for held in roles)


def only_hers(membership_id: UUID) -> QuerySet[Client]:
    """The clients on whose team this member is and no other member who is present."""
    team = CareTeam.objects.filter(client=OuterRef("pk"), until=None)
    others = team.filter(membership__left_at=None).exclude(membership_id=membership_id)
    hers = team.filter(membership_id=membership_id)
    return Client.objects.filter(Exists(hers), ~Exists(others), ended_at=None)


def places_in(practice_id: UUID) -> QuerySet[CareTeam]:
    """The places on the teams of the practice's clients, also of members who are not there any more."""
    return CareTeam.objects.filter(client__practice_id=practice_id, client__ended_at=None, until=None)


@holding.holds("client whom nobody else cares for")
def count_only_hers(membership_id: UUID) -> int:
    return only_hers(membership_id).count()


@holding.parting("care teams")
def leave_teams(membership: Membership, actor: Actor, now: datetime) -> None:
    """Her places end with her membership, save where she is the last: after a restore those await an heir."""
    alone = only_hers(membership.pk).values_list("pk", flat=True)
    places = CareTeam.objects.filter(membership=membership, until=None).exclude(client__in=list(alone))
    for place in places.select_related("client"):
        CareTeam.objects.filter(pk=place.pk).update(until=now)
        note_change(place.client, "leave_team", actor, now)


@dataclass(frozen=True)
class HeldClient:
    """A client on whose team a member is. `initials` only for those who may see her."""

    id: UUID
    initials: str
    since: datetime
    alone: bool


def clients_of(actor: Actor, membership_id: UUID) -> list[HeldClient]:
    """The clients of a member of the practice, for whoever sets policy; who they are only where that may be seen."""
    must_set_policy(actor)
    mine = set(visible_clients(actor).values_list("pk", flat=True))

    def named(row: Client) -> str:
        return str(row.initials.reveal()) if row.pk in mine else ""

    alone = set(only_hers(membership_id).values_list("pk", flat=True))
    places = CareTeam.objects.filter(
        membership_id=membership_id, client__practice_id=actor.practice_id, until=None, client__ended_at=None
    )
    return [
        HeldClient(p.client_id, named(p.client), p.since, p.client_id in alone)
        for p in places.select_related("client").order_by("since", "pk")
    ]


def give_client(actor: Actor, client_id: UUID, heir: Membership, *, now: datetime) -> None:
    """Put an heir on the team of a client whom a leaver cares for. For whoever sets policy; she need not see her.

    NotThere for another practice's client; BadInput for an heir whose roles do not let her care for clients.
    """
    must_set_policy(actor)
    row = Client.objects.filter(pk=client_id, practice_id=actor.practice_id).first()
    if row is None:
        raise NotThere(subject=client_id)
    if "clinician" not in heir.roles:
        raise BadInput(Problem(f"{heir.user.name} is not a clinician: choose who will care for her", field="heir"))
    put_on_team(row, heir.pk, actor, now)
    gone = CareTeam.objects.filter(client=row, until=None, membership__left_at__isnull=False)
    gone.update(until=now)  # who left and was the last until now
