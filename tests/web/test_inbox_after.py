"""The inbox after the answer, on the pages: day, attendance, fit, pause, room; a kind no on the reply page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from tests.web.test_reply import answered, opened, page
from warmhandoff.core import clock, jobs
from warmhandoff.referrals import receiving, sending
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import Course, Incoming, News, Room
from warmhandoff.referrals.receiving import NewIncoming

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def accepted(cast: Cast) -> UUID:
    new = NewIncoming("Dr. Alvarez", "Panic after a crash", client_name="Lena Brook")
    given = receiving.log_incoming(cast.actor(), new, now=NOW)
    receiving.answer_incoming(cast.actor(), given, Answer("accept", openings="Thursday"), now=NOW)
    return given


def after(cast: Cast, given: UUID, kind: str, part: str = "clinician", **typed: Any) -> Any:
    return cast.web(part).post(f"/inbox/{given}/after/", {"kind": kind, **typed})


def html(cast: Cast, url: str, part: str = "clinician") -> str:
    answer = cast.web(part).get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_after_a_yes(cast: Cast) -> None:
    given = accepted(cast)
    url = f"/inbox/{given}/"
    shown = html(cast, url)
    assert "When is the first session?" in shown and "nothing is sent from here" in shown
    assert after(cast, given, "book", day="2026-11-23", time="08:00").status_code == 302
    shown = html(cast, url)
    assert "Did the first session take place?" in shown
    after(cast, given, "tell_session", told="attended")
    after(cast, given, "pause", words="Comes back after the birth.")
    shown = html(cast, url)
    assert "They came." in shown and "not ended.</strong> Comes back after the birth." in shown
    course = Course.objects.get()
    assert course.session_at is not None and course.session_at.isoformat() == "2026-11-23T14:00:00+00:00"
    after(cast, given, "recheck")
    assert "Nothing was kept" in html(cast, url) and not Course.objects.get().fits
    assert after(cast, given, "news", about="progress", words="Well").status_code == 409
    assert after(cast, given, "nonsense").status_code == 404
    assert after(cast, given, "pause", "colleague", words="x").status_code == 404


def test_a_no_for_want_of_room_offers_to_say_so(cast: Cast) -> None:
    given = receiving.log_incoming(cast.actor(), NewIncoming("Dr. Alvarez", "Panic"), now=NOW)
    receiving.answer_incoming(cast.actor(), given, Answer("decline", decline_reason="full"), now=NOW)
    assert "/inbox/room/?no_room=1" in html(cast, f"/inbox/{given}/")
    shown = html(cast, "/inbox/room/?no_room=1")
    assert '<option value="closed" selected>' in shown and "You keep no listing" in shown
    web = cast.web()
    bad = web.post("/inbox/room/", {"accepting": "open", "away_from": "2026-12-20"})
    assert bad.status_code == 422 and "first and a last day" in bad.content.decode()
    typed = {"accepting": "closed", "seeing": "20", "at_most": "20"}
    assert web.post("/inbox/room/", typed).status_code == 302
    assert (Room.objects.get().accepting, Room.objects.get().seeing) == ("closed", 20)
    assert cast.web("admin").get("/inbox/room/").status_code == 403


def test_who_is_away_is_shown_to_the_front_desk(cast: Cast) -> None:
    given = receiving.log_incoming(cast.actor(), NewIncoming("Dr. Alvarez", "Panic"), now=NOW)
    typed = {"accepting": "open", "away_from": "2026-11-20", "away_until": "2026-12-04"}
    assert cast.web().post("/inbox/room/", typed).status_code == 302
    assert "is away until Friday 4 December" in html(cast, f"/inbox/{given}/", "coordinator")
    assert "is away" not in html(cast, f"/inbox/{given}/")


def test_a_copy_whose_release_was_taken_back_says_so(cast: Cast) -> None:
    walk = neighbours.arrived(cast, news=True)
    given = Incoming.objects.get().pk
    receiving.answer_incoming(cast.actor("outsider"), given, Answer("accept", openings="Monday"), now=NOW)
    jobs.run_due(NOW)
    assert "Tell the sender how it goes" in html(cast, f"/inbox/{given}/", "outsider")
    after(cast, given, "news", "outsider", about="progress", words="Two sessions so far.")
    jobs.run_due(NOW)
    shown = html(cast, f"/referrals/{walk.referral_id}/")
    assert "News back" in shown and "Two sessions so far." in shown
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    shown = html(cast, f"/inbox/{given}/", "outsider")
    assert "took back her permission" in shown and "Tell the sender how it goes" not in shown


def test_a_hard_no_on_the_reply_page_is_asked_for_kinder_words_once(cast: Cast) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    typed = {"decline_reason": "outside_niche", "words": "Unfortunately too complex for us."}
    asked = answered(web, "decline", **typed)
    assert asked.status_code == 422 and "Keep these words as they are" in asked.content.decode()
    assert walk.row.state == "sent"
    assert answered(web, "decline", as_it_is="on", **typed).status_code == 302
    assert walk.row.state == "declined" and "as_it_is" not in walk.delivery.answer_facts.reveal()


def test_news_on_the_reply_page(cast: Cast) -> None:
    walk = way.accepted(cast, news=True)
    web = opened(walk.delivery)
    assert "Tell the sender how it goes" in page(web)
    assert web.post("/r/page/news/", {"about": "progress"}).status_code == 422
    assert web.post("/r/page/news/", {"about": "paused", "words": "Until spring."}).status_code == 302
    assert News.objects.get().words.reveal() == "Until spring." and "The sender has your words" in page(web)


def test_without_her_leave_the_reply_page_has_no_news(cast: Cast) -> None:
    walk = way.accepted(cast)
    web = opened(walk.delivery)
    assert "Tell the sender how it goes" not in page(web)
    web.post("/r/page/news/", {"about": "progress", "words": "Well."})
    assert "does not let news go back" in page(web) and not News.objects.exists()


def test_a_look_that_is_due_stands_in_the_inbox(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(cast)
    assert "Does it fit?" not in html(cast, "/inbox/")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=31))
    assert "Does it fit?" in html(cast, "/inbox/") and "From Dr. Alvarez" in html(cast, "/inbox/")
