"""What each racing process runs: prepare a walk, or make one move at a given instant and say how it went.

python -m tests.faults.racing prepare N           prints the ids of N referrals as JSON
python -m tests.faults.racing MOVE IDS GO         says ready, waits until the file GO is there, and prints won, stale,
                                                  not_now or the code of another refusal
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
    print(json.dumps([_one(cast) for _ in range(count)]))


def _one(cast: Any) -> dict[str, Any]:
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


def _race(name: str, ids: dict[str, Any], go: Path) -> str:
    from warmhandoff.rules.refusals import Refusal

    work = _moves(ids)[name]
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)  # all processes leave this line within a millisecond of each other
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "won"


if __name__ == "__main__":
    start_django(migrate=sys.argv[1] == "prepare")
    if sys.argv[1] == "prepare":
        _prepare(int(sys.argv[2]))
    else:
        print(_race(sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])))
