"""Needs to come, entered by the practice: a kind of help and how often. They are nobody's need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.directory.listing import may_change
from warmhandoff.matching import parse_need
from warmhandoff.network.models import ExpectedNeed
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

MOST, MOST_A_YEAR = 100, 1000


@dataclass(frozen=True)
class Expected:
    """One kind of need in the form of need.json, and how often it is expected in a year."""

    id: UUID
    need: dict[str, Any]
    a_year: int


def expect(actor: Actor, need: Mapping[str, Any], a_year: int, *, now: datetime) -> UUID:
    """Enter a kind of need and how often it will come in a year (1 to 1000). Returns its id.

    Refuses what `matching.parse_need` refuses, another number, listings to leave out (which would tell of someone) and
    more than 100 of a practice.
    """
    may_change(actor)
    parse_need(dict(need))
    problems = []
    if not 1 <= a_year <= MOST_A_YEAR:
        problems.append(Problem(f"a whole number from 1 to {MOST_A_YEAR} is needed", field="a_year"))
    if need.get("exclude"):
        problems.append(Problem("a kind of need leaves nobody out", field="exclude"))
    if ExpectedNeed.objects.filter(practice_id=actor.practice_id).count() >= MOST:
        problems.append(Problem(f"there are {MOST} already: remove one first", field="a_year"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        row = ExpectedNeed.objects.create(
            practice_id=actor.practice_id, need=dict(need), a_year=a_year, added_at=now, by_id=actor.member
        )
        audit.record(actor, "expect", "need", row.pk, now=now)
    return row.pk


def expect_no_more(actor: Actor, expected_id: UUID, *, now: datetime) -> None:
    """Take an expected need away. NotThere for one of another practice."""
    may_change(actor)
    with transaction.atomic():
        row = ExpectedNeed.objects.filter(practice_id=actor.practice_id, pk=expected_id).first()
        if row is None:
            raise NotThere(subject=expected_id)
        row.delete()
        audit.record(actor, "remove", "need", expected_id, now=now)


def expected_by(practice_id: UUID) -> list[Expected]:
    """What the practice expects, oldest first."""
    rows = ExpectedNeed.objects.filter(practice_id=practice_id)
    return [Expected(row.pk, dict(row.need), row.a_year) for row in rows]
