"""Two practices of one server after the answer: names, day, attendance, thanks, news under her release, its end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import AuditEntry, Event, Message
from warmhandoff.directory.listing import enter
from warmhandoff.referrals import answering, attending, news, papers, receiving, redirecting, seeing_on, sending
from warmhandoff.referrals.models import ArrivedPacket, News
from warmhandoff.rules.refusals import NoRelease, NotNow, NotThere

pytestmark = pytest.mark.slow  # a walk each
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _accepted(cast: Cast, **how: Any) -> way.Walk:
    walk = neighbours.arrived(cast, **how)
    answer = answering.Answer("accept", openings="Thursday")
    receiving.answer_incoming(cast.actor("outsider"), neighbours.incoming(cast).pk, answer, now=NOW)
    jobs.run_due(NOW)
    return walk


def test_the_names_of_others_reach_the_sender(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    theirs = cast.actor("outsider")
    known = [enter(theirs, {"name": name, "kind": "therapist"}, now=NOW, relationship="met") for name in ("A B", "C D")]
    names = redirecting.redirect(
        theirs, neighbours.incoming(cast).pk, redirecting.Redirect(known, words="They do this every day."),
        today=NOW.date(), now=NOW,
    )
    jobs.run_due(NOW)
    facts = walk.delivery.answer_facts.reveal()
    assert walk.row.state == "declined" and facts["names"] == names == ["A B", "C D"]
    assert facts["decline_reason"] == "outside_niche" and neighbours.incoming(cast).state == "redirected"


def test_day_and_attendance_are_told_from_the_inbox(cast: Cast) -> None:
    walk = _accepted(cast)
    theirs, given = cast.actor("outsider"), neighbours.incoming(cast).pk
    seeing_on.book_here(theirs, given, session_at=NOW + 2 * DAY, now=NOW)
    jobs.run_due(NOW)
    assert (walk.row.state, walk.row.session_at) == ("booked", NOW + 2 * DAY)
    seeing_on.tell_session(theirs, given, told="attended", now=NOW + 3 * DAY)
    jobs.run_due(NOW + 3 * DAY)
    assert walk.row.state == "attended"
    assert list(walk.row.attendances.values_list("side", "told")) == [("recipient", "attended")]
    assert ArrivedPacket.objects.get().told == "told"


def test_who_holds_a_copy_hears_that_the_release_was_taken_back(cast: Cast) -> None:
    walk = _accepted(cast)
    theirs, given = cast.actor("outsider"), neighbours.incoming(cast).pk
    assert papers.arrived_with(theirs, given).taken_back_at is None  # type: ignore[union-attr]
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert papers.arrived_with(theirs, given).taken_back_at == NOW  # type: ignore[union-attr]
    assert Event.objects.filter(subject_id=given, move="take_back").count() == 1
    message = Message.objects.get(template="taken_back")
    assert message.state == "sent"
    seeing_on.tell_session(theirs, given, told="attended", now=NOW)
    jobs.run_due(NOW)
    assert walk.row.state == "accepted" and ArrivedPacket.objects.get().told == "too_late", "no word of her after it"


def test_news_come_back_while_her_release_lets_them(cast: Cast) -> None:
    walk = _accepted(cast, news=True)
    theirs, given = cast.actor("outsider"), neighbours.incoming(cast).pk
    assert news.may_send_news(theirs, given, now=NOW)
    news.send_news(theirs, given, "paused", "Paused until spring, then back to you.", now=NOW)
    jobs.run_due(NOW)
    kept = News.objects.get()
    assert (kept.kind, kept.words.reveal(), kept.release_id) == (
        "paused", "Paused until spring, then back to you.", walk.release_id
    )
    lines = news.news_of(walk.staff, walk.referral_id)
    assert [line.label for line in lines] == ["Paused, not ended"]
    with pytest.raises(NotThere):
        news.news_of(cast.actor("colleague"), walk.referral_id)
    assert AuditEntry.objects.get(verb="tell_news").basis == walk.release_id


def test_news_posted_and_the_release_taken_back_before_they_left(cast: Cast) -> None:
    walk = _accepted(cast, news=True)
    theirs, given = cast.actor("outsider"), neighbours.incoming(cast).pk
    news.send_news(theirs, given, "progress", "zq-canary-news", now=NOW)
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    stopped = Message.objects.get(template="news")
    assert stopped.state == "stopped" and not stopped.body.reveal() and not News.objects.exists()
    with pytest.raises(NotNow):
        news.send_news(theirs, given, "progress", "more", now=NOW)


def test_without_a_release_for_it_no_word_goes_back(cast: Cast) -> None:
    """The canary: in everything that leaves the receiver without a release, 0 of her words are found."""
    walk = _accepted(cast)
    theirs, given = cast.actor("outsider"), neighbours.incoming(cast).pk
    assert not news.may_send_news(theirs, given, now=NOW)
    with pytest.raises(NoRelease):
        news.send_news(theirs, given, "progress", "zq-canary-news", now=NOW)
    receiving.thank(theirs, given, receiving.THANKS, now=NOW)
    left = [json.dumps(one.body.reveal()) for one in Message.objects.filter(practice_id=theirs.practice_id)
            if one.body.reveal()]
    assert len(left) == 1, "the thanks alone"
    row, packet = neighbours.incoming(cast), ArrivedPacket.objects.get().content.reveal()
    said = [row.client_name.reveal(), row.about.reveal(), packet["client"], "zq-canary-news"]
    said += [line["text"] for part in packet["sections"] for line in part["lines"]]
    words = {word for text in said for word in text.split() if len(word) > 3}
    assert len(words) > 10 and not [word for word in words if any(word in text for text in left)]
    jobs.run_due(NOW)
    assert [(one.kind, one.words.reveal()) for one in News.objects.all()] == [("thanks", receiving.THANKS)]
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1
    assert walk.row.state == "accepted"


def test_the_reply_page_has_the_same_door_for_news(cast: Cast) -> None:
    walk = way.accepted(cast, news=True)
    them = way.recipient(walk)
    news.tell_news(them, "progress", "Two sessions so far.", now=walk.now)
    assert News.objects.get().release_id == walk.release_id
    attending.book(them, walk.referral_id, session_at=walk.now + DAY, now=walk.now)
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=walk.now)
    with pytest.raises(NoRelease):
        news.tell_news(them, "progress", "More.", now=walk.now)
    assert News.objects.count() == 1


def test_the_reply_page_refuses_news_that_she_did_not_allow(cast: Cast) -> None:
    walk = way.accepted(cast)
    them = way.recipient(walk)
    assert not news.may_tell(them, now=walk.now)
    with pytest.raises(NoRelease):
        news.tell_news(them, "progress", "Two sessions so far.", now=walk.now)
    assert not News.objects.exists()
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1
