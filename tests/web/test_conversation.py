"""What to say to her, on the pages: drafted, kept where changed, measured, shared, printed; and words of a decline."""

from __future__ import annotations

import html as escaping
import re
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from tests.web.visits import entered
from warmhandoff.core import clock
from warmhandoff.referrals import receiving
from warmhandoff.referrals.models import Incoming, TalkPlan
from warmhandoff.referrals.safety import keep_safety_plan

pytestmark = pytest.mark.slow
HARD = ("Notwithstanding considerable therapeutic advancement, interdisciplinary specialization necessitates immediate "
        "transition to an alternative psychotherapeutic professional.")  # fmt: skip


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast).offer()


def _page(loop: Loop) -> str:
    return f"/referrals/{loop.id}/words/"


def _typed(html: str) -> dict[str, Any]:
    """The form as a browser would send it back."""
    form = html[html.index('data-keep>'):]
    hidden = dict(re.findall(r'<input type="hidden" name="((?:initial-)?\w+)" value="([^"]*)"', form))
    areas = dict(re.findall(r'<textarea name="(\w+)"[^>]*>\s?(.*?)</textarea>', form, re.S))
    found = {name: escaping.unescape(text) for name, text in {**hidden, **areas}.items()}
    return {**found, "language": "en"}


def test_it_is_drafted_measured_and_kept_where_changed(loop: Loop, cast: Cast) -> None:
    web = cast.web()
    html = web.get(_page(loop)).content.decode()
    assert html.count("Reads at about grade") == 4 and "Avery Lowell" in html and "You need someone trained" in html
    assert "In doubt about it yourself?" in html and "I will look unqualified" in html
    given = _typed(html)
    assert given["letter"].startswith("Dear Rosalind") and given["initial-letter"].startswith("Dear Rosalind")
    assert web.post(_page(loop), {**given, "first": "You are a difficult client."}).status_code == 302
    row = TalkPlan.objects.get()
    assert [bool(getattr(row, name)) for name in ("first", "second", "letter", "call")] == [True, False, False, False]
    html = web.get(_page(loop)).content.decode()
    assert "difficult client" in html and "as if she were the burden" in html and "someone who does this work" in html
    assert web.post(_page(loop), given).status_code == 409, "someone kept another version meanwhile"


def test_what_is_wrong_comes_back_with_what_was_typed(loop: Loop, cast: Cast) -> None:
    given = _typed(cast.web().get(_page(loop)).content.decode())
    answer = cast.web().post(_page(loop), {**given, "until": "2020-01-01", "letter": "Half a letter"})
    assert answer.status_code == 422 and "Half a letter" in answer.content.decode()
    assert not TalkPlan.objects.exists()


def test_she_reads_letter_and_script_once_they_are_shared(loop: Loop, cast: Cast) -> None:
    web, portal = cast.web(), entered(cast, loop.id)
    letter = f"/c/about/{loop.id}/letter/"
    assert portal.get(letter).status_code == 404 == portal.get(f"{letter}letter.pdf").status_code
    assert letter not in portal.get(f"/c/about/{loop.id}/").content.decode()
    assert web.post(f"{_page(loop)}share/", {"seen": "0"}).status_code == 302
    assert letter in portal.get(f"/c/about/{loop.id}/").content.decode()
    html = portal.get(letter).content.decode()
    assert "Dear Rosalind," in html and "My first call" in html and "I do not have to say why I call" in html
    assert "difficult" not in html and "a private chart reason" not in html
    for name in ("letter", "call"):
        assert portal.get(f"{letter}{name}.pdf").content.startswith(b"%PDF-")
        assert web.get(f"/referrals/{loop.id}/{name}.pdf").content.startswith(b"%PDF-")
    assert web.post(f"{_page(loop)}share/", {"share": "no"}).status_code == 302
    assert portal.get(letter).status_code == 404


def test_a_letter_that_is_too_hard_is_not_shared_and_says_what_to_shorten(loop: Loop, cast: Cast) -> None:
    web = cast.web()
    web.post(_page(loop), {**_typed(web.get(_page(loop)).content.decode()), "letter": HARD})
    html = web.get(_page(loop)).content.decode()
    assert "8 is the most" in html and "letter.pdf" not in html
    answer = web.post(f"{_page(loop)}share/", {"seen": "1"})
    assert answer.status_code == 422 and "Not shared yet" in answer.content.decode()
    assert web.get(f"/referrals/{loop.id}/letter.pdf").status_code == 403


@pytest.mark.parametrize("seen", ["", "x", "7", "²"])
def test_sharing_what_one_has_not_seen_is_refused(loop: Loop, cast: Cast, seen: str) -> None:
    assert cast.web().post(f"{_page(loop)}share/", {"seen": seen}).status_code == 409


def test_her_safety_plan_on_her_own_page(cast: Cast) -> None:
    portal = entered(cast)
    assert portal.get("/c/safety-plan/").status_code == 404
    keep_safety_plan(cast.actor(), cast.client.pk, {"coping": "Walk to the lake"}, seen=0, shared=True, now=NOW)
    assert "/c/safety-plan/" in portal.get("/c/home/").content.decode()
    html = portal.get("/c/safety-plan/").content.decode()
    assert "Walk to the lake" in html and "988" in html and html.count("<h1") == 1
    assert portal.get("/c/safety-plan/plan.pdf").content.startswith(b"%PDF-")
    keep_safety_plan(cast.actor(), cast.client.pk, {"coping": "Walk"}, seen=1, shared=False, now=NOW)
    assert portal.get("/c/safety-plan/").status_code == 404
    assert "/c/safety-plan/" not in portal.get("/c/home/").content.decode()


def test_words_of_a_decline_are_checked_once_and_may_stay(cast: Cast) -> None:
    call = receiving.log_incoming(
        cast.actor(), receiving.NewIncoming(from_name="Dr. Ines Falk", about="someone who sleeps badly"), now=NOW
    )
    url, seen = f"/inbox/{call}/", str(Incoming.objects.get(pk=call).moves_made)
    given = {"kind": "decline", "seen": seen, "decline_reason": "full", "words": "Unfortunately too complex for us."}
    answer = cast.web().post(url, given)
    html = answer.content.decode()
    assert answer.status_code == 422 and "the burden" in html and "Keep these words as they are" in html
    assert Incoming.objects.get(pk=call).state == "waiting"
    assert cast.web().post(url, {**given, "as_it_is": "on"}).status_code == 302
    assert Incoming.objects.get(pk=call).state == "declined"
