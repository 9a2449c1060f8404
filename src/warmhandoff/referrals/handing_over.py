"""A member's open work, and giving it to others: before she leaves, or after a restore that found her gone.

The invariant: no open referral is owned by someone who left. `leavers` names where a restore has broken it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts import holding
from warmhandoff.accounts.leaving import end_membership
from warmhandoff.accounts.queries import any_member, colleague, supervised_by, who_left
from warmhandoff.accounts.roles import set_supervisor
from warmhandoff.clients import teams
from warmhandoff.core import audit
from warmhandoff.referrals.models import Incoming, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.panel_heirs import HeldTransition, give_transitions, held_transitions, run_by, under_way
from warmhandoff.referrals.planning import let_in
from warmhandoff.referrals.queries import visible_referrals
from warmhandoff.referrals.receiving import give as give_incoming
from warmhandoff.rules import incoming
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.refusals import BadInput, Problem

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership


def owned_by(membership_id: UUID) -> QuerySet[Referral]:
    """Open referrals that are this member's, or whose next step is hers."""
    hers = Q(owner_id=membership_id) | Q(next_owner_id=membership_id)
    return Referral.objects.filter(hers).exclude(state="closed")


def waiting_for(membership_id: UUID) -> QuerySet[Incoming]:
    return Incoming.objects.filter(to_member_id=membership_id, state__in=sorted(incoming.OPEN))


@holding.holds("open referral")
def count_owned(membership_id: UUID) -> int:
    return owned_by(membership_id).count()


@holding.holds("unanswered referral to the practice")
def count_waiting(membership_id: UUID) -> int:
    return waiting_for(membership_id).count()


@teams.tie
def owns_a_step(client_id: UUID, membership_id: UUID) -> str:
    """Nobody keeps a step she cannot open: it is handed on before its owner leaves the team."""
    if not owned_by(membership_id).filter(client_id=client_id).exists():
        return ""
    return "An open referral of hers is this colleague's. Hand it to someone first."


@dataclass(frozen=True)
class HeldReferral:
    """An open referral of a leaver. `who` (initials and title) only for those who may see the client."""

    id: UUID
    who: str
    state_label: str
    next_step: str
    due_at: datetime | None


@dataclass(frozen=True)
class HeldIncoming:
    id: UUID
    state_label: str
    due_at: datetime | None


@dataclass(frozen=True)
class Holdings:
    """Everything of a member that needs other hands, and (shared clients) what does not."""

    member: UUID
    name: str
    left: bool
    supervisor: UUID | None
    referrals: list[HeldReferral]
    incoming: list[HeldIncoming]
    alone: list[teams.HeldClient]
    shared: list[teams.HeldClient]
    supervisees: list[tuple[UUID, str]]
    transitions: list[HeldTransition]

    @property
    def nothing(self) -> bool:
        return not (self.referrals or self.incoming or self.alone or self.supervisees or self.transitions)


def holdings(actor: Actor, membership_id: UUID, *, now: datetime) -> Holdings:
    """What a member holds. NotAllowed without the right to policy; NotThere for members of other practices."""
    member = any_member(actor, membership_id)
    mine = set(visible_referrals(actor).values_list("pk", flat=True))
    rows = list(owned_by(member.pk).select_related("client").order_by("due_at", "created_at"))
    clients = teams.clients_of(actor, member.pk)
    audit.record(actor, "list", "holdings", member.pk, now=now, clients={r.client_id for r in rows if r.pk in mine})
    return Holdings(
        member=member.pk, name=member.user.name, left=member.left_at is not None, supervisor=member.supervisor_id,
        referrals=[_held(row, row.pk in mine) for row in rows],
        incoming=[
            HeldIncoming(row.pk, incoming.STATES[row.state], row.due_at)
            for row in waiting_for(member.pk).order_by("due_at", "received_at")
        ],
        alone=[one for one in clients if one.alone], shared=[one for one in clients if not one.alone],
        supervisees=supervised_by(member), transitions=held_transitions(member.pk),
    )


def _held(row: Referral, visible: bool) -> HeldReferral:
    who = f"{row.client.initials.reveal()}, {row.title.reveal()}" if visible else ""
    return HeldReferral(row.pk, who, STATES[row.state].label, row.next_step, row.due_at)


@dataclass(frozen=True)
class Plan:
    """Who takes what over. `heir`: for all that `each` (by id of the referral, client, incoming one or panel
    transition) does not name.

    supervisor: who supervises from now on whom she supervised, None for nobody.
    """

    heir: UUID | None = None
    each: Mapping[UUID, UUID] = field(default_factory=dict)
    supervisor: UUID | None = None


