"""What a recipient says of her openings is kept as her listing's own word, for the practice that asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apps.referrals.loop import loop_at
from tests.cast import Cast
from warmhandoff.directory.queries import known_facts
from warmhandoff.referrals import answering


@pytest.mark.parametrize("by_herself", [True, False], ids=["on her page", "by telephone"])
@pytest.mark.parametrize(("kind", "said", "accepting", "wait"), [
    ("decline", {"decline_reason": "full"}, "closed", None),
    ("decline", {"decline_reason": "outside_niche"}, None, None),
    ("waitlist", {"weeks": 6}, "waitlist", 42),
    ("accept", {"openings": "Tuesday at three"}, None, None),  # a yes to one client says nothing of the next
])  # fmt: skip
def test_openings_are_learned_from_answers(
    cast: Cast, kind: str, said: dict[str, Any], accepting: str | None, wait: int | None, by_herself: bool
) -> None:
    loop = loop_at(cast, "sent")
    listing = loop.row.deliveries.get().listing_id

    def known() -> tuple[object, object]:
        facts = known_facts(cast.practice.pk, [listing], today=loop.now.date())[listing]
        return facts.get("accepting"), facts.get("wait_days")

    before = known()
    if by_herself:
        delivery = loop.row.deliveries.select_related("listing").get()
        answering.answer_delivery(answering.recipient_actor(delivery), answering.Answer(kind, **said), now=loop.now)
    else:
        loop.answer(kind, **said)
    assert known() == (accepting or before[0], wait or before[1])
    assert before[0] not in ("closed", "waitlist")
