"""The recipient's page: link and code, the packet as frozen, an answer in two clicks, and what ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from tests.cast import Cast
from tests.flows import walk as way
from tests.web.visits import Clock, words
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import AuditEntry
from warmhandoff.referrals import answering, going_on, sending
from warmhandoff.referrals.models import Attendance, Delivery
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.reply import views

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock(cast)
    monkeypatch.setattr(clock, "now", lambda: held.now)
    return held


def secrets(delivery: Delivery) -> dict[str, str]:
    return {"token": way.token_of(delivery), "code": delivery.code.reveal()}


def opened(delivery: Delivery, **browser: Any) -> Browser:
    web = Browser(**browser)
    answer = web.post("/r/", secrets(delivery))
    assert answer.status_code == 302, answer.content.decode()
    return web


def page(web: Browser) -> str:
    answer = web.get("/r/page/")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert html.count("<h1") == 1 and html.count('class="btn main"') <= 1
    return words(answer)


def answered(web: Browser, kind: str, **facts: Any) -> HttpResponse:
    return web.post("/r/page/answer/", {"kind": kind, **facts})


# --- the way in


def test_fetching_the_link_page_changes_nothing(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    before = Delivery.objects.values().get()
    assert Browser().get("/r/").status_code == 200 and Browser().head("/r/").status_code == 200
    assert Delivery.objects.values().get() == before
    assert "Lena" not in words(Browser().get("/r/")) and walk.row.state == "sent"


def test_a_wrong_code_an_unknown_and_an_ended_link_look_the_same(cast: Cast, time: Clock) -> None:
    delivery = way.sent(cast).delivery
    wrong = Browser().post("/r/", {**secrets(delivery), "code": "0000-0000"})
    unknown = Browser().post("/r/", {"token": "0" * 52, "code": "0000-0000"})
    time.later(days=61)
    ended = Browser().post("/r/", secrets(delivery))
    assert wrong.status_code == unknown.status_code == ended.status_code == 404
    assert words(wrong) == words(unknown) == words(ended)


def test_five_wrong_codes_end_the_link(cast: Cast, time: Clock) -> None:
    delivery = way.sent(cast).delivery
    for _ in range(5):
        assert Browser().post("/r/", {**secrets(delivery), "code": "wrong"}).status_code == 404
    assert Browser().post("/r/", secrets(delivery)).status_code == 429
    time.later(hours=25)
    assert Browser().post("/r/", secrets(delivery)).status_code == 404


def test_without_link_and_code_every_page_is_closed(cast: Cast, time: Clock) -> None:
    way.sent(cast)
    for pattern in views.urlpatterns:
        if pattern.name in ("reply_link", "reply_leave"):
            continue
        url = reverse(pattern.name)
        for web in (Browser(), cast.web("clinician"), cast.web("outsider")):
            assert web.get(url).status_code == 404 and web.post(url).status_code == 404, url


# --- what was shared


def test_the_packet_is_shown_as_frozen_and_looking_is_recorded(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    text = page(opened(walk.delivery))
    for said in ("Lakeside Counseling asks for your help", "Rosalind Marlowe", "Plan: Aetna", "Sleep through the night",
                 "Shared with the client's written permission", "Can I do this well?",
                 "a no is a good answer too"):  # fmt: skip
        assert said in text, said
    assert "Two years of weekly sessions" not in text, "a class that was not released"
    assert AuditEntry.objects.filter(verb="disclose", side="recipient", basis=walk.release_id).exists()


def test_the_pdf_is_the_frozen_one(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    answer = opened(walk.delivery).get("/r/page/packet/")
    assert answer.content == walk.delivery.packet.pdf.reveal() and answer["Content-Type"] == "application/pdf"
    assert "Marlowe" not in answer["Content-Disposition"]


def test_the_title_says_nothing(cast: Cast, time: Clock) -> None:
    web = opened(way.sent(cast).delivery)
    for url in ("/r/", "/r/page/"):
        assert re.findall("<title>(.*?)</title>", web.get(url).content.decode()) == ["A message for you"]


# --- the answer


def test_yes(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    empty = answered(web, "accept", openings="  ")
    assert empty.status_code == 422 and walk.row.state == "sent"
    answer = answered(web, "accept", openings="Thursday at 5", fees="in network", seen=walk.row.moves_made)
    assert answer.status_code == 302 and walk.row.state == "accepted"
    assert walk.delivery.answer_facts.reveal() == {"openings": "Thursday at 5", "fees": "in network"}
    text = page(web)
    assert "You said yes" in text and "When is the first session?" in text and "Say yes" not in text


def test_no_in_two_presses(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    assert "No openings" in page(web)
    assert answered(web, "decline", decline_reason="full").status_code == 302
    assert walk.row.state == "declined" and "A clear no is a help too" in page(web)
    assert answered(web, "accept", openings="after all").status_code == 409


def test_a_no_without_a_reason_is_mended(cast: Cast, time: Clock) -> None:
    web = opened(way.sent(cast).delivery)
    answer = answered(web, "decline", words="So sorry")
    assert answer.status_code == 422 and "Choose a reason" in words(answer) and "So sorry" in words(answer)
    assert answered(web, "sing").status_code == 404


def test_a_question_and_its_answer(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    assert answered(web, "ask", question="Evenings only?").status_code == 302
    assert "Evenings only?" in page(web) and "will answer here" in page(web)
    answering.answer_question(walk.staff, walk.referral_id, words="Mornings work too.", now=walk.now)
    text = page(web)
    assert "Mornings work too." in text and "Say yes" in text


def test_a_waiting_list_leaves_the_yes_open(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    assert answered(web, "waitlist", weeks="0").status_code == 422
    assert answered(web, "waitlist", weeks="6").status_code == 302
    assert walk.row.state == "waitlisted" and "Say yes" in page(web)


def test_an_answer_to_what_has_moved_on_is_refused(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    seen = walk.row.moves_made
    answering.log_answer(walk.staff, walk.referral_id, walk.delivery.pk,
                         answering.Answer("ask", question="By phone"), now=walk.now)  # fmt: skip
    answer = answered(web, "accept", openings="Now", seen=seen)
    assert answer.status_code == 409 and "Something changed" in words(answer) and walk.row.state == "asked"


# --- the first session


def test_the_day_is_kept_in_the_senders_zone_and_attendance_told(cast: Cast, time: Clock) -> None:
    walk = way.accepted(cast)
    web = opened(walk.delivery)
    wrong = web.post("/r/page/book/", {"day": "2040-01-01", "time": "09:00"})
    assert wrong.status_code == 422 and "This day cannot be right" in words(wrong)
    day = {"day": "2026-11-25", "time": "09:30", "seen": walk.row.moves_made}
    assert web.post("/r/page/book/", day).status_code == 302
    assert walk.row.session_at is not None and walk.row.session_at.isoformat() == "2026-11-25T15:30:00+00:00"
    assert "Wednesday 25 November, 9:30 am" in page(web)
    time.later(days=3)
    web = opened(walk.delivery)
    assert "Did the first session take place?" in page(web)
    assert web.post("/r/page/attendance/", {"told": "rather_not"}).status_code == 404
    assert web.post("/r/page/attendance/", {"told": "attended"}).status_code == 302
    assert walk.row.state == "attended" and Attendance.objects.get().side == "recipient"


# --- what ends it


def test_a_visit_ends_after_half_an_hour_or_two_hours(cast: Cast, time: Clock) -> None:
    delivery = way.sent(cast).delivery
    web = opened(delivery)
    time.later(minutes=31)
    assert web.get("/r/page/").status_code == 404
    web = opened(delivery)
    for _ in range(6):
        time.later(minutes=20)
        assert web.get("/r/page/").status_code == 200
    time.later(minutes=1)
    assert web.get("/r/page/").status_code == 404


def test_closing_the_page_ends_it_and_leaves_an_account_alone(cast: Cast, time: Clock) -> None:
    delivery = way.sent(cast).delivery
    web = opened(delivery)
    assert web.post("/r/page/leave/").status_code == 200 and web.get("/r/page/").status_code == 404
    staff = cast.web("clinician")
    staff.post("/r/", secrets(delivery))
    assert staff.get("/r/page/").status_code == 200
    staff.post("/r/page/leave/")
    assert staff.get("/r/page/").status_code == 404 and "_auth_user_id" in staff.session


def test_taking_the_release_back_ends_it_at_once(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast)
    web = opened(walk.delivery)
    token = secrets(walk.delivery)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=walk.now)
    assert web.get("/r/page/").status_code == 404 and web.get("/r/page/packet/").status_code == 404
    assert answered(web, "accept", openings="x").status_code == 404
    assert Browser().post("/r/", token).status_code == 404


def test_once_the_client_has_gone_on_the_first_learns_nothing_and_moves_nothing(cast: Cast, time: Clock) -> None:
    walk = way.sent(cast, go_on=True, rank=2, named=2)
    first = opened(walk.delivery)
    first_actor = way.recipient(walk)
    answered(first, "decline", decline_reason="full")
    time.later(minutes=10)
    walk.later(minutes=10)
    going_on.go_on(walk.staff, walk.referral_id, now=walk.now)
    jobs.run_due(walk.now)
    second = opened(walk.delivery)
    answered(second, "accept", openings="Monday")
    second.post("/r/page/book/", {"day": "2026-11-30", "time": "10:00"})
    assert walk.row.state == "booked"
    text = page(first)
    assert "30 November" not in text and "The client has gone on since then" in text
    told = answering.open_delivery(first_actor, now=time.now)
    assert (told.state, told.session_at, told.due_at) == ("", None, None)
    moves = walk.row.moves_made
    assert answered(first, "decline", decline_reason="full").status_code == 409
    assert first.post("/r/page/book/", {"day": "2026-12-01", "time": "10:00"}).status_code == 409
    assert first.post("/r/page/attendance/", {"told": "attended"}).status_code == 409
    with pytest.raises(NotNow):
        answering.must_be_live(first_actor, walk.row)
    assert walk.row.moves_made == moves


def test_in_spanish_for_a_spanish_browser(cast: Cast, time: Clock) -> None:
    web = opened(way.sent(cast).delivery, headers={"Accept-Language": "es"})
    text = page(web)
    assert "le pide ayuda" in text and "Sin lugar" in text
    web.post("/r/page/leave/")
