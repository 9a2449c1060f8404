"""Walls of the network: whom a practice met, means to meet and expects is known to it alone (R-04).

One wall at a time, as in test_other_practices.py; `shared_dana` is a listing that every practice of the server sees.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.apps.directory.test_listing import enter_dana, shared_dana
from tests.apps.referrals.loop import NEED
from tests.cast import NOW, Cast
from warmhandoff.network import circle, expecting, meeting, niche
from warmhandoff.network.meeting import Touch
from warmhandoff.network.models import Contact, ExpectedNeed, NicheSaid, Outreach
from warmhandoff.referrals import receiving
from warmhandoff.referrals.answering import Answer
from warmhandoff.rules.refusals import BadInput, NotThere

TODAY, DAY = NOW.date(), timedelta(days=1)
MINE = "I help adults who live with pain or a long illness get their lives back."


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def test_what_she_planned_elsewhere_is_in_no_circle_here(cast: Cast, other: UUID) -> None:
    actor, dana = cast.actor(), enter_dana(cast)
    plan = meeting.plan_outreach(actor, Touch("coffee", TODAY + DAY, dana), now=NOW)
    meeting.log_outreach(actor, Touch("call", TODAY, dana, follow_up_on=TODAY + DAY), now=NOW)
    shown = circle.circle(actor, today=TODAY)
    assert [one.id for one in shown.planned] == [plan] and len(shown.follow_ups) == len(shown.latest) == 1
    assert circle.open_outreach(actor, plan).id == plan
    assert circle.calendar_of(actor, now=NOW).count(b"BEGIN:VEVENT") == 2
    Outreach.objects.update(practice_id=other)  # as if she had been a member there
    shown = circle.circle(actor, today=TODAY)
    assert shown.planned == shown.follow_ups == shown.latest == ()
    assert b"BEGIN:VEVENT" not in circle.calendar_of(actor, now=NOW)
    for wanted in (plan, uuid4()):
        with pytest.raises(NotThere):
            circle.open_outreach(actor, wanted)
        with pytest.raises(NotThere):
            meeting.drop_outreach(actor, wanted, now=NOW)


def test_groups_and_days_to_be_in_touch_are_a_practices(cast: Cast) -> None:
    dana = shared_dana(cast)
    group = meeting.add_group(cast.actor("outsider"), "Theirs", "group", now=NOW)
    meeting.keep_contact(cast.actor("outsider"), dana, style="", fees="", next_on=TODAY, now=NOW)
    shown = {part: circle.circle(cast.actor(part), today=TODAY) for part in ("clinician", "outsider")}
    assert len(shown["outsider"].groups) == len(shown["outsider"].due) == 1
    assert shown["clinician"].groups == shown["clinician"].due == ()
    assert circle.group_name(cast.actor("outsider"), group) == "Theirs"
    for wanted in (group, uuid4()):
        with pytest.raises(NotThere):
            circle.group_name(cast.actor(), wanted)
        with pytest.raises(NotThere):
            meeting.plan_outreach(cast.actor(), Touch("group", TODAY, group_id=wanted), now=NOW)


def test_whom_another_practice_met_is_new_here(cast: Cast, other: UUID) -> None:
    actor, dana = cast.actor(), shared_dana(cast)
    long_ago = Touch("coffee", TODAY - 100 * DAY, dana, words="Theirs to know.")
    meeting.log_outreach(cast.actor("outsider"), long_ago, now=NOW)
    meeting.keep_contact(cast.actor("outsider"), dana, style="Warm.", fees="", next_on=None, now=NOW)
    assert circle.known_of(cast.actor("outsider"), dana, today=TODAY).style == "Warm."
    known = circle.known_of(actor, dana, today=TODAY)
    assert (known.style, known.last_on, known.touches) == ("", None, ())
    for what in ("new", "touches"):
        meeting.set_goal(actor, what, 3, now=NOW)
    meeting.log_outreach(actor, Touch("coffee", TODAY, dana), now=NOW)
    assert [line.done for line in circle.goals_of(actor, today=TODAY)] == [1, 1]
    Outreach.objects.filter(by_id=actor.member).update(practice_id=other)
    assert [line.done for line in circle.goals_of(actor, today=TODAY)] == [0, 0]


def test_a_day_that_is_past_is_refused_whatever_another_practice_holds(cast: Cast) -> None:
    dana = shared_dana(cast)
    meeting.keep_contact(cast.actor("outsider"), dana, style="", fees="", next_on=TODAY, now=NOW)
    Contact.objects.update(next_on=TODAY - DAY)
    keep = {"style": "", "fees": "", "next_on": TODAY - DAY, "now": NOW}
    meeting.keep_contact(cast.actor("outsider"), dana, **keep)  # it was that day before
    with pytest.raises(BadInput):
        meeting.keep_contact(cast.actor(), dana, **keep)


def test_what_a_practice_expects_is_its_own(cast: Cast, other: UUID) -> None:
    theirs = {"practice_id": other, "need": NEED, "a_year": 1, "added_at": NOW, "by": cast.members["outsider"]}
    ExpectedNeed.objects.bulk_create([ExpectedNeed(**theirs) for _ in range(expecting.MOST)])
    with pytest.raises(BadInput):
        expecting.expect(cast.actor("outsider"), NEED, 3, now=NOW)
    ours = expecting.expect(cast.actor(), NEED, 3, now=NOW)
    assert [one.id for one in expecting.expected_by(cast.practice.pk)] == [ours]
    for part, wanted in (("outsider", ours), ("clinician", uuid4())):
        with pytest.raises(NotThere):
            expecting.expect_no_more(cast.actor(part), wanted, now=NOW)
    assert ExpectedNeed.objects.filter(pk=ours).exists()


def test_a_niche_is_told_within_a_practice(cast: Cast, other: UUID) -> None:
    actor, dana = cast.actor(), enter_dana(cast)
    niche.set_niche(actor, MINE, now=NOW)
    assert niche.niches_in(actor) == [("Clinician Person", MINE)] and niche.niches_in(cast.actor("outsider")) == []
    niche.said(actor, dana, "thanks", now=NOW)
    came = receiving.log_incoming(
        actor, receiving.NewIncoming(from_name="Dana", about="someone who sleeps badly", listing_id=dana), now=NOW
    )
    receiving.answer_incoming(actor, came, Answer(kind="accept", openings="Tuesday"), now=NOW)

    def heard() -> tuple[bool, bool]:
        return niche.last_heard(actor, dana) is not None, niche.sources(actor, now=NOW)[0].heard_on is not None

    assert heard() == (True, True)
    NicheSaid.objects.update(practice_id=other)
    assert heard() == (False, False)
