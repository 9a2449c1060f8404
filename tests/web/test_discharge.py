"""The discharge summary's pages: from the draft to the locked paper."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.apps.referrals.loop import loop_at
from tests.cast import NOW, Cast
from warmhandoff.core import clock
from warmhandoff.referrals import bridging
from warmhandoff.referrals.models import DischargeSummary

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_drafted_written_signed_and_added_to(cast: Cast) -> None:
    loop_at(cast, "attended")
    web, at = cast.web(), f"/clients/{cast.client.pk}/discharge/"
    assert "A summary is written when care ends" in web.get(at).content.decode()
    assert web.post(f"{at}begin/").status_code == 409
    bridging.let_go(cast.actor(), cast.client.pk, ground="attended", words="", now=NOW)
    assert at in web.get(f"/clients/{cast.client.pk}/bridge/").content.decode()
    assert web.post(f"{at}begin/").status_code == 302
    page = web.get(at).content.decode()
    assert "a private chart reason" in page and "She attended elsewhere." in page
    kept = {"seen": "0", "chart_treated_for": "worry", "chart_course": "two years", "chart_ending": "",
            "chart_risk": "low"}
    assert web.post(at, kept).status_code == 302
    unsigned = web.post(f"{at}sign/", {**kept, "seen": "1"})
    assert unsigned.status_code == 422 and "needed before it is signed" in unsigned.content.decode()
    assert web.post(f"{at}sign/", {**kept, "seen": "1", "chart_ending": "moved"}).status_code == 302
    row = DischargeSummary.objects.get()
    assert row.signed_at == NOW and len(row.sha256) == 64
    page = web.get(at).content.decode()
    assert "locked" in page and "two years" in page and 'name="chart_course"' not in page
    for name in ("chart.pdf", "shareable.pdf"):
        assert web.get(f"{at}{row.pk}/{name}").headers["Content-Type"] == "application/pdf"
    assert web.post(f"{at}{row.pk}/add/", {"part": "chart", "words": "a letter came"}).status_code == 302
    assert "a letter came" in web.get(at).content.decode()


def test_signing_asks_for_a_fresh_proof(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bridging.let_go(cast.actor(), cast.client.pk, ground="agreed", words="as agreed", now=NOW)
    web, at = cast.web(), f"/clients/{cast.client.pk}/discharge/"
    web.post(f"{at}begin/")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    asked = web.post(f"{at}sign/", {"seen": "0"})
    assert asked.status_code == 200 and "confirm_code" in asked.content.decode()
    assert DischargeSummary.objects.get().signed_at is None
