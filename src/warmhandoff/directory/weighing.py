"""How much each wish counts for a practice. Every change is a new numbered set, so that an answer can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.core import audit
from warmhandoff.directory.models import WeightsSet
from warmhandoff.matching import checked_weights
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem, Stale


@dataclass(frozen=True)
class WeightsNow:
    """A numbered set; 0: the product's own, where a practice never changed any. `weights` names every term."""

    number: int
    weights: Mapping[str, int]


def weights_of(practice_id: UUID, number: int | None = None) -> WeightsNow:
    """The set that counts now, or the one of this number. Refuses a number that was never set."""
    if number == 0:
        return WeightsNow(0, checked_weights(None))
    sets = WeightsSet.objects.filter(practice_id=practice_id)
    found = (sets if number is None else sets.filter(number=number)).order_by("-number").first()
    if found is None and number is not None:
        raise BadInput(Problem(f"there is no set of weights {number}", field="number"))
    return WeightsNow(found.number, checked_weights(found.weights)) if found else weights_of(practice_id, 0)


@dataclass(frozen=True)
class WeightsLine:
    """One set of the past. `changes`: term -> (before, from then on), of the terms that changed."""

    number: int
    at: datetime
    by: UUID | None
    changes: Mapping[str, tuple[int, int]]


def weights_history(practice_id: UUID) -> list[WeightsLine]:
    """Every set of the practice, the newest first."""
    lines, before = [], dict(checked_weights(None))
    for row in WeightsSet.objects.filter(practice_id=practice_id).order_by("number"):
        now = dict(checked_weights(row.weights))
        changes = {term: (before[term], now[term]) for term in now if now[term] != before[term]}
        lines.append(WeightsLine(row.number, row.set_at, row.set_by, changes))
        before = now
    return lines[::-1]


def set_weights(actor: Actor, weights: Mapping[str, int], *, now: datetime, seen: int | None = None) -> int:
    """Let these weights count from now on; terms left out have the product's default. Returns the set's number.

    `seen`: the number that the change was made from. Refuses terms that do not exist, all but whole numbers from 0 to
    1,000,000 (BadInput), someone else's change in between (Stale), and who may not change the practice's policy.
    """
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Changing what counts in matching is for administrators of the practice.")
    whole = dict(checked_weights(weights))
    with transaction.atomic():
        current = weights_of(actor.practice_id)
        if seen is not None and seen != current.number:
            raise Stale()
        if whole == dict(current.weights):
            return current.number
        number = current.number + 1
        try:
            with transaction.atomic():
                WeightsSet.objects.create(
                    practice_id=actor.practice_id, number=number, weights=whole, set_at=now, set_by=actor.membership_id
                )
        except IntegrityError as error:
            raise Stale() from error
        audit.record(actor, "set_weights", "practice", actor.practice_id, now=now)
    return number