def hand_over(actor: Actor, membership_id: UUID, plan: Plan, *, now: datetime, leave: bool = False) -> None:
    """Give everything a member holds to others and, with `leave`, end her membership: all of it or nothing.

    Refuses: NotAllowed without the right to policy; NotThere for people of other practices and heirs who left;
    BadInput where something has no heir, or one who could not open it; and what `end_membership` refuses.
    """
    with transaction.atomic():
        member = any_member(actor, membership_id)
        for referral in owned_by(member.pk).select_related("practice", "client", "owner", "next_owner"):
            _give_referral(referral, member, _heir(actor, member, plan, referral.pk), actor, now)
        for row in waiting_for(member.pk).select_related("practice", "to_member__user"):
            give_incoming(row, _heir(actor, member, plan, row.pk), actor=actor, now=now)
        for client in teams.only_hers(member.pk):
            teams.give_client(actor, client.pk, _heir(actor, member, plan, client.pk), now=now)
        panels = [(row, _heir(actor, member, plan, row.pk)) for row in run_by(member.pk)]
        give_transitions(panels, member, actor=actor, now=now)
        for supervisee, _ in supervised_by(member):
            set_supervisor(actor, supervisee, plan.supervisor, now=now)
        if leave:
            end_membership(actor, member, now=now)
        elif member.left_at is not None:
            teams.leave_teams(member, actor, now)


def hand_on(actor: Actor, membership_id: UUID, plan: Plan, *, now: datetime) -> None:
    """Give some of what a member holds to others; she stays, and what the plan names no heir for stays hers.

    Refused as `hand_over`, and (BadInput) where the plan names nobody, or someone who has left.
    """
    with transaction.atomic():
        member = colleague(actor.practice_id, any_member(actor, membership_id).pk, lock=True)
        named = {subject for subject in _subjects(member) if plan.each.get(subject) or plan.heir}
        if not named and plan.supervisor is None:
            raise BadInput(Problem("choose a colleague who takes something over", field="heir"))
        for referral in owned_by(member.pk).filter(pk__in=named).select_related("practice", "client"):
            _give_referral(referral, member, _heir(actor, member, plan, referral.pk), actor, now)
        for row in waiting_for(member.pk).filter(pk__in=named).select_related("practice", "to_member__user"):
            give_incoming(row, _heir(actor, member, plan, row.pk), actor=actor, now=now)
        for client in teams.only_hers(member.pk).filter(pk__in=named):
            teams.give_client(actor, client.pk, _heir(actor, member, plan, client.pk), now=now)
        panels = [(row, _heir(actor, member, plan, row.pk)) for row in run_by(member.pk).filter(pk__in=named)]
        give_transitions(panels, member, actor=actor, now=now)
        for supervisee, _ in supervised_by(member) if plan.supervisor else ():
            set_supervisor(actor, supervisee, plan.supervisor, now=now)


def _subjects(member: Membership) -> set[UUID]:
    held = (owned_by(member.pk), waiting_for(member.pk), teams.only_hers(member.pk), run_by(member.pk))
    return {pk for rows in held for pk in rows.values_list("pk", flat=True)}


def _heir(actor: Actor, member: Membership, plan: Plan, subject: UUID) -> Membership:
    chosen = plan.each.get(subject) or plan.heir
    if chosen is None or chosen == member.pk:
        raise BadInput(Problem("choose a colleague who takes it over", field="heir"))
    return colleague(actor.practice_id, chosen, lock=True)


def _give_referral(referral: Referral, member: Membership, heir: Membership, actor: Actor, now: datetime) -> None:
    """Owner and next step, each where it was hers; the heir joins the team where she could not see it else."""
    step = heir if referral.next_owner_id == member.pk else None
    changes = {"owner": heir} if referral.owner_id == member.pk else {}
    move(referral, "hand_to", Made(facts={"owner": str(heir.pk)}, owner=step, changes=changes), actor=actor, now=now)
    let_in(referral, heir, actor, now=now, field="heir")


def leavers(actor: Actor) -> list[tuple[UUID, str]]:
    """Who left and still holds something, after a restore: for whoever sets policy, and nobody for others.

    Those who see the clients find the referrals themselves in `day.today`.
    """
    if "policy" not in actor.verbs("practice"):
        return []
    still_open = Referral.objects.filter(practice_id=actor.practice_id).exclude(state="closed")
    waiting = Incoming.objects.filter(practice_id=actor.practice_id, state__in=sorted(incoming.OPEN))
    held = Q(pk__in=still_open.values("owner")) | Q(pk__in=still_open.values("next_owner"))
    held |= Q(pk__in=under_way().filter(practice_id=actor.practice_id).values("owner"))
    held |= Q(pk__in=waiting.values("to_member")) | Q(pk__in=teams.places_in(actor.practice_id).values("membership"))
    return list(who_left(actor.practice_id).filter(held).values_list("pk", "user__name"))
