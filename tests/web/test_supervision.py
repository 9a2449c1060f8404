"""Supervision on the pages: asked, answered, co-signed; and whose page shows what."""

from __future__ import annotations

import pytest

from tests.apps.referrals.loop import loop_at
from tests.cast import NOW, Cast
from warmhandoff.core import clock
from warmhandoff.referrals import bridging, reflecting
from warmhandoff.referrals.models import Consult, CoSign

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_a_question_from_the_client_to_the_answer(cast: Cast) -> None:
    reflecting.keep(cast.actor(), cast.client.pk, {"repair": "SECRET-OF-MINE"}, now=NOW)
    web, boss, at = cast.web(), cast.web("supervisor"), f"/clients/{cast.client.pk}/consult/"
    assert at in web.get(f"/clients/{cast.client.pk}/").content.decode()
    assert "/supervision/" not in web.get("/").content.decode() and "/supervision/" in boss.get("/").content.decode()
    assert web.post(at, {"question": ""}).status_code == 422
    assert web.post(at, {"question": "May I refer her?"}).status_code == 302
    page = boss.get("/supervision/").content.decode()
    assert "May I refer her?" in page and "R. M." in page and "SECRET-OF-MINE" not in page
    assert "Rosalind" not in page
    answer = f"{at}{Consult.objects.get().pk}/"
    assert boss.post(answer, {"decision": "go_ahead"}).status_code == 422
    assert web.post(answer, {"decision": "go_ahead", "words": "yes"}).status_code == 403
    assert boss.post(answer, {"decision": "go_ahead", "words": "yes, with names"}).status_code == 302
    assert "yes, with names" in web.get(at).content.decode()
    assert "Nothing waits" in boss.get("/supervision/").content.decode()


def test_a_transfer_is_co_signed_on_the_pages(cast: Cast) -> None:
    cast.uses(cosign_transfers=True)
    loop = loop_at(cast, "released")
    web, boss = cast.web(), cast.web("supervisor")
    assert "Supervisor Person co-signs first" in web.get(f"/referrals/{loop.id}/packet/").content.decode()
    assert web.post(f"/referrals/{loop.id}/co-sign/").status_code == 302
    assert "She was asked." in web.get(f"/referrals/{loop.id}/packet/").content.decode()
    at = f"/clients/{cast.client.pk}/co-sign/{CoSign.objects.get().pk}/"
    assert at in boss.get("/supervision/").content.decode()
    page = boss.get(at).content.decode()
    assert "a private chart reason" in page and "I co-sign it" in page
    assert "I co-sign it" not in web.get(at).content.decode()
    assert boss.post(at, {"agreed": "no", "words": ""}).status_code == 422
    assert boss.post(at, {"agreed": "yes"}).status_code == 302
    assert "co-signs first" not in web.get(f"/referrals/{loop.id}/packet/").content.decode()


def test_a_summary_is_co_signed_on_the_pages(cast: Cast) -> None:
    cast.uses(cosign_summaries=True)
    bridging.let_go(cast.actor(), cast.client.pk, ground="agreed", words="as agreed", now=NOW)
    web, boss, at = cast.web(), cast.web("supervisor"), f"/clients/{cast.client.pk}/discharge/"
    web.post(f"{at}begin/")
    texts = {"seen": "0", "chart_treated_for": "worry", "chart_course": "two years", "chart_ending": "moved",
             "chart_risk": "low"}
    assert "ask her to co-sign" in web.get(at).content.decode()
    assert web.post(f"{at}sign/", texts).status_code == 409
    assert web.post(f"{at}co-sign/", texts).status_code == 302
    one = f"/clients/{cast.client.pk}/co-sign/{CoSign.objects.get().pk}/"
    assert "two years" in boss.get(one).content.decode()
    assert boss.post(one, {"agreed": "yes"}).status_code == 302
    page = web.get(at).content.decode()
    assert "Sign and lock it" in page
    assert web.post(f"{at}sign/", {**texts, "seen": "1"}).status_code == 302
    assert "locked" in web.get(at).content.decode()
