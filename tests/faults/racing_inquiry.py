"""What each racing process runs: prepare inquiries whose listings all have room, or confirm one at a given instant.

python -m tests.faults.racing_inquiry prepare N        prints the ids of N inquiries as JSON
python -m tests.faults.racing_inquiry PLACE IDS GO     says ready, waits until the file GO is there, confirms the one at
                                                       PLACE (or answers as it) and prints won, or the refusal's code
python -m tests.faults.racing_inquiry count IDS -      prints how many are confirmed, and how many withdrawn
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
    from tests.apps.referrals.loop import Loop
    from tests.cast import NOW
    from warmhandoff.referrals.inquiring import NewInquiry, inquire
    from warmhandoff.referrals.inquiry_answers import InquiryAnswer, log_inquiry_answer
    from warmhandoff.referrals.models import Asked

    loop = Loop(cast)
    inquiry = inquire(cast.actor(), loop.id, NewInquiry("Room for someone?", loop.listings, NOW.date()), now=NOW)
    asked = [str(pk) for pk in Asked.objects.filter(inquiry_id=inquiry).values_list("pk", flat=True)]
    for pk in asked:
        log_inquiry_answer(cast.actor(), loop.id, UUID(pk), InquiryAnswer("yes", openings="Monday"), now=NOW)
    return {"referral": str(loop.id), "asked": asked, "member": str(cast.clinician.pk), "now": NOW.isoformat()}


def _work(place: str, ids: dict[str, Any]) -> Callable[[], object]:
    from datetime import datetime

    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.referrals.inquiring import confirm
    from warmhandoff.referrals.inquiry_answers import InquiryAnswer, answer_inquiry

    now, staff = datetime.fromisoformat(ids["now"]), actor_of_membership(Membership.objects.get(pk=ids["member"]))
    if place.startswith("answer"):
        asked = UUID(ids["asked"][int(place[-1])])
        return lambda: answer_inquiry(asked, InquiryAnswer("no", why="times"), now=now)
    return lambda: confirm(staff, UUID(ids["referral"]), UUID(ids["asked"][int(place)]), now=now)


def _race(place: str, ids: dict[str, Any], go: Path) -> str:
    from warmhandoff.rules.refusals import Refusal

    work = _work(place, ids)
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.0005)
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "won"


def _count(ids: dict[str, Any]) -> str:
    from warmhandoff.referrals.models import Asked

    rows = Asked.objects.filter(referral_id=ids["referral"])
    return f"{rows.filter(confirmed_at__isnull=False).count()} {rows.filter(state='withdrawn').count()}"


if __name__ == "__main__":
    start_django(migrate=sys.argv[1] == "prepare")
    if sys.argv[1] == "prepare":
        _prepare(int(sys.argv[2]))
    elif sys.argv[1] == "count":
        print(_count(json.loads(sys.argv[2])))
    else:
        print(_race(sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])))
