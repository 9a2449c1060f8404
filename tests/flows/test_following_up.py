"""After it was sent: silence, check-ins she agreed to, goals, help looked for twice, and steps left lying."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.core import jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.referrals import answering, attending, checking_in, closing, goals, going_on, joining
from warmhandoff.referrals.day import today
from warmhandoff.referrals.models import CheckIn, CheckInAsk, Ending, Referral
from warmhandoff.referrals.talking import log_conversation
from warmhandoff.rules.check_ins import ASKED_ELSE, CALL, ONCE_MORE
from warmhandoff.rules.refusals import BadInput, NotNow

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _mail(settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"


def links_to_her() -> int:
    return Message.objects.filter(template="client_link").count()


def attended(cast: Cast) -> way.Walk:
    walk = way.accepted(cast)
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    walk.later(days=2)
    attending.tell_attendance(way.recipient(walk), walk.referral_id, told="attended", now=walk.now)
    return walk


def run(walk: way.Walk, **span: Any) -> None:
    walk.later(**span)
    jobs.run_due(walk.now)


def test_nobody_is_asked_who_did_not_agree(cast: Cast) -> None:
    walk = attended(cast)
    before = links_to_her()
    run(walk, days=40)
    assert links_to_her() == before and not CheckInAsk.objects.exists()


def test_asked_a_week_after_sending_and_a_week_and_thirty_days_after_the_session_until_she_stops(cast: Cast) -> None:
    walk = way.accepted(cast)
    checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)
    run(walk, days=6)
    assert not CheckInAsk.objects.exists()
    run(walk, days=2)
    assert [one.what for one in CheckInAsk.objects.all()] == ["after_sending"]
    attending.tell_attendance(walk.staff, walk.referral_id, told="attended", now=walk.now)
    session = walk.now
    for after, asked in ((6, 1), (8, 2), (20, 2), (32, 3)):
        walk.now = session + timedelta(days=after)
        jobs.run_due(walk.now)
        assert CheckInAsk.objects.count() == asked
    checking_in.stop(walk.client, walk.referral_id, now=walk.now)
    assert checking_in.check_ins_of(walk.staff, walk.referral_id).stopped
    before = links_to_her()
    run(walk, days=100)
    assert links_to_her() == before and CheckInAsk.objects.count() == 3


def test_stopping_before_the_first_time_asks_nothing(cast: Cast) -> None:
    walk = way.accepted(cast)
    checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)
    checking_in.stop(walk.client, walk.referral_id, now=walk.now)
    run(walk, days=30)
    assert not CheckInAsk.objects.exists()


def test_by_telephone_it_becomes_the_owners_step_and_its_date_stays(cast: Cast) -> None:
    walk = way.accepted(cast)
    checking_in.agree(walk.staff, walk.referral_id, how="phone", now=walk.now)
    due = walk.row.due_at
    run(walk, days=8)
    assert (walk.row.next_step, walk.row.waiting_on, walk.row.due_at) == (CALL, "referrer", due)
    assert [line.id for line in today(walk.staff, now=walk.now).mine] == [walk.referral_id]
    checking_in.tell_waiting(walk.staff, walk.referral_id, comfort=6, words="fine", needs_else=False, now=walk.now)
    assert (walk.row.next_step, walk.row.waiting_on) == ("Book the first session", "recipient")
    assert CheckIn.objects.get().comfort == 6 and not CheckInAsk.objects.filter(answered_at=None).exists()


def test_one_without_a_safe_way_is_called_instead(cast: Cast) -> None:
    walk = way.accepted(cast)
    checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)
    cast.client.safe_contact = {"channels": [], "voicemail": False, "note": "never"}
    cast.client.save()
    before = links_to_her()
    run(walk, days=8)
    assert links_to_her() == before and walk.row.next_step == CALL


def test_who_asks_for_something_else_is_talked_with(cast: Cast) -> None:
    walk = way.sent(cast)
    due = walk.row.due_at
    checking_in.tell_waiting(walk.client, walk.referral_id, comfort=2, words="a group too", needs_else=True,
                             now=walk.now)
    assert (walk.row.next_step, walk.row.waiting_on, walk.row.due_at) == (ASKED_ELSE, "referrer", due)
    log_conversation(walk.staff, walk.referral_id, held_on=walk.now.date(), how="phone", beats=[], how_taken="",
                     now=walk.now)
    assert (walk.row.next_step, walk.row.waiting_on, walk.row.due_at) == ("Recipient answers", "recipient", due)
    walk.later(days=5)
    jobs.run_due(walk.now)
    assert walk.row.state == "silent"  # the clock of the answer never stopped


def test_what_she_asked_for_is_not_lost_when_others_go_on(cast: Cast) -> None:
    walk = way.sent(cast)
    checking_in.tell_waiting(walk.client, walk.referral_id, comfort=2, words="a group", needs_else=True, now=walk.now)
    yes = answering.Answer("accept", openings="Monday at nine")
    answering.answer_delivery(way.recipient(walk), yes, now=walk.now)
    assert (walk.row.state, walk.row.next_step, walk.row.waiting_on) == ("accepted", ASKED_ELSE, "referrer")
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    assert walk.row.next_step == "Hear whether she attended"


def test_one_who_agreed_is_heard_once_more_before_it_is_closed(cast: Cast) -> None:
    walk = attended(cast)
    checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)
    attending.check_in(walk.client, walk.referral_id, fits="yes", comfort=8, words="", now=walk.now)
    assert (walk.row.state, walk.row.next_step) == ("settled", ONCE_MORE)
    assert 28 <= (walk.row.due_at - walk.now).days <= 33


def test_check_ins_are_off_where_the_practice_says_so(cast: Cast) -> None:
    walk = way.accepted(cast)
    checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)
    cast.uses(check_ins=False)
    run(walk, days=30)
    assert not CheckInAsk.objects.exists()
    with pytest.raises(NotNow):
        checking_in.agree(walk.client, walk.referral_id, how="page", now=walk.now)


def test_goals_are_scored_by_both_sides_and_nothing_is_overwritten(cast: Cast) -> None:
    walk = way.accepted(cast)
    goals.set_goals(walk.staff, walk.referral_id, ["Sleep through", "Drive again"], now=walk.now)
    first, second = goals.goals_of(walk.staff, walk.referral_id)
    with pytest.raises(NotNow):
        goals.score_goals(walk.client, walk.referral_id, {first.id: 5}, now=walk.now)
    attending.tell_attendance(walk.staff, walk.referral_id, told="attended", now=walk.now)
    goals.score_goals(walk.client, walk.referral_id, {first.id: 5}, now=walk.now)
    goals.score_goals(walk.staff, walk.referral_id, {first.id: 7, second.id: 3}, now=walk.now)
    walk.later(days=1)
    goals.score_goals(walk.client, walk.referral_id, {first.id: 8}, now=walk.now)
    told = [(one.words, one.hers, one.ours) for one in goals.goals_of(walk.staff, walk.referral_id)]
    assert told == [("Sleep through", 8, 7), ("Drive again", None, 3)]
    assert walk.row.goals.get(order=1).scores.count() == 3
    goals.set_goals(walk.staff, walk.referral_id, ["Drive again", "Sleep through"], now=walk.now)
    assert [one.ours for one in goals.goals_of(walk.staff, walk.referral_id)] == [3, 7]
    with pytest.raises(BadInput):
        goals.score_goals(walk.client, walk.referral_id, {first.id: 11}, now=walk.now)


def test_help_looked_for_twice_is_said_and_joined_never_blocked(cast: Cast) -> None:
    walk = way.recorded(cast)
    first = walk.referral_id
    second = way.recorded(cast).referral_id
    assert [one.id for one in joining.same_help(walk.staff, second)] == [first]
    row = Referral.objects.get(pk=second)
    row.background = "She moved in spring."
    row.save()
    joining.join(walk.staff, second, first, now=walk.now)
    kept, gone = Referral.objects.get(pk=first), Referral.objects.get(pk=second)
    assert (gone.state, gone.outcome) == ("closed", "superseded") and kept.state == "needed"
    assert kept.background.reveal() == "Two years of weekly sessions.\n\nShe moved in spring."
    assert Ending.objects.get().reason == "asked_twice"
    assert joining.same_help(walk.staff, first) == []


def test_another_kind_of_help_is_not_the_same(cast: Cast) -> None:
    walk = way.recorded(cast)
    way.recorded(cast, concerns=["anxiety"], kind="prescriber")
    assert joining.same_help(walk.staff, walk.referral_id) == []
    with pytest.raises(BadInput):
        joining.join(walk.staff, walk.referral_id, Referral.objects.exclude(pk=walk.referral_id).get().pk, now=walk.now)


def test_a_step_left_lying_is_told_to_the_supervisor_once(cast: Cast) -> None:
    walk = way.recorded(cast)
    boss = cast.actor("supervisor")
    due = walk.row.due_at
    walk.now = due + timedelta(days=1)
    jobs.run_due(walk.now)
    assert list(today(boss, now=walk.now).theirs) == []
    walk.now = due + timedelta(days=7)
    for _ in range(2):
        jobs.run_due(walk.now)
    assert [(line.id, line.owner) for line in today(boss, now=walk.now).theirs] == [
        (walk.referral_id, "Clinician Person")
    ]
    assert Event.objects.filter(subject_id=walk.referral_id, move="escalate").count() == 1
    assert walk.row.next_owner_id == cast.clinician.pk and walk.row.due_at == due  # whose it is stays true
    assert list(today(cast.actor("colleague"), now=walk.now).theirs) == []
    closing.close(walk.staff, walk.referral_id, outcome="cancelled", why="by mistake", now=walk.now)
    assert list(today(boss, now=walk.now).theirs) == []


def test_going_on_takes_the_way_that_is_chosen(cast: Cast) -> None:
    walk = way.sent(cast, rank=2, named=2, go_on=True)
    answering.answer_delivery(way.recipient(walk), answering.Answer("decline", decline_reason="full"), now=walk.now)
    walk.later(minutes=1)
    assert [code for code, _ in going_on.ways_on(walk.staff, walk.referral_id)] == ["link", "paper", "phone"]
    with pytest.raises(BadInput):
        going_on.go_on(walk.staff, walk.referral_id, now=walk.now, way="pigeon")
    going_on.go_on(walk.staff, walk.referral_id, now=walk.now, way="paper")
    assert (walk.row.state, walk.delivery.way, walk.delivery.state) == ("sent", "paper", "handed_over")
    assert walk.row.due_at is not None and walk.row.due_at > walk.now + timedelta(days=1)


def test_silence_goes_on_and_she_is_told_kindly(cast: Cast) -> None:
    walk = way.given(way.sent(cast, rank=2, named=2, go_on=True))
    before = links_to_her()
    walk.later(days=5)
    jobs.run_due(walk.now)
    jobs.run_due(walk.now)
    assert walk.row.state == "sent" and walk.delivery.listing_id == walk.listing_ids[1]
    assert links_to_her() == before + 1
    from warmhandoff.referrals.client_view import client_page

    shown = client_page(walk.client, walk.referral_id, now=walk.now)
    assert shown.recipient is not None and shown.recipient.name == "Sam Whitfield, LMFT"
    assert [one.tried for one in shown.options][:2] == ["silent", ""]


def test_she_would_rather_not_say_and_is_not_asked_again(cast: Cast) -> None:
    from warmhandoff.referrals.client_view import client_page

    walk = way.accepted(cast)
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    walk.later(days=2)
    attending.tell_attendance(walk.client, walk.referral_id, told="rather_not", now=walk.now)
    assert client_page(walk.client, walk.referral_id, now=walk.now).told == "rather_not"
    assert walk.row.state == "booked"
    closing.close(walk.staff, walk.referral_id, outcome="not_told", why="her wish", reason="asked_no_contact",
                  now=walk.now)
    assert walk.row.outcome == "not_told"


def test_each_ending_is_kept_when_it_is_reopened(cast: Cast) -> None:
    walk = attended(cast)
    closing.close(walk.staff, walk.referral_id, outcome="attended_poor_fit", reason="way_of_working", now=walk.now)
    closing.reopen(walk.staff, walk.referral_id, why="she asked for another", now=walk.now)
    closing.close(walk.staff, walk.referral_id, outcome="client_declined", why="later", reason="not_now", now=walk.now)
    kept = list(Ending.objects.order_by("attempt").values_list("outcome", "reason", "listing_id"))
    assert kept == [("attended_poor_fit", "way_of_working", walk.listing_ids[0]), ("client_declined", "not_now", None)]
    assert walk.row.options.get(listing_id=walk.listing_ids[0]).tried == "poor_fit"
    with pytest.raises(BadInput):
        closing.close(walk.staff, walk.referral_id, outcome="client_declined", why="x", reason="no_room",
                      now=datetime.max.replace(tzinfo=walk.now.tzinfo))
