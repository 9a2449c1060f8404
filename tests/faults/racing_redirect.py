"""What processes that race for one incoming referral do: redirect it as the clinician or the coordinator, or accept it.

Counted afterwards: state, moves made, answers among the events, names told. How such processes run: racers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.faults.racers import main


def _one(cast: Any, number: int) -> dict[str, Any]:
    from tests.cast import NOW
    from tests.flows import listings
    from warmhandoff.referrals.receiving import NewIncoming, log_incoming

    known = [listings.add(cast, f"{name} {number}") for name in ("Ana", "Bea", "Cy")]
    given = log_incoming(cast.actor(), NewIncoming("Hill Country Physicians", "pain"), now=NOW)
    people = {part: str(cast.members[part].pk) for part in ("clinician", "coordinator")}
    return {"incoming": str(given), "listings": known, "now": NOW.isoformat(), **people}


def _work(how: str, ids: dict[str, Any]) -> Callable[[], object]:
    from datetime import datetime

    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.referrals.answering import Answer
    from warmhandoff.referrals.receiving import answer_incoming
    from warmhandoff.referrals.redirecting import Redirect, redirect

    now, given = datetime.fromisoformat(ids["now"]), UUID(ids["incoming"])
    part = how if how in ids else "clinician"
    actor = actor_of_membership(Membership.objects.select_related("user").get(pk=ids[part]))
    if how == "accept":
        return lambda: answer_incoming(actor, given, Answer("accept", openings="Monday"), now=now)
    names = ids["listings"][:2] if how == "coordinator" else ids["listings"]
    return lambda: redirect(actor, given, Redirect(names), today=now.date(), now=now)


def _count(ids: dict[str, Any]) -> str:
    from warmhandoff.core.models import Event
    from warmhandoff.referrals.models import Incoming

    row = Incoming.objects.get(pk=ids["incoming"])
    answers = Event.objects.filter(subject_id=row.pk, move__in=["redirect", "accept"]).count()
    names = len((row.answer_facts.reveal() or {}).get("names", []))
    return f"{row.state} {row.moves_made} {answers} {names}"


if __name__ == "__main__":
    main(_one, _work, _count)
