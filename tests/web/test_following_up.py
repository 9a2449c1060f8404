"""The pages of what follows: check-ins and goals on both sides, help looked for twice, steps left lying on Today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import translation

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from tests.flows import walk as way
from tests.web.test_referrals import text_of
from tests.web.visits import Clock, at, entered, shown
from warmhandoff.core import clock, jobs
from warmhandoff.referrals import checking_in, going_on
from warmhandoff.referrals.goals import goals_of
from warmhandoff.referrals.models import CheckIn, CheckInConsent, Referral

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock(cast)
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


def test_she_agrees_tells_and_stops_on_her_page(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = entered(cast)
    assert "May we ask you how it goes?" in shown(web, walk)
    assert web.post(at("portal_may_ask", walk), {"how": "page"}).status_code == 302
    page = shown(web, walk)
    assert "You said we may ask you on this page" in page and "Tell us how you are while you wait" in page
    assert web.post(at("portal_waiting", walk), {"comfort": "3", "words": "a group too"}).status_code == 302
    kept = CheckIn.objects.get()
    assert (kept.comfort, kept.needs_else, kept.fits) == (3, True, "")
    page = text_of(cast.web().get(f"/referrals/{walk.referral_id}/"))
    assert "While she waits" in page and "a group too" in page and "needs something else" in page
    assert "She asked for something else: talk with her" in page
    assert web.post(at("portal_may_ask", walk), {"how": "no"}).status_code == 302
    assert CheckInConsent.objects.get().stopped_at is not None and "May we ask you" in shown(web, walk)


def test_an_answer_that_is_none_is_refused_kindly(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = entered(cast)
    assert web.post(at("portal_may_ask", walk), {"how": "by pigeon"}).status_code == 422
    assert web.post(at("portal_waiting", walk), {"comfort": "11"}).status_code == 409
    assert not CheckIn.objects.exists() and not CheckInConsent.objects.exists()


def test_staff_write_down_that_she_agrees_and_how_she_is(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web, base = cast.web(), f"/referrals/{walk.referral_id}/"
    assert "May she be asked how it goes?" in text_of(web.get(f"{base}check-ins/"))
    assert web.post(f"{base}check-ins/", {"how": "phone"}).status_code == 302
    assert "Asking how it goes: by telephone" in text_of(web.get(base))
    assert web.post(f"{base}waiting/", {"comfort": "7", "needs_else": "on"}).status_code == 302
    assert CheckIn.objects.get().side == "referrer" and walk.row.waiting_on == "referrer"
    assert web.post(f"{base}check-ins/", {"how": "no"}).status_code == 302
    assert checking_in.check_ins_of(walk.staff, walk.referral_id).stopped


def test_goals_are_set_and_scored_on_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    loop = loop_at(cast, "attended")
    web, base = cast.web(), f"/referrals/{loop.id}/"
    assert web.post(f"{base}goals/", {"goals": "Sleep through\n\nDrive again\n"}).status_code == 302
    first, second = goals_of(loop.actor, loop.id)
    both = {"goals": "Sleep through\nDrive again", f"score_{first.id}": "6", f"score_{second.id}": ""}
    assert web.post(f"{base}goals/", both).status_code == 302
    assert [(one.words, one.ours) for one in goals_of(loop.actor, loop.id)] == [("Sleep through", 6),
                                                                                 ("Drive again", None)]
    assert web.post(f"{base}goals/", {"goals": "\n".join("abcdef")}).status_code == 422
    assert "We say 6 of 10." in text_of(web.get(base))
    assert "Sleep through" not in text_of(cast.web("coordinator").get(base))


def test_she_scores_her_goals_once_she_was_there(cast: Cast, time: Clock) -> None:
    from warmhandoff.referrals import attending, goals

    walk = way.accepted(cast)
    goals.set_goals(walk.staff, walk.referral_id, ["Sleep through"], now=time.now)
    web = entered(cast)
    assert "What you hoped for" not in shown(web, walk)
    attending.tell_attendance(walk.staff, walk.referral_id, told="attended", now=time.now)
    page = shown(web, walk)
    assert "What you hoped for" in page and "Sleep through" in page
    goal = goals_of(walk.staff, walk.referral_id)[0].id
    assert web.post(at("portal_goals", walk), {f"score_{goal}": "8"}).status_code == 302
    assert goals_of(walk.staff, walk.referral_id)[0].hers == 8


def test_a_second_one_for_the_same_is_said_and_joined(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    loop = Loop(cast)
    second = loop.refer()
    web = cast.web()
    page = text_of(web.get(f"/referrals/{second}/"))
    assert "Looked for already" in page and str(loop.id) in page
    stranger = Loop(cast)  # of the same client, but nothing to do with these ids
    assert web.post(f"/referrals/{second}/join/", {"into": str(cast.client.pk)}).status_code == 404
    assert web.post(f"/referrals/{second}/join/", {"into": "x"}).status_code == 404
    done = web.post(f"/referrals/{second}/join/", {"into": str(loop.id)})
    assert done.status_code == 302 and str(loop.id) in done["Location"]
    assert Referral.objects.get(pk=second).outcome == "superseded" and stranger.state == "needed"


def test_a_new_one_for_the_same_is_recorded_all_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    Loop(cast)
    new = {"reason": "outside_competence", "kind": "therapist", "level": "outpatient", "payment": "any",
           "zip": "78704", "formats": ["telehealth"], "concerns": ["trauma"], "radius_miles": "20"}
    done = cast.web().post(f"/clients/{cast.client.pk}/refer/", new, follow=True)
    assert Referral.objects.count() == 2 and "another open referral for the same" in text_of(done)


def test_what_was_left_lying_stands_on_the_supervisors_today(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(cast)
    due = loop.row.due_at
    assert due is not None
    later = due + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: later)
    jobs.run_due(later)
    page = text_of(cast.web("supervisor").get("/"))
    assert "Overdue with those you supervise" in page and "Clinician Person" in page
    for part in ("clinician", "colleague"):
        assert "with those you supervise" not in text_of(cast.web(part).get("/"))


def test_going_on_offers_the_ways_that_lead_there(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast, rank=2, named=2, go_on=True)
    from warmhandoff.referrals import answering

    answering.answer_delivery(way.recipient(walk), answering.Answer("decline", decline_reason="full"), now=time.now)
    web, base = cast.web(), f"/referrals/{walk.referral_id}/go-on/"
    page = text_of(web.get(base))
    assert all(label in page for _, label in going_on.ways_on(walk.staff, walk.referral_id))
    assert web.post(base, {"way": "pigeon"}).status_code == 422 and walk.row.state == "declined"
    assert web.post(base, {"way": "paper"}).status_code == 302 and walk.row.state == "sent"


def test_the_reason_of_an_ending_is_kept_and_who_is_to_be_told_is_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    loop = loop_at(cast, "mismatched")
    web, base = cast.web(), f"/referrals/{loop.id}/"
    page = text_of(web.get(f"{base}close/"))
    assert "The way of working was not hers" in page and "Nobody has room" not in page
    wrong = web.post(f"{base}close/", {"outcome": "attended_fit", "reason": "way_of_working"})
    assert wrong.status_code == 422
    done = web.post(f"{base}close/", {"outcome": "attended_poor_fit", "reason": "way_of_working"}, follow=True)
    assert "Nothing from here reaches Avery Lowell: tell them that nothing more is needed." in text_of(done)
    assert loop.row.endings.get().reason == "way_of_working"
