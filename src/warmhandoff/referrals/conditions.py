"""A service as a condition of therapy: only after consultation, and where someone works under a supervisor, by hers.

After the articles' and ethics codes' practice (consultation before limiting or conditioning treatment; the supervisor
decides for trainees). Support, read 2026-11; never a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.accounts.queries import colleague
from warmhandoff.referrals.models import PlanItem, TherapyCondition
from warmhandoff.referrals.plans import add_step, finish_steps, in_days, item_row, note
from warmhandoff.rules.access import Actor
from warmhandoff.rules.clock import END_OF_DAY
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Problem

DECIDE_WITHIN = 2  # business days


@dataclass(frozen=True)
class NewCondition:
    """What has to be said before therapy depends on a service. wording: as the client will hear it."""

    consulted: str
    consulted_on: date
    risk: str
    rationale: str
    wording: str
    review_on: date


def propose(actor: Actor, client_id: UUID, item_id: UUID, new: NewCondition, *, now: datetime) -> str:
    """Make a service a condition of therapy: "in_force", or "waiting" for the supervisor of who proposes it.

    Refuses words that are missing, a consultation still to come and a review in the past (BadInput), and a second
    condition on the same item (NotNow).
    """
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        _check(new, now.astimezone(ZoneInfo(item.plan.practice.time_zone)).date())
        if TherapyCondition.objects.filter(item=item, decision__in=["waiting", "in_force"]).exists():
            raise NotNow("This is proposed or in force already.")
        member = colleague(item.practice_id, actor.member)
        waits = member.supervisor_id is not None
        TherapyCondition.objects.create(
            practice_id=item.practice_id, item=item, consulted=new.consulted.strip(), consulted_on=new.consulted_on,
            risk=new.risk.strip(), rationale=new.rationale.strip(), wording=new.wording.strip(),
            review_on=new.review_on, proposed_by=member, proposed_at=now, decision="waiting" if waits else "in_force",
            decided_by=None if waits else member, decided_at=None if waits else now,
        )
        if waits:
            add_step(item.plan, item, "decide", in_days(item.plan, DECIDE_WITHIN, now), now)
        else:
            _review(item, new.review_on, now)
        note(item.plan, "plan_condition_proposed", {"item": item.name.reveal(), "waits": waits}, actor, now)
    return "waiting" if waits else "in_force"


def _check(new: NewCondition, today: date) -> None:
    problems = [
        Problem("this has to be recorded first", field=name)
        for name in ("consulted", "risk", "rationale", "wording") if not getattr(new, name).strip()
    ]
    if new.consulted_on > today:
        problems.append(Problem("this day is still to come", field="consulted_on"))
    if new.review_on <= today:
        problems.append(Problem("choose a day that is still to come", field="review_on"))
    if problems:
        raise BadInput(*problems)


def _review(item: PlanItem, on: date, now: datetime) -> None:
    zone = ZoneInfo(item.plan.practice.time_zone)
    add_step(item.plan, item, "review", datetime.combine(on, END_OF_DAY, zone), now)


def decide(actor: Actor, client_id: UUID, item_id: UUID, *, agreed: bool, now: datetime) -> None:
    """The supervisor of whoever proposed it decides, and nobody else (NotAllowed)."""
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        row = TherapyCondition.objects.filter(item=item, decision="waiting").select_related("proposed_by").first()
        if row is None:
            raise NotNow("Nothing waits to be decided here.")
        if row.proposed_by.supervisor_id != actor.membership_id:
            raise NotAllowed("This is decided by the supervisor of whoever proposed it.", subject=item_id)
        row.decision, row.decided_at = "in_force" if agreed else "refused", now
        row.decided_by_id = actor.member
        row.save()
        finish_steps(item, actor, now, "decide")
        if agreed:
            _review(item, row.review_on, now)
        note(item.plan, "plan_condition_decided", {"item": item.name.reveal(), "agreed": agreed}, actor, now)


def review(actor: Actor, client_id: UUID, item_id: UUID, *, again_on: date | None, now: datetime) -> None:
    """Review a condition: it ends, or goes on until another day. Nothing stays a condition without being looked at."""
    with transaction.atomic():
        item = item_row(actor, client_id, item_id)
        row = TherapyCondition.objects.filter(item=item, decision="in_force").first()
        if row is None:
            raise NotNow("There is no condition in force here.")
        if again_on is not None and again_on <= now.astimezone(ZoneInfo(item.plan.practice.time_zone)).date():
            raise BadInput(Problem("choose a day that is still to come", field="again_on"))
        finish_steps(item, actor, now, "review")
        if again_on is None:
            row.decision, row.decided_at, row.decided_by_id = "ended", now, actor.member
        else:
            row.review_on = again_on
            _review(item, again_on, now)
        row.save()
        note(item.plan, "plan_condition_reviewed", {"item": item.name.reveal(), "goes_on": again_on is not None},
             actor, now)
