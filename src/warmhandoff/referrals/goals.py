"""Goals: set at the start, scored at the end by both sides, each for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.switches import is_on
from warmhandoff.core import audit
from warmhandoff.referrals.models import Goal, GoalScore, Referral
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, Problem

MOST, LONGEST = 5, 200
SCORED = frozenset({"attended", "mismatched", "settled", "closed"})


@dataclass(frozen=True)
class GoalLine:
    """A goal with the last score of each side, None where that side has not told one."""

    id: UUID
    words: str
    hers: int | None
    ours: int | None


def goals_of(actor: Actor, referral_id: UUID) -> list[GoalLine]:
    """The goals of a referral whose door was passed, in order; none for staff without the right to her words."""
    referral = referral_row(actor, referral_id)
    if actor.side != "client" and not visible_referrals(actor, "see_clinical").filter(pk=referral.pk).exists():
        return []
    lines = []
    for goal in _goals(referral):
        last = dict(goal.scores.order_by("at").values_list("side", "score"))
        lines.append(GoalLine(goal.pk, goal.words.reveal(), last.get("client"), last.get("referrer")))
    return lines


def _goals(referral: Referral) -> list[Goal]:
    return list(referral.goals.filter(dropped_at=None).order_by("order", "set_at"))


def set_goals(actor: Actor, referral_id: UUID, wanted: Sequence[str], *, now: datetime) -> None:
    """Put these goals in this order; one that is there already keeps its scores, one left out is dropped.

    NotNow where the practice switched goals off; BadInput for more than five, or one over 200 characters.
    """
    words = list(dict.fromkeys(one.strip() for one in wanted if one.strip()))
    if len(words) > MOST or any(len(one) > LONGEST for one in words):
        raise BadInput(Problem(f"at most {MOST} goals, each in up to {LONGEST} characters", field="goals"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        _must_be_on(referral)
        known = {goal.words.reveal(): goal for goal in _goals(referral)}
        for order, one in enumerate(words, start=1):
            goal = known.pop(one, None) or Goal(
                practice_id=referral.practice_id, referral=referral, words=one, set_at=now
            )
            goal.order = order
            goal.save()
        Goal.objects.filter(pk__in=[goal.pk for goal in known.values()]).update(dropped_at=now)
        audit.record(actor, "set_goals", "referral", referral.pk, now=now, clients=[referral.client_id])


def score_goals(actor: Actor, referral_id: UUID, scores: Mapping[UUID, int], *, now: datetime) -> None:
    """One side tells how far each goal was reached, 0 (not at all) to 10 (all the way); those left out stay as told.

    NotNow before the first session took place; BadInput for another number, or a goal that is not of this referral.
    """
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "see" if actor.side == "client" else "change")
        _must_be_on(referral)
        if referral.state not in SCORED:
            raise NotNow("Goals are scored once the first session took place.")
        goals = {goal.pk: goal for goal in _goals(referral)}
        if not set(scores) <= set(goals) or any(not 0 <= score <= 10 for score in scores.values()):
            raise BadInput(Problem("choose a number from 0 to 10", field="goals"))
        for goal_id, score in scores.items():
            GoalScore.objects.create(
                practice_id=referral.practice_id, goal=goals[goal_id], side=actor.side, score=score, at=now
            )
        audit.record(actor, "score_goals", "referral", referral.pk, now=now, clients=[referral.client_id])


def _must_be_on(referral: Referral) -> None:
    if not is_on(referral.practice_id, "goals"):
        raise NotNow("Goals are switched off in this practice.")
