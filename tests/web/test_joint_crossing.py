"""A joint session with a recipient on the same server: from the sender's page to her inbox, and her answer back."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from tests.rules.test_appointments import events
from warmhandoff.core import carriers, clock, jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.referrals import joint, joint_crossing, joint_here, receiving, sending
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import ArrivedJoint, ArrivedPacket, Incoming, JointSession, TakenIn
from warmhandoff.rules.refusals import NotNow, NotThere, Stale

pytestmark = pytest.mark.slow
FORM = {"at": "2026-11-26T17:00", "minutes": "50", "where": "zq-oak-street"}
AT = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def accepted(cast: Cast) -> way.Walk:
    walk = neighbours.arrived(cast)
    receiving.answer_incoming(cast.actor("outsider"), given(cast), Answer("accept", openings="Thursday"), now=NOW)
    jobs.run_due(NOW)
    return walk


def given(cast: Cast) -> UUID:
    return neighbours.incoming(cast).pk


def proposed(cast: Cast, *, run: bool = True) -> way.Walk:
    walk = accepted(cast)
    told = joint.propose(walk.staff, walk.referral_id, at=AT, minutes=50, where="zq-oak-street", now=NOW)
    assert "recipient" in told
    if run:
        jobs.run_due(NOW)
    return walk


def text(cast: Cast, url: str, part: str = "outsider") -> str:
    answer = cast.web(part).get(url)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def say(cast: Cast, said: str, seen: int) -> None:
    joint_here.say_here(cast.actor("outsider"), given(cast), said, seen=seen, now=NOW)


def test_proposed_there_agreed_here_and_in_both_calendars(cast: Cast) -> None:
    walk = accepted(cast)
    at, url = f"/referrals/{walk.referral_id}/joint/", f"/inbox/{given(cast)}/"
    said = cast.web().post(at, FORM, follow=True).content.decode()
    assert "tell the recipient yourself" not in said
    jobs.run_due(NOW)
    shown = text(cast, url)
    assert "A session together proposed" in shown and "26 November" in shown and "50 minutes" in shown
    assert "zq-oak-street" in shown and "Yes, that works" in shown
    done = cast.web("outsider").post(f"{url}joint/", {"said": "yes", "seen": "0"})
    assert done.status_code == 302
    assert "You said yes. The client has not answered yet." in text(cast, url)
    jobs.run_due(NOW)
    row = JointSession.objects.get()
    assert (row.recipient_via, row.state) == ("recipient", "proposed") and row.recipient_at == NOW
    joint.agree(walk.client, walk.referral_id, "client", seen=0, now=NOW)
    jobs.run_due(NOW)
    assert "Everyone said yes." in text(cast, url) and ArrivedJoint.objects.get().state == "agreed"
    [event] = events(cast.web("outsider").get(f"{url}appointment.ics").content)
    assert (event["SUMMARY"], event["DTSTART"], event["STATUS"]) == (
        "Warm Handoff: appointment", "20261126T230000Z", "CONFIRMED"
    )
    made = cast.web("outsider").post("/account/calendar/", {"do": "make"}).content.decode()
    feed = Browser().get(f"/calendar/{made.partition('/calendar/')[2].partition('.ics')[0]}.ics").content
    assert [one["STATUS"] for one in events(feed)] == ["CONFIRMED"]
    for word in ("zq-oak-street", "Rosalind", "Marlowe", str(walk.referral_id), str(row.pk)):
        assert word.encode() not in feed, word
    for other in ("colleague", "admin", "clinician"):
        assert cast.web(other).get(f"{url}appointment.ics").status_code == 404
        assert cast.web(other).post(f"{url}joint/", {"said": "yes", "seen": "0"}).status_code == 404


def test_another_time_asks_her_again_and_a_yes_to_the_older_one_changes_nothing(cast: Cast) -> None:
    walk = proposed(cast)
    say(cast, "yes", 0)  # on its way, when the sender proposes another time
    later = AT + timedelta(days=1)
    joint.propose(walk.staff, walk.referral_id, at=later, minutes=30, where="zq-elm-street", now=NOW)
    jobs.run_due(NOW)
    row, here = JointSession.objects.get(), ArrivedJoint.objects.get()
    assert (row.revision, row.recipient_at, row.state) == (1, None, "proposed")
    assert (here.revision, here.at, here.minutes, here.said, here.where.reveal()) == (1, later, 30, "", "zq-elm-street")
    url = f"/inbox/{given(cast)}/"
    assert "Yes, that works" in text(cast, url)
    old = cast.web("outsider").post(f"{url}joint/", {"said": "yes", "seen": "0"}, follow=True).content.decode()
    assert "the sender has changed it meanwhile" in old and "zq-elm-street" in old
    with pytest.raises(Stale):
        say(cast, "no", 0)
    say(cast, "yes", 1)
    jobs.run_due(NOW)
    assert JointSession.objects.get().recipient_at == NOW


def test_a_stale_yes_is_answered_with_how_it_stands(cast: Cast) -> None:
    """The newer time was never carried (a message given up): her yes to the older one brings it."""
    walk = proposed(cast)
    joint.propose(walk.staff, walk.referral_id, at=AT + timedelta(days=1), minutes=30, where="", now=NOW)
    Message.objects.filter(template="joint", state="waiting").update(state="stopped")
    say(cast, "yes", 0)
    jobs.run_due(NOW)
    here = ArrivedJoint.objects.get()
    assert (here.revision, here.minutes, here.said) == (1, 30, "") and JointSession.objects.get().recipient_at is None


def test_it_does_not_work_calls_it_off_on_both_sides(cast: Cast) -> None:
    walk = proposed(cast)
    theirs = cast.actor("outsider")
    say(cast, "no", 0)
    [gone] = joint.appointments_of_member(theirs, now=NOW)
    assert gone.off and gone.revision == 1, "her calendar takes it out at once"
    jobs.run_due(NOW)
    assert JointSession.objects.get().state == "off" and joint.joint_of(walk.staff, walk.referral_id, now=NOW) is None
    assert "does not work" in text(cast, f"/inbox/{given(cast)}/")
    with pytest.raises(NotNow):
        say(cast, "yes", 0)
    joint.propose(walk.staff, walk.referral_id, at=AT, minutes=25, where="", now=NOW + timedelta(hours=1))
    jobs.run_due(NOW + timedelta(hours=1))
    shown = joint_here.joint_here(theirs, given(cast), now=NOW)
    assert shown is not None and (shown.minutes, shown.state, shown.may_answer) == (25, "proposed", True)


def test_a_yes_to_one_session_is_none_to_the_next_of_the_same_revision(cast: Cast) -> None:
    walk = proposed(cast)
    say(cast, "yes", 0)
    joint.call_off(walk.staff, walk.referral_id, seen=0, now=NOW)
    joint.propose(walk.staff, walk.referral_id, at=AT, minutes=25, where="", now=NOW)
    jobs.run_due(NOW)
    assert JointSession.objects.get(minutes=25).recipient_at is None
    stand = set(ArrivedJoint.objects.values_list("minutes", "state", "said"))
    assert stand == {(50, "off", "yes"), (25, "proposed", "")}


def test_called_off_by_the_sender_it_leaves_her_page_and_calendar(cast: Cast) -> None:
    walk = proposed(cast)
    assert "recipient" in joint.call_off(walk.staff, walk.referral_id, seen=0, now=NOW)
    jobs.run_due(NOW)
    assert "called off" in text(cast, f"/inbox/{given(cast)}/")
    [gone] = joint.appointments_of_member(cast.actor("outsider"), now=NOW)
    assert gone.off and gone.revision == 1
    with pytest.raises(NotNow):
        say(cast, "yes", 1)


def test_a_release_taken_back_in_between_lets_nothing_arrive(cast: Cast) -> None:
    walk = proposed(cast, run=False)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert Message.objects.get(template="joint").state == "stopped" and not ArrivedJoint.objects.exists()
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1


def test_after_it_was_taken_back_no_answer_counts(cast: Cast) -> None:
    walk = proposed(cast)
    say(cast, "yes", 0)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert JointSession.objects.get().recipient_at is None and ArrivedPacket.objects.get().told == "too_late"
    shown = text(cast, f"/inbox/{given(cast)}/")
    assert "Whether it still takes place, ask the sender." in shown and "Your answer goes to the sender" not in shown
    with pytest.raises(NotNow):
        say(cast, "no", 0)


def test_parcels_taken_in_twice_or_out_of_order_change_nothing(cast: Cast) -> None:
    walk = proposed(cast, run=False)
    message = Message.objects.get(template="joint")
    parcel = carriers.Parcel(str(message.pk), message.to.reveal(), "joint", message.body.reveal())
    joint.propose(walk.staff, walk.referral_id, at=AT, minutes=30, where="", now=NOW)
    carriers.carrier("member").carry(parcel)  # the first, overtaken: it brings what stands now
    assert ArrivedJoint.objects.get().minutes == 30
    moves = Incoming.objects.get().moves_made
    carriers.carrier("member").carry(parcel)
    jobs.run_due(NOW)
    assert Incoming.objects.get().moves_made == moves and TakenIn.objects.filter(pk=message.pk).count() == 1
    assert Event.objects.filter(subject_id=given(cast), move="joint").count() == 1


def test_what_staff_heard_by_telephone_stands_on_her_page_too(cast: Cast) -> None:
    walk = proposed(cast)
    joint.agree(walk.staff, walk.referral_id, "recipient", seen=0, now=NOW)
    jobs.run_due(NOW)
    assert "You said yes." in text(cast, f"/inbox/{given(cast)}/")


def test_a_session_moved_to_someone_else_is_off_here_and_no_more_is_told(cast: Cast) -> None:
    walk = proposed(cast)
    row = JointSession.objects.get()
    first = row.delivery
    other = type(first).objects.get(pk=first.pk)
    other.pk, other.listing_id, other.way = UUID(int=7), walk.listing_ids[1], "paper"
    other.handed_over_at = NOW + timedelta(minutes=1)
    other.save(force_insert=True)
    joint.propose(walk.staff, walk.referral_id, at=AT, minutes=30, where="zq-elsewhere", now=NOW)
    jobs.run_due(NOW)
    here = ArrivedJoint.objects.get()
    assert (here.state, here.minutes, here.where.reveal()) == ("off", 50, "zq-oak-street")
    assert "zq-elsewhere" not in text(cast, f"/inbox/{given(cast)}/")
    with pytest.raises(NotNow):
        say(cast, "yes", here.revision)


def test_where_nothing_was_proposed_there_is_nothing(cast: Cast) -> None:
    accepted(cast)
    url = f"/inbox/{given(cast)}/"
    assert "A session together" not in text(cast, url)
    assert cast.web("outsider").get(f"{url}appointment.ics").status_code == 404
    assert cast.web("outsider").post(f"{url}joint/", {"said": "yes", "seen": "0"}).status_code == 404
    with pytest.raises(NotThere):
        say(cast, "yes", 0)


def test_nonsense_is_refused(cast: Cast) -> None:
    proposed(cast)
    url = f"/inbox/{given(cast)}/joint/"
    for typed in ({"said": "maybe", "seen": "0"}, {"said": "yes", "seen": "x"}, {}):
        assert cast.web("outsider").post(url, typed).status_code == 422
    assert ArrivedJoint.objects.get().said == ""


def test_two_carriers_at_once_the_older_word_loses(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has read how it stood before the change, and writes after the other has written how it stands."""
    walk = proposed(cast)
    delivery_id, joint_id = walk.delivery.pk, JointSession.objects.get().pk
    old = joint_crossing.joint_to_carry(delivery_id, joint_id, now=NOW)
    joint.propose(walk.staff, walk.referral_id, at=AT, minutes=30, where="", now=NOW)
    jobs.run_due(NOW)
    say(cast, "yes", 1)
    monkeypatch.setattr(joint_crossing, "joint_to_carry", lambda *place, now: old)
    joint_crossing.take_in_joint(delivery_id, joint_id, now=NOW)
    here = ArrivedJoint.objects.get()
    assert (here.revision, here.minutes, here.said) == (1, 30, "yes")
