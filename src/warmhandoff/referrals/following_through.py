"""Not followed through: noticed by the clock, asked about without blame, answered with one supportive next step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from warmhandoff.core import jobs
from warmhandoff.core.queries import practices_with_keys
from warmhandoff.referrals.models import Choice, PlanItem, PlanStep, ReferralPlan
from warmhandoff.referrals.plans import (
    LOOK_AGAIN,
    add_step,
    bring_back,
    finish_steps,
    in_days,
    item_row,
    note,
    open_items,
    order_of,
)
from warmhandoff.rules.access import Actor
from warmhandoff.rules.plan import AT_ONCE, STUCK, proposals
from warmhandoff.rules.refusals import BadInput, NotNow, Problem
from warmhandoff.rules.switches import is_on
from warmhandoff.rules.vocab import vocabulary

ASK_WITHIN = 2  # business days


@jobs.every_tick("follow_through")
def notice(now: datetime) -> None:
    """Every item of a plan whose referral stands still: no choice, no booking, no attendance. And what may wake.

    Nothing is noticed where the practice has switched plans off.
    """
    stuck = Q(referral__state__in=sorted(STUCK), referral__due_at__lt=now) | Q(referral__state__in=sorted(AT_ONCE))
    rows = PlanItem.objects.filter(stuck, ended_at=None, practice_id__in=practices_with_keys())
    for item in rows.select_related("referral", "plan__practice"):
        if is_on("plans", item.plan.practice.switches):
            _notice(item, now)
    resting = PlanItem.objects.filter(resting=True, ended_at=None, practice_id__in=practices_with_keys())
    for plan in ReferralPlan.objects.filter(pk__in=resting.values("plan")).select_related("practice"):
        if is_on("plans", plan.practice.switches):
            _wake(plan, now)


def _notice(item: PlanItem, now: datetime) -> None:
    """Once for each time it came to stand there: a step of that state made since the referral last moved is enough."""
    assert item.referral is not None
    where, since = item.referral.state, item.referral.due_at
    asked = PlanStep.objects.filter(item=item, what="not_followed", where=where)
    if asked.filter(done_at=None).exists() or (since and asked.filter(made_at__gte=since).exists()):
        return
    if where in AT_ONCE and asked.filter(done_at__gte=now - LOOK_AGAIN).exists():
        return
    add_step(item.plan, item, "not_followed", in_days(item.plan, ASK_WITHIN, now), now, where)


def _wake(plan: ReferralPlan, now: datetime) -> None:
    """What was put off until another is settled comes back once nothing else of the plan goes on."""
    rows = list(open_items(plan))
    if any(not row.resting for row in rows):
        return
    for row in rows:
        PlanItem.objects.filter(pk=row.pk, resting=True).update(resting=False)
        add_step(plan, row, "bring_back", in_days(plan, ASK_WITHIN, now), now)


def named_before(actor: Actor, client_id: UUID, item_id: UUID) -> str:
    """What she said might stop her, when she last chose for this item's referral: a code, "" where she said nothing."""
    item = item_row(actor, client_id, item_id)
    said = Choice.objects.filter(referral=item.referral_id).exclude(barrier="").order_by("-at")
    return said.values_list("barrier", flat=True).first() or ""


def answer(
    actor: Actor, client_id: UUID, item_id: UUID, *, barrier: str, proposal: str, words: str, now: datetime
) -> None:
    """Write down what got in the way, and the one next step that was agreed; it falls due in a week.

    "Fewer things at once" lets everything else of the plan rest until this is settled. Refuses unknown answers
    (BadInput), and an item that nobody asked about (NotNow).
    """
    problems = []
    if barrier not in vocabulary("barriers"):
        problems.append(Problem("choose what got in the way", field="barrier"))
    if proposal not in {one.code for one in proposals()}:
        problems.append(Problem("choose a next step", field="proposal"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        if item.ended_at or item.referral is None:
            raise NotNow("This item was not begun, or is over.")
        step = PlanStep.objects.filter(item=item, what="not_followed", done_at=None).first() or PlanStep(
            practice_id=item.practice_id, plan=item.plan, item=item, what="not_followed", where=item.referral.state,
            due_at=now, made_at=now,
        )
        step.barrier, step.proposal, step.words = barrier, proposal, words.strip()
        step.done_at, step.done_by_id = now, actor.member
        step.save()
        add_step(item.plan, item, "next_talk", now + LOOK_AGAIN, now)
        if proposal == "fewer_items":
            open_items(item.plan).exclude(pk=item.pk).filter(referral=None).update(resting=True)
        note(item.plan, "plan_barrier_told", {"item": item.name.reveal(), "barrier": barrier, "proposal": proposal},
             actor, now)


def done(actor: Actor, client_id: UUID, item_id: UUID, what: str, *, now: datetime) -> None:
    """A step was taken: brought back, talked about."""
    if what not in ("bring_back", "next_talk"):
        raise BadInput(Problem("this step is finished on its own page", field="what"))
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        finish_steps(item, actor, now, what)
        note(item.plan, "plan_step_done", {"item": item.name.reveal(), "step": what}, actor, now)


def rest(actor: Actor, client_id: UUID, item_id: UUID, *, resting: bool, now: datetime) -> None:
    """Put one item off until another is settled, or take it up again."""
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        before = order_of(item.plan)
        PlanItem.objects.filter(pk=item.pk).update(resting=resting)
        bring_back(item.plan, before, now)
        note(item.plan, "plan_item_rests" if resting else "plan_item_wakes", {"item": item.name.reveal()}, actor, now)
