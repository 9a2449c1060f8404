"""What processes that race for one referral do: accept, decline, end it, put it off, or make a bare move.

How such processes run: racers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.faults.racers import main


def _one(cast: Any, number: int) -> dict[str, Any]:
    from tests.flows import walk as way

    walk = way.sent(cast)
    return {
        "delivery": str(walk.delivery.pk), "referral": str(walk.referral_id), "release": str(walk.release_id),
        "member": str(walk.cast.clinician.pk), "seen": walk.row.moves_made, "now": walk.now.isoformat(),
    }  # fmt: skip


def _moves(ids: dict[str, Any]) -> dict[str, Callable[[], object]]:
    from datetime import datetime

    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.referrals import answering, closing, planning
    from warmhandoff.referrals.moving import Made, move
    from warmhandoff.referrals.queries import referral_row

    now, referral = datetime.fromisoformat(ids["now"]), UUID(ids["referral"])
    recipient = answering.recipient_actor_by_id(UUID(ids["delivery"]), now=now)
    staff = actor_of_membership(Membership.objects.get(pk=ids["member"]))
    seen_row = referral_row(staff, referral)  # as loaded by a page that was open before the race
    accept = answering.Answer("accept", openings="Monday 9 am")
    decline = answering.Answer("decline", decline_reason="full")
    return {
        "accept": lambda: answering.answer_delivery(recipient, accept, now=now, seen=ids["seen"]),
        "decline": lambda: answering.answer_delivery(recipient, decline, now=now, seen=ids["seen"]),
        "bare": lambda: move(seen_row, "accept", Made(facts={"openings": "Monday"}), actor=recipient, now=now),
        "end": lambda: closing.close(staff, referral, outcome="cancelled", why="x", now=now, seen=ids["seen"]),
        "put_off": lambda: planning.put_off(staff, referral, due_at=now.replace(year=now.year + 1), why="x", now=now),
    }


def _work(how: str, ids: dict[str, Any]) -> Callable[[], object]:
    return _moves(ids)[how]


if __name__ == "__main__":
    main(_one, _work)
