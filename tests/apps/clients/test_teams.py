"""Care teams: taking someone off, and what stays on the record."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from warmhandoff.clients import teams
from warmhandoff.clients.caring import join_team
from warmhandoff.clients.queries import visible_clients
from warmhandoff.referrals.planning import hand_to
from warmhandoff.rules.refusals import NotNow, NotThere

LATER = NOW + timedelta(days=3)


def off(cast: Cast, part: str, *, by: str = "clinician") -> None:
    teams.leave_team(cast.actor(by), cast.client.pk, cast.members[part].pk, now=LATER)


def on(cast: Cast, part: str) -> None:
    join_team(cast.actor(), cast.client.pk, cast.members[part].pk, now=NOW)


def test_who_is_taken_off_sees_her_no_more_and_stays_on_the_record(cast: Cast) -> None:
    on(cast, "colleague")
    assert visible_clients(cast.actor("colleague")).exists()
    off(cast, "colleague")
    assert not visible_clients(cast.actor("colleague")).exists()
    now_on, before = teams.team_of(cast.client.pk)
    assert (now_on.name, now_on.until) == ("Clinician Person", None)
    assert (before.name, before.since, before.until) == ("Colleague Person", NOW, LATER)


def test_a_team_keeps_a_clinician(cast: Cast) -> None:
    with pytest.raises(NotNow):
        off(cast, "clinician")
    on(cast, "coordinator")  # who looks after the desk does not treat
    with pytest.raises(NotNow):
        off(cast, "clinician")
    on(cast, "colleague")
    cast.members["colleague"].left_at = NOW
    cast.members["colleague"].save()
    with pytest.raises(NotNow):  # who left does not count
        off(cast, "clinician")
    on(cast, "supervisor")
    off(cast, "clinician")
    assert not visible_clients(cast.actor()).exists()


def test_nobody_leaves_a_step_behind_that_she_cannot_open(cast: Cast) -> None:
    loop = Loop(cast)
    on(cast, "colleague")
    with pytest.raises(NotNow):
        off(cast, "clinician")
    hand_to(cast.actor(), loop.id, cast.members["colleague"].pk, now=NOW)
    off(cast, "clinician", by="colleague")


@pytest.mark.parametrize("by", ["colleague", "coordinator", "admin", "outsider"])
def test_only_those_who_care_for_her_change_the_team(cast: Cast, by: str) -> None:
    on(cast, "supervisor")
    with pytest.raises(NotThere):
        off(cast, "supervisor", by=by)
    with pytest.raises(NotThere):
        off(cast, "colleague")  # who is not on it
    with pytest.raises(NotThere):
        teams.leave_team(cast.actor(), cast.client.pk, uuid4(), now=NOW)
