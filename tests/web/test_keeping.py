"""Keep it true: the queue, the call, the link without an account, and what someone who tried met with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.cast import NOW, Cast
from tests.flows import walk as way
from tests.web.test_finding import enter_dana
from warmhandoff.core import clock
from warmhandoff.directory.models import Asking, Listing, Report
from warmhandoff.directory.queries import known_facts

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the clock says; tests move it."""
    moment = {"now": NOW}
    monkeypatch.setattr(clock, "now", lambda: moment["now"])
    return moment


def html(browser: Browser, address: str, given: Any = None, status: int = 200) -> str:
    answer = browser.get(address, follow=True) if given is None else browser.post(address, given, follow=True)
    assert answer.status_code == status
    return str(answer.content.decode())


def known(cast: Cast, listing_id: int, now: datetime = NOW) -> dict[str, Any]:
    return known_facts(cast.practice.pk, [listing_id], today=now.date())[listing_id]


def link_for(cast: Cast, listing_id: int) -> Browser:
    """Someone without an account who came in by the link."""
    page = html(cast.web(), f"/network/{listing_id}/ask/", {"way": "by_hand"})
    token = page.partition("/v/#")[2].partition("<")[0]
    browser = Browser()
    assert "What is held" in html(browser, "/v/", {"token": token})
    return browser


def test_with_nothing_to_ask_the_page_says_so(cast: Cast) -> None:
    assert "Everything you count on is fresh" in html(cast.web(), "/network/fresh/")


def test_a_call_from_the_queue_to_the_facts(cast: Cast, time: dict[str, datetime]) -> None:
    dana = enter_dana(cast, phone="512-555-0101")
    time["now"] = NOW + timedelta(days=100)
    assert "Last checked 3 months ago" in html(cast.web(), "/network/fresh/")
    page = html(cast.web(), f"/network/{dana}/call/")
    assert "this is Clinician Person from Lakeside Counseling" in page and "Are you taking new clients?" in page
    given = {"outcome": "reached", "how_fee": "still", "how_accepting": "changed", "accepting": "waitlist"}
    assert "counts as checked today" in html(cast.web(), f"/network/{dana}/call/", given)
    facts = known(cast, dana, time["now"])
    assert (facts["accepting"], facts["fee"]) == ("waitlist", 15000) and "plans" not in facts
    nothing = html(cast.web(), f"/network/{dana}/call/", {"outcome": "reached"}, 422)
    assert "Say of at least one fact" in nothing
    wrong = html(cast.web(), f"/network/{dana}/call/", {"how_wait_days": "changed", "wait_days": "soon"}, 422)
    assert "soon" in wrong
    assert "three days" in html(cast.web(), f"/network/{dana}/call/", {"outcome": "no_answer"})
    assert "1 more rests" in html(cast.web(), "/network/fresh/")


def test_still_true_in_one_tap_from_the_queue(cast: Cast, time: dict[str, datetime]) -> None:
    dana = enter_dana(cast)
    time["now"] = NOW + timedelta(days=100)
    page = html(cast.web(), f"/network/{dana}/still-true/", {"back": "fresh"})
    assert "<h1>Keep it true" in page.replace("\n", "") and known(cast, dana, time["now"])["fee"] == 15000


def test_a_scanner_changes_nothing_and_a_wrong_link_opens_nothing(cast: Cast) -> None:
    dana = enter_dana(cast)
    html(cast.web(), f"/network/{dana}/ask/", {})
    before = (Asking.objects.values_list("token_hash", "answer", "answered_at")[0], Listing.objects.get().facts_now)
    browser = Browser()
    for address in ("/v/", "/v/page/"):
        assert "held" not in html(browser, address)
    assert browser.get("/v/page/answer/").status_code == 405
    assert browser.post("/v/page/answer/", {"kind": "still"}).headers["Location"] == "/v/"
    html(browser, "/v/", {"token": "x" * 52}, 404)
    assert before == (
        Asking.objects.values_list("token_hash", "answer", "answered_at")[0], Listing.objects.get().facts_now
    )


def test_the_listing_says_itself_what_is_true(cast: Cast, time: dict[str, datetime]) -> None:
    dana = enter_dana(cast)
    time["now"] = NOW + timedelta(days=100)
    browser = link_for(cast, dana)
    assert "It is written down" in html(browser, "/v/page/answer/", {"kind": "still"})
    assert known(cast, dana, time["now"])["fee"] == 15000
    given = {"kind": "change", "accepting": "open", "fee": "175", "formats": ["in_person"], "phone": "512-555-0199"}
    html(browser, "/v/page/answer/", given)
    facts = known(cast, dana, time["now"])
    assert (facts["fee"], facts["phone"]) == (17500, "512-555-0199") and "plans" not in facts
    html(browser, "/v/page/answer/", {"kind": "pause", "until": "2020-01-01"}, 422)
    html(browser, "/v/page/answer/", {"kind": "pause", "until": "2027-04-01"})
    assert known(cast, dana, time["now"])["accepting"] == "closed"
    html(browser, "/v/page/answer/", {"kind": "something"}, 404)
    assert "not to be listed" in html(browser, "/v/page/answer/", {"kind": "remove"})
    assert "The listing itself" in html(cast.web(), f"/network/{dana}/")
    time["now"] += timedelta(minutes=31)
    assert "no account" in html(browser, "/v/page/")


def test_with_mail_the_link_is_mailed_and_not_shown(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}"
    dana = enter_dana(cast, email="dana@listing.example")
    page = html(cast.web(), f"/network/{dana}/ask/", {})
    assert "They get a mail" in page and "/v/#" not in page
    assert "within the last three months" in html(cast.web(), f"/network/{dana}/ask/", {}, 409)


def test_what_happened_is_told_from_the_listing_and_from_the_referral(cast: Cast) -> None:
    walk = way.sent(cast)
    dana = walk.listing_ids[0]
    assert "What happened with" in html(cast.web(), f"/network/{dana}/report/")
    html(cast.web(), f"/network/{dana}/report/", {}, 422)
    assert "Noted" in html(cast.web(), f"/network/{dana}/report/", {"kind": "number_dead", "words": "no such number"})
    assert "They never answered" in html(cast.web(), f"/referrals/{walk.referral_id}/")
    html(cast.web(), f"/network/{dana}/report/", {"kind": "never_answered", "about": str(walk.delivery.pk)})
    assert Report.objects.get(kind="never_answered").about == walk.delivery.pk
    shared = {"kind": "wrong_kind", "about": str(walk.delivery.pk)}
    html(cast.web("colleague"), f"/network/{dana}/report/", shared, 404)  # not a handoff of hers to name
    assert not Report.objects.filter(kind="wrong_kind").exists()
    html(cast.web("outsider"), f"/network/{dana}/report/", {"kind": "wrong_kind"}, 404)


def test_sharing_counts_is_for_administrators(cast: Cast) -> None:
    assert "Your counts stay with your practice" in html(cast.web(), "/network/counts/")
    html(cast.web(), "/network/counts/", {"agree": "yes"}, 403)
    assert "Your counts are shared" in html(cast.web("admin"), "/network/counts/", {"agree": "yes"})
    assert "Your counts stay" in html(cast.web("admin"), "/network/counts/", {"agree": "no"})


def test_the_queue_asks_the_database_little(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        enter_dana(cast, name=f"Person {number}")
    html(cast.web(), "/network/fresh/")
    with django_assert_max_num_queries(18):  # 12 of the page; the session and its savepoints besides
        html(cast.web(), "/network/fresh/")
