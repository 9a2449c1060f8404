"""Walls of what arrived from a practice of this server: a joint session, an earlier version (R-04)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.apps.test_other_practices import log
from tests.cast import NOW, Cast
from warmhandoff.referrals import joint_here, papers
from warmhandoff.referrals.models import ArrivedJoint
from warmhandoff.rules.refusals import BadInput, NotThere

SOON = NOW + timedelta(days=2)


def proposed(cast: Cast) -> ArrivedJoint:
    """To the clinician, with a call she logged."""
    return ArrivedJoint.objects.create(
        practice=cast.practice, incoming_id=log(cast), joint_id=uuid4(), at=SOON, minutes=50, where="Room 2",
        state="proposed", revision=0, changed_at=NOW,
    )  # fmt: skip


def test_where_none_was_proposed_there_is_nothing_to_answer_or_to_copy(cast: Cast) -> None:
    call = log(cast)
    assert joint_here.joint_here(cast.actor(), call, now=NOW) is None
    with pytest.raises(NotThere):
        joint_here.say_here(cast.actor(), call, "yes", seen=0, now=NOW)
    with pytest.raises(NotThere):
        joint_here.appointment_here(cast.actor(), call, now=NOW)


def test_to_a_stranger_it_is_not_there_whatever_she_says(cast: Cast) -> None:
    one = proposed(cast)
    for said in ("yes", "perhaps"):
        with pytest.raises(NotThere):
            joint_here.say_here(cast.actor("outsider"), one.incoming_id, said, seen=0, now=NOW)
    with pytest.raises(BadInput):
        joint_here.say_here(cast.actor(), one.incoming_id, "perhaps", seen=0, now=NOW)


def test_a_session_that_arrived_elsewhere_is_on_nobodys_calendar_here(cast: Cast) -> None:
    one = proposed(cast)
    assert [time.id for time in joint_here.appointments_arrived(cast.actor(), since=NOW)] == [one.pk]
    assert joint_here.appointments_arrived(cast.actor("colleague"), since=NOW) == []
    ArrivedJoint.objects.update(practice=cast.members["outsider"].practice)
    assert joint_here.appointments_arrived(cast.actor(), since=NOW) == []


def test_a_version_that_never_came_has_no_file(cast: Cast) -> None:
    with pytest.raises(NotThere):
        papers.earlier_file(cast.actor(), log(cast), uuid4(), now=NOW)
