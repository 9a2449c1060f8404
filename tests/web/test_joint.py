"""A joint session on all three sides' pages, and the calendars: times, and no word of whom."""

from __future__ import annotations

import logging
from http.cookies import SimpleCookie

import pytest
from django.test import Client as Browser

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from tests.rules.test_appointments import events
from tests.web.visits import entered
from warmhandoff.core import clock
from warmhandoff.referrals.models import JointSession
from warmhandoff.web.reply import session as reply_session

pytestmark = pytest.mark.slow

FORM = {"at": "2026-11-26T17:00", "minutes": "50", "where": "Oak Street"}


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _recipient(loop: Loop) -> Browser:
    browser, delivery = Browser(), loop.row.deliveries.get(state="handed_over")
    session = browser.session
    session[reply_session.KEY] = {
        "delivery": str(delivery.pk), "started_at": NOW.isoformat(), "last_at": NOW.isoformat(),
    }
    session.save()
    browser.cookies = SimpleCookie({"sessionid": session.session_key}) if not browser.cookies else browser.cookies
    return browser


def test_proposed_agreed_by_both_and_in_every_calendar(cast: Cast) -> None:
    loop = loop_at(cast, "accepted")
    web, at = cast.web(), f"/referrals/{loop.id}/joint/"
    assert at in web.get(f"/referrals/{loop.id}/").content.decode()
    assert web.post(at, {**FORM, "at": "2026-11-22T17:00"}).status_code == 422
    assert web.post(at, FORM).status_code == 302
    assert "Thursday 26 November, 5:00" in web.get(at).content.decode()
    recipient, hers = _recipient(loop), entered(cast, loop.id)
    page = recipient.get("/r/page/").content.decode()
    assert "A session together" in page and "Oak Street" in page
    assert recipient.post("/r/page/joint/", {"said": "yes", "seen": "0"}).status_code == 302
    about = f"/c/about/{loop.id}/"
    assert "A first meeting together" in hers.get(about).content.decode()
    assert hers.post(f"{about}together/", {"said": "yes", "seen": "7"}).status_code == 409
    assert hers.post(f"{about}together/", {"said": "yes", "seen": "0"}).status_code == 302
    assert JointSession.objects.get().state == "agreed" and "agreed" in web.get(at).content.decode()
    for browser, url, said in (
        (web, f"{at}appointment.ics", "Warm Handoff: appointment"),
        (recipient, "/r/page/appointment.ics", "Warm Handoff: appointment"),
        (hers, f"{about}appointment.ics", "Appointment"),
    ):
        answer = browser.get(url)
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        [event] = events(answer.content)
        assert (event["SUMMARY"], event["DTSTART"], event["STATUS"]) == (said, "20261126T230000Z", "CONFIRMED")
    assert recipient.post("/r/page/joint/", {"said": "no", "seen": "0"}).status_code == 302
    assert JointSession.objects.get().state == "off"


def test_staff_note_what_they_hear(cast: Cast) -> None:
    loop = loop_at(cast, "accepted")
    web, at = cast.web("coordinator"), f"/referrals/{loop.id}/joint/"
    web.post(at, FORM)
    assert web.post(f"{at}said/", {"said": "client", "seen": "x"}).status_code == 422
    for said in ("recipient", "client"):
        assert web.post(f"{at}said/", {"said": said, "seen": "0"}).status_code == 302
    assert JointSession.objects.get().state == "agreed"
    assert web.post(f"{at}said/", {"said": "off", "seen": "0"}).status_code == 302
    assert JointSession.objects.get().state == "off"


def test_a_calendar_subscribes_without_a_word_of_whom(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    loop = loop_at(cast, "accepted")
    web = cast.web()
    web.post(f"/referrals/{loop.id}/joint/", FORM)
    page = web.post("/account/calendar/", {"do": "make"}).content.decode()
    url = page.partition("/calendar/")[2].partition(".ics")[0]
    assert len(url) == 52 and url not in web.get("/account/calendar/").content.decode()
    with caplog.at_level(logging.DEBUG):
        answer = Browser().get(f"/calendar/{url}.ics")
        unknown = Browser().get(f"/calendar/{url[:-1]}.ics")
    assert url[:-1] not in caplog.text
    [event] = events(answer.content)
    assert event["SUMMARY"] == "Warm Handoff: appointment" and event["STATUS"] == "TENTATIVE"
    text = answer.content.decode()
    for word in ("Rosalind", "Marlowe", "R. M.", "Avery", "Oak Street", str(loop.id), str(cast.client.pk)):
        assert word not in text, word
    assert "sessionid" not in answer.cookies and answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store" and unknown.status_code == 404
    assert web.post("/account/calendar/", {"do": "end"}).status_code == 302
    assert Browser().get(f"/calendar/{url}.ics").status_code == 404
    assert Browser().post(f"/calendar/{url}.ics").status_code == 405
