"""The two numbers of the rail, in one query; and which of Today's rarer sections hold anything, in another.

Both are asked on every page or every morning: each of the many small tables by itself would cost a query each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Value

from warmhandoff.accounts.queries import colleagues
from warmhandoff.clients.emergency import latest_emergencies
from warmhandoff.clients.lawful import latest_disclosures
from warmhandoff.clients.queries import visible_clients
from warmhandoff.clients.treatment import without_holder
from warmhandoff.referrals.crisis import due_follow_ups
from warmhandoff.referrals.inbox import owed_by
from warmhandoff.referrals.panel_view import open_transitions
from warmhandoff.referrals.queries import steps_of
from warmhandoff.referrals.supervising import waiting_rows
from warmhandoff.rules.access import Actor


@dataclass(frozen=True)
class Rail:
    """today: steps and follow-ups that are the actor's now. inbox: referrals to her that wait for an answer.

    supervises: how many members of the practice she supervises.
    """

    today: int
    inbox: int
    supervises: int


def count_rail(actor: Actor, *, now: datetime) -> Rail:
    """What waits for the actor. Counts name nobody and are not audited."""
    found = _counted(
        today=steps_of(actor, now=now), after=due_follow_ups(actor, now=now), inbox=owed_by(actor, now=now),
        supervises=_supervised(actor),
    )  # fmt: skip
    return Rail(today=found["today"] + found["after"], inbox=found["inbox"], supervises=found["supervises"])


def _supervised(actor: Actor) -> QuerySet[Any]:
    return colleagues(actor).filter(supervisor_id=actor.membership_id)


def sections_today(actor: Actor, *, now: datetime) -> dict[str, int]:
    """Which of Today's rarer sections hold anything for the actor, and how much; those that hold nothing are left out.

    "follow_ups", "emergencies", "disclosures", "panel", "unheld" (clients nobody holds), "supervises", and what waits
    for her as a supervisor: "consults", "co_signs", "conditions".
    """
    found = _counted(
        follow_ups=due_follow_ups(actor, now=now), emergencies=latest_emergencies(actor, now=now),
        disclosures=latest_disclosures(actor, now=now), panel=open_transitions(actor),
        supervises=_supervised(actor), unheld=without_holder(visible_clients(actor)), **waiting_rows(actor),
    )  # fmt: skip
    return {name: count for name, count in found.items() if count}


def _counted(**rows: QuerySet[Any]) -> dict[str, int]:
    """The number of rows under each name, by one query for all of them."""
    first, *others = (
        one.order_by().annotate(counted=Value(name)).values("counted").annotate(count=Count("pk")).values_list(
            "counted", "count")
        for name, one in rows.items()
    )  # fmt: skip
    return dict.fromkeys(rows, 0) | dict(first.union(*others, all=True))
