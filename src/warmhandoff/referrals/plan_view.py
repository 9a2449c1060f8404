"""What the page of a plan shows, and which of its steps are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit
from warmhandoff.referrals.models import PlanItem, PlanStep, ReferralPlan, TherapyCondition
from warmhandoff.referrals.plans import harms_of, order_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.plan import STUCK, Harm, Order
from warmhandoff.rules.refusals import NotAllowed

STEP_WORDS = {
    "bring_back": "Bring it back: the risk has become less", "not_followed": "Ask what got in the way",
    "next_talk": "Do what was agreed", "review": "Review the condition of therapy", "decide": "Decide on the condition",
}


@dataclass(frozen=True)
class StepLine:
    """A dated next step of a plan. where: for not_followed, what is noticed, as a sentence."""

    id: UUID
    item_id: UUID
    client_id: UUID
    what: str
    label: str
    due_at: datetime
    overdue: bool
    where: str = ""
    who: str = ""  # initials, in lists over clients


@dataclass(frozen=True)
class ConditionView:
    """A condition of therapy. waits_for: whose decision it waits for, ""; may_decide: that it is this reader's."""

    decision: str
    consulted: str
    consulted_on: date
    risk: str
    rationale: str
    wording: str
    review_on: date
    proposed_by: str
    decided_by: str
    may_decide: bool


@dataclass(frozen=True)
class ItemView:
    """One item with its words. state: where its referral stands, in words; deferred, trigger: as in the order.

    may_return: it was taken off, and its referral, if any, is not closed.
    """

    id: UUID
    name: str
    help: str
    reason: str
    purpose: str
    goal: str
    helps_our_work: str
    beside: str
    reduces: Mapping[str, int]
    willingness: int | None
    waiting_list: str
    resting: bool
    hers: int
    referral_id: UUID | None
    state: str
    deferred: str = ""
    trigger: str = ""
    ended_why: str = ""
    may_return: bool = False
    condition: ConditionView | None = None
    steps: tuple[StepLine, ...] = ()


@dataclass(frozen=True)
class PlanPage:
    """Everything the plan's page shows. Without a plan: nothing is planned yet."""

    order: Order
    harms: Mapping[str, Harm] = field(default_factory=dict)
    items: tuple[ItemView, ...] = ()
    past: tuple[ItemView, ...] = ()
    by_hand: bool = False


def open_plan(actor: Actor, client_id: UUID, *, now: datetime) -> PlanPage:
    """The door to a client's plan, with the audit row. A plan is all clinical: NotAllowed without that."""
    client = client_row(actor, client_id)
    if not visible_clients(actor, "see_clinical").filter(pk=client.pk).exists():
        raise NotAllowed("A plan is read by those who care for the client.", subject=client_id)
    audit.record(actor, "open", "plan", client.pk, now=now, clients=[client.pk])
    plan = ReferralPlan.objects.filter(client=client).select_related("practice").first()
    if plan is None:
        return PlanPage(Order("empty", "Nothing is planned yet."))
    found = order_of(plan)
    lines = {line.id: line for line in found.lines}
    rows = {str(row.pk): row for row in plan.items.select_related("referral")}
    steps = _steps(plan, now)
    conditions = _conditions(plan, actor)

    def view(row: PlanItem) -> ItemView:
        return _item(row, lines.get(str(row.pk)), conditions.get(row.pk), steps.get(row.pk, ()))

    return PlanPage(
        found, {one.area: one for one in harms_of(plan)}, tuple(view(rows[line.id]) for line in found.lines),
        tuple(view(row) for key, row in rows.items() if key not in lines), bool(plan.by_hand),
    )  # fmt: skip


def _item(row: PlanItem, line: Any, condition: ConditionView | None, steps: tuple[StepLine, ...]) -> ItemView:
    state = STATES[row.referral.state].label if row.referral else "Planned"
    return ItemView(
        id=row.pk, name=row.name.reveal(), help=row.help, reason=row.reason, purpose=row.purpose.reveal(),
        goal=row.goal.reveal(), helps_our_work=row.helps_our_work.reveal(), beside=row.beside.reveal(),
        reduces=row.reduces.reveal() or {}, willingness=row.willingness, waiting_list=row.waiting_list,
        resting=row.resting, hers=row.hers, referral_id=row.referral_id, state="Taken off" if row.ended_at else state,
        deferred=line.deferred if line else "", trigger=line.trigger if line else "",
        ended_why=row.ended_why.reveal(), may_return=bool(row.ended_at) and not _is_closed(row), condition=condition,
        steps=steps,
    )  # fmt: skip


def _is_closed(row: PlanItem) -> bool:
    return row.referral is not None and row.referral.state == "closed"


def _line(row: PlanStep, now: datetime, who: str = "") -> StepLine:
    return StepLine(
        row.pk, row.item_id, row.plan.client_id, row.what, STEP_WORDS[row.what], row.due_at, row.due_at < now,
        STUCK.get(row.where, ""), who,
    )  # fmt: skip


def _steps(plan: ReferralPlan, now: datetime) -> dict[UUID, tuple[StepLine, ...]]:
    found: dict[UUID, tuple[StepLine, ...]] = {}
    for row in PlanStep.objects.filter(plan=plan, done_at=None).select_related("plan").order_by("due_at"):
        found[row.item_id] = (*found.get(row.item_id, ()), _line(row, now))
    return found


def _conditions(plan: ReferralPlan, actor: Actor) -> dict[UUID, ConditionView]:
    rows = TherapyCondition.objects.filter(item__plan=plan).exclude(decision="ended").order_by("proposed_at")
    return {
        row.item_id: ConditionView(
            row.decision, row.consulted.reveal(), row.consulted_on, row.risk.reveal(), row.rationale.reveal(),
            row.wording.reveal(), row.review_on, row.proposed_by.user.name,
            row.decided_by.user.name if row.decided_by else "",
            row.decision == "waiting" and row.proposed_by.supervisor_id == actor.membership_id,
        )
        for row in rows.select_related("proposed_by__user", "decided_by__user")
    }  # fmt: skip


def due_steps(actor: Actor, *, now: datetime) -> list[StepLine]:
    """The plan steps of clients on whose team the actor is, and the conditions that wait for her decision."""
    if actor.membership_id is None:
        return []
    mine = Q(plan__client__team__membership_id=actor.membership_id, plan__client__team__until=None) & ~Q(what="decide")
    asked = Q(
        what="decide", item__conditions__proposed_by__supervisor_id=actor.membership_id,
        item__conditions__decision="waiting",
    )  # fmt: skip
    rows = PlanStep.objects.filter(mine | asked, done_at=None, plan__client__in=visible_clients(actor, "see_clinical"))
    found = list(rows.select_related("plan__client").order_by("due_at").distinct())
    if found:
        audit.record(actor, "list", "plan", now=now, clients={row.plan.client_id for row in found})
    return [_line(row, now, row.plan.client.initials.reveal()) for row in found]
