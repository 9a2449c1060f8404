"""A joint session: proposed, agreed by both, changed, called off; and a member's own calendar."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from warmhandoff.accounts import calendar_feeds, holding
from warmhandoff.accounts.models import CalendarFeed, Membership
from warmhandoff.clients.inviting import client_actor_by_id
from warmhandoff.core.models import Message
from warmhandoff.referrals import joint
from warmhandoff.referrals.answering import recipient_actor
from warmhandoff.referrals.models import JointSession
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Stale, TooMany

pytestmark = pytest.mark.slow

AT = NOW + timedelta(days=3)


def client_of(cast: Cast) -> Actor:
    return client_actor_by_id(cast.practice.pk, cast.client.pk)


def recipient_of(loop: Loop) -> Actor:
    return recipient_actor(loop.row.deliveries.select_related("listing").get(state="handed_over"))


def proposed(cast: Cast, state: str = "accepted") -> Loop:
    loop = loop_at(cast, state)
    joint.propose(loop.actor, loop.id, at=AT, minutes=50, where="Oak Street", now=NOW)
    return loop


def test_it_is_agreed_once_both_said_yes_by_themselves(cast: Cast) -> None:
    loop = proposed(cast)
    joint.agree(recipient_of(loop), loop.id, "recipient", seen=0, now=NOW)
    shown = joint.joint_of(client_of(cast), loop.id, now=NOW)
    assert shown is not None and (shown.state, shown.recipient_agreed, shown.client_agreed) == ("proposed", True, False)
    joint.agree(client_of(cast), loop.id, "client", seen=0, now=NOW)
    row = JointSession.objects.get()
    assert (row.state, row.recipient_via, row.client_via) == ("agreed", "recipient", "client")


def test_staff_log_what_they_heard(cast: Cast) -> None:
    loop = proposed(cast)
    desk = cast.actor("coordinator")
    joint.agree(desk, loop.id, "client", seen=0, now=NOW)
    joint.agree(desk, loop.id, "recipient", seen=0, now=NOW)
    row = JointSession.objects.get()
    assert (row.state, row.recipient_via, row.client_via) == ("agreed", "referrer", "referrer")


def test_nobody_says_yes_for_another(cast: Cast) -> None:
    loop = proposed(cast)
    with pytest.raises(NotThere):
        joint.agree(client_of(cast), loop.id, "recipient", seen=0, now=NOW)
    with pytest.raises(NotThere):
        joint.agree(recipient_of(loop), loop.id, "client", seen=0, now=NOW)
    for part in ("colleague", "outsider"):
        with pytest.raises(NotThere):
            joint.agree(cast.actor(part), loop.id, "client", seen=0, now=NOW)
        with pytest.raises(NotThere):
            joint.joint_of(cast.actor(part), loop.id, now=NOW)


def test_another_time_asks_both_again(cast: Cast) -> None:
    loop = proposed(cast)
    joint.agree(loop.actor, loop.id, "client", seen=0, now=NOW)
    joint.agree(loop.actor, loop.id, "recipient", seen=0, now=NOW)
    joint.propose(loop.actor, loop.id, at=AT + timedelta(days=1), minutes=30, where="", now=NOW)
    row = JointSession.objects.get()
    assert (row.state, row.revision, row.client_at, row.recipient_at) == ("proposed", 1, None, None)
    with pytest.raises(Stale):
        joint.agree(recipient_of(loop), loop.id, "recipient", seen=0, now=NOW)


def test_called_off_it_leaves_the_calendars_and_another_can_be_proposed(cast: Cast) -> None:
    loop = proposed(cast)
    joint.call_off(client_of(cast), loop.id, seen=0, now=NOW)
    assert joint.joint_of(loop.actor, loop.id, now=NOW) is None
    [gone] = joint.appointments_of_member(loop.actor, now=NOW)
    assert gone.off and gone.revision == 1
    with pytest.raises(NotThere):
        joint.appointment_of(loop.actor, loop.id, now=NOW)
    joint.propose(loop.actor, loop.id, at=AT, minutes=50, where="", now=NOW)
    assert JointSession.objects.count() == 2


@pytest.mark.parametrize(("days", "minutes", "field"), [
    (-1, 50, "at"), (400, 50, "at"), (3, 4, "minutes"), (3, 300, "minutes"),
])
def test_times_that_cannot_be_are_refused(cast: Cast, days: int, minutes: int, field: str) -> None:
    loop = loop_at(cast, "accepted")
    with pytest.raises(BadInput) as refused:
        joint.propose(loop.actor, loop.id, at=NOW + timedelta(days=days), minutes=minutes, where="", now=NOW)
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize("state", ["offered", "released", "closed"])
def test_it_needs_someone_who_received_the_packet(cast: Cast, state: str) -> None:
    loop = loop_at(cast, state)
    assert not joint.may_propose(loop.actor, loop.id)
    with pytest.raises(NotNow):
        joint.propose(loop.actor, loop.id, at=AT, minutes=50, where="", now=NOW)


def test_a_members_calendar_has_her_sessions_and_nobody_elses(cast: Cast) -> None:
    proposed(cast)
    assert len(joint.appointments_of_member(cast.actor(), now=NOW)) == 1
    for part in ("colleague", "supervisor", "outsider"):
        assert joint.appointments_of_member(cast.actor(part), now=NOW) == []
    assert joint.appointments_of_member(cast.actor(), now=AT + timedelta(days=61)) == []


def test_an_address_opens_its_owners_calendar_until_it_ends(cast: Cast) -> None:
    token = calendar_feeds.make_feed(cast.actor(), now=NOW)
    assert token not in CalendarFeed.objects.get().token_hash
    assert calendar_feeds.actor_behind(token, now=NOW).membership_id == cast.clinician.pk
    assert CalendarFeed.objects.get().last_used_on == NOW.date()
    other = calendar_feeds.make_feed(cast.actor(), now=NOW)
    with pytest.raises(NotThere):
        calendar_feeds.actor_behind(token, now=NOW)
    calendar_feeds.end_feed(cast.actor(), now=NOW)
    with pytest.raises(NotThere):
        calendar_feeds.actor_behind(other, now=NOW)


def test_it_ends_with_the_membership_and_with_a_restore(cast: Cast) -> None:
    token = calendar_feeds.make_feed(cast.actor(), now=NOW)
    Membership.objects.filter(pk=cast.clinician.pk).update(left_at=NOW)
    with pytest.raises(NotThere):
        calendar_feeds.actor_behind(token, now=NOW)
    Membership.objects.filter(pk=cast.clinician.pk).update(left_at=None)
    holding.part(cast.clinician, system(cast.practice.pk), NOW)
    assert not CalendarFeed.objects.exists()
    calendar_feeds.make_feed(cast.actor(), now=NOW)
    calendar_feeds.end_all_feeds(NOW)
    assert not CalendarFeed.objects.exists()


def test_guesses_are_limited_by_address(cast: Cast) -> None:
    calendar_feeds.make_feed(cast.actor(), now=NOW)
    for number in range(100):
        with pytest.raises(NotThere):
            calendar_feeds.actor_behind(f"guess{number}", now=NOW, address="203.0.113.9")
    with pytest.raises(TooMany):
        calendar_feeds.actor_behind("one more", now=NOW, address="203.0.113.9")


def test_both_are_told_that_something_is_new_and_of_nothing_else(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    loop = loop_at(cast, "accepted")
    to = loop.row.deliveries.get(state="handed_over")
    to.to = "lena@listing.example"
    to.save()
    before = {*Message.objects.values_list("pk", flat=True)}
    told = joint.propose(loop.actor, loop.id, at=AT, minutes=50, where="Oak Street", now=NOW)
    new = Message.objects.exclude(pk__in=before)
    assert told == {"client", "recipient"} and {one.template for one in new} == {"client_link", "recipient_news"}
    assert not any("Oak Street" in str(one.body.reveal()) for one in new)
    assert joint.call_off(recipient_of(loop), loop.id, seen=0, now=NOW) == {"client"}, "she knows what she did"
    type(to).objects.filter(pk=to.pk).update(way="paper")
    assert joint.propose(loop.actor, loop.id, at=AT, minutes=50, where="", now=NOW) == {"client"}
