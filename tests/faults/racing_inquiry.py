"""What processes that race about an inquiry do: confirm the one at a place, or answer as it ("answer 0").

Every listing asked has room. Counted afterwards: how many are confirmed, and how many withdrawn. How such processes
run: racers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.faults.racers import main


def _one(cast: Any, number: int) -> dict[str, Any]:
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


def _count(ids: dict[str, Any]) -> str:
    from warmhandoff.referrals.models import Asked

    rows = Asked.objects.filter(referral_id=ids["referral"])
    return f"{rows.filter(confirmed_at__isnull=False).count()} {rows.filter(state='withdrawn').count()}"


if __name__ == "__main__":
    main(_one, _work, _count)
