"""The bridge's pages: what is written down is there again, what lacks is said, and it prints."""

from __future__ import annotations

import pytest

from tests.apps.referrals.loop import loop_at
from tests.cast import NOW, Cast
from warmhandoff.accounts.models import Practice
from warmhandoff.clients.models import Client
from warmhandoff.core import clock

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_from_the_clients_page_to_the_end_of_care(cast: Cast) -> None:
    loop_at(cast, "attended")
    web, at = cast.web(), f"/clients/{cast.client.pk}/bridge/"
    assert at in web.get(f"/clients/{cast.client.pk}/").content.decode()
    page = web.get(at).content.decode()
    assert "Held by Clinician Person" in page and "No emergency caretaker is named." in page
    form = {"holder": cast.clinician.pk, "next_session": "2026-11-26T17:00", "seen": "0",
            "caretaker_words": "Dr. Falk, 512-555-0177", "notice_on": "2026-11-20", "notice_words": "by letter",
            "end_on": "2026-12-24"}
    assert web.post(at, form).status_code == 302
    page = web.get(at).content.decode()
    for said in ("Thursday 26 November, 5:00", "Dr. Falk, 512-555-0177", "20 December 2026", "by letter"):
        assert said in page, said
    again = web.post(at, form)
    assert again.status_code == 409
    tried = web.post(f"{at}try/", {"on": "2026-11-30", "way": "phone", "words": "no answer"})
    assert tried.status_code == 422 and "still to come" in tried.content.decode()
    assert web.post(f"{at}try/", {"on": "2026-11-23", "way": "phone", "words": "no answer"}).status_code == 302
    assert web.get(f"{at}bridge.pdf").headers["Content-Type"] == "application/pdf"
    refused = web.post(f"{at}let-go/", {"ground": "end_date", "words": ""})
    assert refused.status_code == 422 and "The stated end date has not passed." in refused.content.decode()
    assert web.post(f"{at}let-go/", {"ground": "attended", "words": ""}).status_code == 302
    assert Client.objects.get(pk=cast.client.pk).ended_at == NOW
    page = web.get(at).content.decode()
    assert "She attended elsewhere." in page and "Care begins again" in page
    assert web.get(f"{at}let-go/").status_code == 409
    assert web.post(f"{at}again/").status_code == 302
    assert "Held by Clinician Person" in web.get(at).content.decode()


def test_the_desk_does_not_keep_it(cast: Cast) -> None:
    at = f"/clients/{cast.client.pk}/bridge/"
    assert cast.web("coordinator").get(at).status_code == 403
    assert at not in cast.web("coordinator").get(f"/clients/{cast.client.pk}/").content.decode()
    assert cast.web("colleague").get(at).status_code == 404


def test_an_administrator_sets_the_days_of_notice(cast: Cast) -> None:
    web = cast.web("admin")
    assert web.post("/practice/ending/", {"notice_days": "400"}).status_code == 422
    assert web.post("/practice/ending/", {"notice_days": "60"}).status_code == 302
    assert Practice.objects.get(pk=cast.practice.pk).notice_days == 60
    assert cast.web("clinician").get("/practice/ending/").status_code == 403
