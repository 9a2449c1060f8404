"""What a practice decides about releases and minors. Every default is the careful one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem
from warmhandoff.rules.release import LONGEST_DAYS
from warmhandoff.rules.signers import state_rules


@dataclass(frozen=True)
class ReleaseSettings:
    """days: a release's usual life; longest_days: its longest, a year at most. minor_rules: states, by their letters.

    part2_programme: the practice is a programme under 42 CFR Part 2.
    """

    days: int
    longest_days: int
    part2_programme: bool
    minor_rules: Sequence[str]
    state: str


def release_settings(actor: Actor) -> ReleaseSettings:
    """How the actor's practice has it."""
    row = Practice.objects.get(pk=actor.practice_id)
    return ReleaseSettings(
        row.release_days, row.release_longest_days, row.part2_programme, tuple(row.minor_rules), row.state
    )


def change_release_settings(actor: Actor, wanted: ReleaseSettings, *, now: datetime) -> None:
    """Set them, by an administrator of the practice. What is signed already keeps its last day."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    problems = []
    if not 1 <= wanted.longest_days <= LONGEST_DAYS:
        problems.append(Problem(f"a release ends within {LONGEST_DAYS} days", field="longest_days"))
    if not 1 <= wanted.days <= wanted.longest_days:
        problems.append(Problem("the usual life is not above the longest", field="days"))
    if not set(wanted.minor_rules) <= set(state_rules()):
        problems.append(Problem("there is no rule for this state", field="minor_rules"))
    if wanted.state and (len(wanted.state) != 2 or not wanted.state.isalpha() or not wanted.state.isupper()):
        problems.append(Problem("a state is two letters", field="state"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        Practice.objects.filter(pk=actor.practice_id).update(
            release_days=wanted.days, release_longest_days=wanted.longest_days, state=wanted.state,
            part2_programme=wanted.part2_programme, minor_rules=sorted(set(wanted.minor_rules)),
        )
        audit.record(actor, "change_release_settings", "practice", actor.practice_id, now=now)
