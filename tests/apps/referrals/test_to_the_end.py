"""Answers, silence, going on, attendance told by several sides, and closing only by an outcome."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.apps.referrals.loop import DAY, Loop, loop_at
from tests.cast import Cast
from tests.flows.walk import token_of
from warmhandoff.clients.inviting import client_actor
from warmhandoff.core import jobs
from warmhandoff.core.models import Event
from warmhandoff.referrals import answering, attending, closing, going_on, planning
from warmhandoff.referrals.models import Attendance, Delivery, Referral
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.refusals import BadInput, NotNow, Stale

pytestmark = pytest.mark.slow


def sent_agreeing(cast: Cast, *, go_on: bool, release_both: bool = True) -> Loop:
    loop = Loop(cast)
    loop.offer().choose(go_on=go_on).sign(ids=loop.listings[: 2 if release_both else 1])
    loop.send()
    loop.row.deliveries.update(opened_at=loop.now)
    return loop


def recipients(loop: Loop) -> list[str]:
    rows = loop.row.deliveries.order_by("queued_at", "id").values_list("listing__name", "state")
    return [f"{name} {state}" for name, state in rows]


def overdue(loop: Loop) -> None:
    """The day after the answer was due: the clock looks, then the jobs run."""
    due_at = loop.row.due_at
    assert due_at is not None
    loop.now = due_at + timedelta(minutes=1)
    jobs.run_due(loop.now)


def test_silence_becomes_the_owners_step(cast: Cast) -> None:
    loop = sent_agreeing(cast, go_on=False)
    jobs.run_due(loop.row.due_at)
    assert loop.state == "sent"
    overdue(loop)
    assert loop.state == "silent"
    assert loop.row.waiting_on == "referrer" and loop.row.next_owner_id == cast.clinician.pk
    assert loop.row.options.get(listing_id=loop.listings[0]).tried == "silent"


def test_silence_goes_on_by_itself_where_she_agreed(cast: Cast) -> None:
    loop = sent_agreeing(cast, go_on=True)
    overdue(loop)
    assert loop.state == "sent"
    assert recipients(loop) == ["Avery Lowell handed_over", "Blake Moreno handed_over"]
    assert Event.objects.filter(subject_id=loop.id, move="go_on").get().release_id == loop.release_id


def test_going_on_stops_at_who_the_release_does_not_name(cast: Cast) -> None:
    loop = sent_agreeing(cast, go_on=True, release_both=False)
    overdue(loop)
    assert loop.state == "silent"
    assert recipients(loop) == ["Avery Lowell handed_over"]
    assert Event.objects.filter(move="refuse_disclosure").count() == 1


def test_staff_go_on_only_where_she_agreed(cast: Cast) -> None:
    loop = sent_agreeing(cast, go_on=False).decline()
    with pytest.raises(NotNow):
        going_on.go_on(loop.actor, loop.id, now=loop.now)
    assert loop.state == "declined"


def test_after_a_decline_the_next_one_gets_a_packet_of_its_own(cast: Cast) -> None:
    loop = sent_agreeing(cast, go_on=True).decline()
    going_on.go_on(loop.actor, loop.id, now=loop.now)
    jobs.run_due(loop.now)
    assert loop.state == "sent"
    packets = [packet.content.reveal()["to"] for packet in loop.row.packets.order_by("version")]
    assert packets == ["Avery Lowell", "Blake Moreno"]
    with pytest.raises(NotNow):
        going_on.go_on(loop.actor, loop.id, now=loop.now)


@pytest.mark.parametrize(("kind", "field"), [
    ("accept", "openings"), ("decline", "decline_reason"), ("ask", "question"), ("waitlist", "weeks"),
    ("maybe", "kind"),
])  # fmt: skip
def test_each_answer_needs_its_fact(cast: Cast, kind: str, field: str) -> None:
    loop = loop_at(cast, "sent")
    with pytest.raises(BadInput) as refused:
        loop.answer(kind)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert loop.state == "sent"


def test_the_first_answer_stands_against_a_page_that_is_older(cast: Cast) -> None:
    loop = loop_at(cast, "sent")
    delivery = Delivery.objects.select_related("listing").get()
    seen = loop.row.moves_made
    loop.decline()
    recipient = answering.recipient_actor(delivery)
    yes = answering.Answer(kind="accept", openings="Friday")
    with pytest.raises((Stale, NotNow)):
        answering.answer_delivery(recipient, yes, now=loop.now, seen=seen)
    assert loop.state == "declined"


def test_a_waiting_list_comes_back_when_the_weeks_are_over(cast: Cast) -> None:
    loop = loop_at(cast, "sent").answer("waitlist", weeks=6)
    assert loop.row.due_at is not None
    assert 42 <= (loop.row.due_at - loop.now).days <= 45


def test_sides_may_disagree_and_nothing_is_overwritten(cast: Cast) -> None:
    loop = loop_at(cast, "attended")
    herself = client_actor(cast.client)
    attending.tell_attendance(herself, loop.id, told="missed", now=loop.now)
    page = open_referral(loop.actor, loop.id, now=loop.now)
    assert [(side, told) for side, told, _ in page.attendance] == [("referrer", "attended"), ("client", "missed")]
    assert page.attendance_disagrees and loop.state == "attended"


def test_rather_not_say_is_no_disagreement(cast: Cast) -> None:
    loop = loop_at(cast, "attended")
    attending.tell_attendance(client_actor(cast.client), loop.id, told="rather_not", now=loop.now)
    assert not open_referral(loop.actor, loop.id, now=loop.now).attendance_disagrees


def test_there_is_nothing_to_attend_before_an_answer(cast: Cast) -> None:
    loop = loop_at(cast, "sent")
    with pytest.raises(NotNow):
        loop.attend()
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("days", [-400, 800])
def test_a_session_lies_within_reason(cast: Cast, days: int) -> None:
    loop = loop_at(cast, "accepted")
    with pytest.raises(BadInput):
        attending.book(loop.actor, loop.id, session_at=loop.now + days * DAY, now=loop.now)


def test_a_check_in_that_is_unsure_keeps_it_open(cast: Cast) -> None:
    loop = loop_at(cast, "attended").check_in("unsure")
    assert loop.state == "attended"
    with pytest.raises(BadInput):
        attending.check_in(loop.actor, loop.id, fits="yes", comfort=11, words="", now=loop.now)


def test_ending_early_needs_a_reason_and_an_outcome_of_its_own(cast: Cast) -> None:
    loop = loop_at(cast, "offered")
    with pytest.raises(BadInput) as refused:
        loop.close("client_declined")
    assert [problem.field for problem in refused.value.problems] == ["why"]
    with pytest.raises(NotNow):
        loop.close("attended_fit")
    loop.close("client_declined", "she wants to wait")
    row = loop.row
    assert (row.state, row.next_step, row.due_at, row.outcome) == ("closed", "", None, "client_declined")


def test_closing_ends_every_link(cast: Cast) -> None:
    loop = loop_at(cast, "settled")
    delivery = Delivery.objects.get()
    token, code = token_of(delivery), delivery.code.reveal()
    loop.close()
    with pytest.raises(Exception, match="do not fit together"):
        answering.open_with_code(token, code, now=loop.now)
    assert Delivery.objects.get().state == "handed_over"


def test_reopening_keeps_what_happened(cast: Cast) -> None:
    loop = loop_at(cast, "closed")
    before = loop.row.moves_made
    with pytest.raises(BadInput):
        closing.reopen(loop.actor, loop.id, why=" ", now=loop.now)
    closing.reopen(loop.actor, loop.id, why="she asked for another", now=loop.now)
    row = loop.row
    assert (row.state, row.outcome, row.closed_at, row.moves_made) == ("needed", "", None, before + 1)


def test_another_date_lies_ahead(cast: Cast) -> None:
    loop = loop_at(cast, "offered")
    with pytest.raises(BadInput):
        planning.put_off(loop.actor, loop.id, due_at=loop.now, why="later", now=loop.now)
    planning.put_off(loop.actor, loop.id, due_at=loop.now + 3 * DAY, why="she is away", now=loop.now)
    assert loop.row.due_at == loop.now + 3 * DAY and loop.state == "offered"


def test_no_open_referral_is_without_a_dated_step(cast: Cast) -> None:
    for state in ("needed", "sent", "taken", "missed", "closed"):
        loop_at(cast, state)
    open_ones = Referral.objects.exclude(state="closed")
    assert not open_ones.filter(due_at=None).exists() and not open_ones.filter(next_step="").exists()
