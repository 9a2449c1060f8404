"""A practice of the same server is told by the product that a referral was closed: no more than that, and once."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from warmhandoff.core import carriers, clock, jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.referrals import answering, closing, counting, inbox, joint, nudging, receiving, seeing_on, sending
from warmhandoff.referrals.models import News, TakenIn
from warmhandoff.rules.record import in_words
from warmhandoff.rules.refusals import NotNow

pytestmark = pytest.mark.slow  # a walk each
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _answer(cast: Cast, kind: str = "accept", **facts: Any) -> None:
    answer = answering.Answer(kind, **(facts or {"openings": "Thursday"}))
    receiving.answer_incoming(cast.actor("outsider"), neighbours.incoming(cast).pk, answer, now=NOW)
    jobs.run_due(NOW)


def _close(walk: way.Walk, outcome: str = "client_declined", why: str = "zq-canary-why") -> list[str]:
    return closing.close(walk.staff, walk.referral_id, outcome=outcome, why=why, now=NOW)


def _text(cast: Cast, url: str, part: str) -> str:
    answer = cast.web(part).get(url)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_closed_on_the_pages_and_told_in_the_inbox(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    url = f"/inbox/{neighbours.incoming(cast).pk}/"
    assert "To be answered" in _text(cast, "/inbox/", "outsider") or "Answer promised" in _text(cast, url, "outsider")
    close = f"/referrals/{walk.referral_id}/close/"
    seen = re.search(r'name="seen" value="(\d+)"', cast.web().get(close).content.decode())
    assert seen
    typed = {"outcome": "client_declined", "why": "zq-canary-why", "reason": "", "seen": seen[1]}
    done = cast.web().post(close, typed, follow=True)
    assert done.status_code == 200 and "Nothing from here reaches" not in done.content.decode()
    jobs.run_due(NOW)
    shown = _text(cast, url, "outsider")
    assert "Nothing more is needed: they closed it today" in shown and "No answer is owed any more" in shown
    assert "zq-canary-why" not in shown and "Say thank you" in shown and "Answer promised" not in shown
    assert "Nobody waits for your answer" in _text(cast, "/inbox/", "outsider")
    assert "they closed it" in _text(cast, "/inbox/?show=answered", "outsider").lower()
    assert cast.web("colleague").get(url).status_code == 404 and cast.web("admin").get(url).status_code == 404


def test_nothing_is_owed_any_more(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    walk = neighbours.arrived(cast)
    assert _close(walk) == [], "nobody is left to be told by hand"
    jobs.run_due(NOW)
    row, theirs = neighbours.incoming(cast), cast.actor("outsider")
    assert (row.state, row.due_at, row.over_at, row.answered_at) == ("over", None, NOW, None)
    assert inbox.list_incoming(theirs, now=NOW) == [] and not inbox.owed_by(theirs, now=NOW + 30 * DAY).exists()
    assert inbox.inbox_today(theirs, now=NOW).waiting == 0
    nudging.nudge_inbox(NOW + 30 * DAY)
    assert not Message.objects.filter(subject_kind="inbox").exists()
    with pytest.raises(NotNow):
        receiving.answer_incoming(theirs, row.pk, answering.Answer("accept", openings="Monday"), now=NOW)
    receiving.thank(theirs, row.pk, receiving.THANKS, now=NOW)
    jobs.run_due(NOW)
    assert [one.kind for one in News.objects.all()] == ["thanks"] and walk.row.state == "closed"


def test_how_it_ended_and_where_she_went_do_not_travel(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _close(walk)
    message = Message.objects.get(template="over")
    words = message.body.reveal()
    assert words == {"delivery": str(walk.delivery.pk), "language": "en"}
    jobs.run_due(NOW)
    here = Event.objects.filter(subject_id=neighbours.incoming(cast).pk, move="over").get()
    assert "zq-canary" not in json.dumps(here.facts.reveal() or {}) and here.side == "system"


def test_taken_in_twice_it_changes_nothing(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _close(walk)
    message = Message.objects.get(template="over")
    parcel = carriers.Parcel(str(message.pk), message.to.reveal(), "over", message.body.reveal())
    for _ in range(2):
        carriers.carrier("member").carry(parcel)
    jobs.run_due(NOW)
    row = neighbours.incoming(cast)
    assert Event.objects.filter(subject_id=row.pk, move="over").count() == 1 and TakenIn.objects.count() == 2
    closing.reopen(walk.staff, walk.referral_id, why="she is back", now=NOW)
    _close(walk)
    jobs.run_due(NOW)
    assert Message.objects.filter(template="over", state="sent").count() == 2
    again = neighbours.incoming(cast)
    assert (again.state, again.moves_made, again.over_at) == ("over", row.moves_made, row.over_at)


def test_a_release_taken_back_in_between_stops_it(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _close(walk)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert Message.objects.get(template="over").state == "stopped"
    row = neighbours.incoming(cast)
    assert row.state == "waiting" and row.over_at is None, "she hears of the release instead"
    assert Event.objects.filter(subject_id=row.pk, move="take_back").count() == 1
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1


def test_once_the_release_is_over_nothing_is_posted(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    assert _close(walk) == [] and not Message.objects.filter(template="over").exists()


def test_reopened_before_it_left_nothing_is_told(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _close(walk)
    closing.reopen(walk.staff, walk.referral_id, why="a mistake", now=NOW)
    jobs.run_due(NOW)
    assert Message.objects.get(template="over").state == "stopped" and neighbours.incoming(cast).state == "waiting"


def test_a_yes_stays_a_yes_with_what_came_after_it(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast)
    assert _close(walk) == []
    jobs.run_due(NOW)
    row, theirs = neighbours.incoming(cast), cast.actor("outsider")
    assert (row.state, row.over_at) == ("accepted", NOW)
    assert seeing_on.course_of(theirs, row.pk, zone="America/Chicago", now=NOW) is not None
    assert "Your answer stands" in _text(cast, f"/inbox/{row.pk}/", "outsider")


def test_a_waiting_list_was_an_answer_and_counts_as_one(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast, "waitlist", weeks=6)
    _close(walk)
    jobs.run_due(NOW)
    row, theirs = neighbours.incoming(cast), cast.actor("outsider")
    assert (row.state, row.due_at, row.answered_at) == ("over", None, NOW)
    assert counting.arrivals(theirs, NOW - DAY, NOW + DAY, whole=False) == [("", "waitlisted")]
    assert not inbox.owed_by(theirs, now=NOW + 90 * DAY).exists()


def test_who_said_no_is_not_told_and_paper_stays_by_hand(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast, "decline", decline_reason="full")
    assert _close(walk, "recipients_declined") == [] and not Message.objects.filter(template="over").exists()
    on_paper = way.released(cast)
    sending.send(on_paper.staff, on_paper.referral_id, way.order(on_paper, way="paper"), now=on_paper.now)
    assert len(_close(on_paper)) == 1


def test_her_record_says_in_words_what_travelled(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    joint.propose(walk.staff, walk.referral_id, at=NOW + DAY, minutes=50, where="", now=NOW)
    _close(walk)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=NOW)
    kinds = set(Message.objects.filter(client_id=cast.client.pk, channel="member").values_list("template", flat=True))
    assert kinds == {"packet", "joint", "over", "taken_back"}
    for code in (*kinds, "amended", "member"):
        for language in ("en", "es"):
            assert in_words(code, language) != code.replace("_", " "), (code, language)
