"""Every state is reached by the actions, has a next step, and stands in the timeline."""

from __future__ import annotations

import pytest

from tests.apps.referrals.loop import WAYS, loop_at
from tests.cast import Cast
from warmhandoff.core.models import Event
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.lifecycle import STATES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("state", sorted(WAYS))
def test_the_actions_lead_there_with_one_next_step(cast: Cast, state: str) -> None:
    loop = loop_at(cast, state)
    row = loop.row
    assert row.next_step == STATES[state].step
    assert bool(row.due_at) == bool(row.next_owner_id) == (state != "closed")
    assert Event.objects.filter(subject_id=loop.id).count() == row.moves_made
    page = open_referral(loop.actor, loop.id, now=loop.now)
    assert [entry.at for entry in page.timeline] == sorted(entry.at for entry in page.timeline)
    assert page.moves
