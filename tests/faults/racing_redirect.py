"""What each racing process runs: log referrals to the practice, or answer one at a given instant.

python -m tests.faults.racing_redirect prepare N        prints the ids of N incoming referrals as JSON
python -m tests.faults.racing_redirect HOW IDS GO       says ready, waits until the file GO is there, then redirects as
                                                        the clinician or the coordinator, or accepts; prints won, or
                                                        the refusal's code
python -m tests.faults.racing_redirect count IDS -      prints state, moves made, answers among the events, names told
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from warmhandoff.cli.environment import start_django


def _prepare(count: int) -> None:
    from tests.cast import make_cast

    cast = make_cast()
    print(json.dumps([_one(cast, number) for number in range(count)]))


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


def _race(how: str, ids: dict[str, Any], go: Path) -> str:
    from warmhandoff.rules.refusals import Refusal

    work = _work(how, ids)
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "won"


def _count(ids: dict[str, Any]) -> str:
    from warmhandoff.core.models import Event
    from warmhandoff.referrals.models import Incoming

    row = Incoming.objects.get(pk=ids["incoming"])
    answers = Event.objects.filter(subject_id=row.pk, move__in=["redirect", "accept"]).count()
    names = len((row.answer_facts.reveal() or {}).get("names", []))
    return f"{row.state} {row.moves_made} {answers} {names}"


if __name__ == "__main__":
    start_django(migrate=sys.argv[1] == "prepare")
    if sys.argv[1] == "prepare":
        _prepare(int(sys.argv[2]))
    elif sys.argv[1] == "count":
        print(_count(json.loads(sys.argv[2])))
    else:
        print(_race(sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])))
