"""A panel transition under way in other hands: what a leaver holds of them, and what an heir takes over.

The heir goes on where it stands: the clients who are still to be referred are hers to see from then on, and work that
is under way is done for her.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from warmhandoff.accounts import holding
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients import teams
from warmhandoff.core import audit, jobs
from warmhandoff.referrals.models import PanelMeeting, PanelTransition, Referral
from warmhandoff.referrals.panel import REASONS, may_have
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem, Stale

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership


def under_way() -> QuerySet[PanelTransition]:
    """Transitions that want their owner: not accepted yet, someone still to be met, or a referral of it still open."""
    to_meet = PanelMeeting.objects.filter(met_at=None).values("transition")
    going = Referral.objects.filter(transition__isnull=False).exclude(state="closed").values("transition__transition")
    return PanelTransition.objects.filter(~Q(state="accepted") | Q(pk__in=to_meet) | Q(pk__in=going))


def run_by(membership_id: UUID) -> QuerySet[PanelTransition]:
    return under_way().filter(owner_id=membership_id)


@holding.holds("panel transition")
def count_run_by(membership_id: UUID) -> int:
    return run_by(membership_id).count()


@dataclass(frozen=True)
class HeldTransition:
    """A transition of a leaver, without a word of who is in it."""

    id: UUID
    reason: str
    clients: int
    last_on: date


def held_transitions(membership_id: UUID) -> list[HeldTransition]:
    """What a member has under way, the oldest first; for who has passed the door of her holdings."""
    rows = run_by(membership_id).annotate(count=Count("clients")).order_by("created_at")
    return [HeldTransition(row.pk, REASONS[row.reason], row.count, row.last_on) for row in rows]


def give_transitions(
    rows: Iterable[tuple[PanelTransition, Membership]], member: Membership, *, actor: Actor, now: datetime
) -> None:
    """Each transition of a leaver to its heir, who is present and locked; within the caller's transaction."""
    for row, heir in rows:
        _give(row, member, heir, actor, now)


def _give(row: PanelTransition, member: Membership, heir: Membership, actor: Actor, now: datetime) -> None:
    """Refuses (BadInput) an heir who treats nobody. Whoever is to be referred yet gets her on the care team.

    The transition is not counted as changed: the answer that the engine is looking for still belongs to it.
    """
    if not may_have(actor_of_membership(heir)):
        why = f"{heir.user.name} treats no clients: choose who will go on with the panel"
        raise BadInput(Problem(why, field="heir"))
    if not PanelTransition.objects.filter(pk=row.pk, owner=member).update(owner=heir):
        raise Stale(subject=row.pk)
    waiting = row.clients.filter(referral=None, left_out=False, client__ended_at=None)
    clients = list(waiting.values_list("client_id", flat=True)) if row.state != "accepted" else []
    for client_id in clients:
        teams.give_client(actor, client_id, heir, now=now)
    _ask_again(row, now)
    audit.record(actor, "give_panel", "transition", row.pk, now=now, clients=clients)


def _ask_again(row: PanelTransition, now: datetime) -> None:
    """Work under way may have been left undone for want of an owner (after a restore); done twice, it does no harm."""
    if row.state == "working":
        jobs.enqueue("panel_assign", {"transition": str(row.pk), "moves": row.moves_made}, now=now)
    elif row.state == "accepting":
        jobs.enqueue("panel_accept", {"transition": str(row.pk)}, now=now)
