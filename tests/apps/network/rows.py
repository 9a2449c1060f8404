"""One row of everything the network keeps, for the tests of who may see it."""

from __future__ import annotations

from typing import Any

from tests.apps.referrals.loop import NEED
from tests.cast import Cast
from warmhandoff.network.expecting import expect
from warmhandoff.network.meeting import Touch, add_group, plan_outreach


def network_ids(cast: Cast) -> dict[str, Any]:
    """Ids by the names they have in addresses."""
    now, day = cast.now, cast.now.date()
    group = add_group(cast.actor(), "Southside consultation", "group", now=now)
    return {
        "expected_id": expect(cast.actor(), NEED, 3, now=now), "group_id": group,
        "outreach_id": plan_outreach(cast.actor(), Touch("group", day, group_id=group), now=now),
    }
