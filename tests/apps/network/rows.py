"""One row of everything the network keeps, for the tests of who may see it."""

from __future__ import annotations

from typing import Any

from tests.apps.referrals.loop import NEED
from tests.cast import Cast
from warmhandoff.network.expecting import expect


def network_ids(cast: Cast) -> dict[str, Any]:
    """Ids by the names they have in addresses."""
    return {"expected_id": expect(cast.actor(), NEED, 3, now=cast.now)}
