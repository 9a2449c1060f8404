"""The client's way in and out: links, codes, how long a visit lasts, whose pages she sees, in which language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from tests.cast import Cast, sign_in
from tests.flows import walk as way
from tests.web.visits import Browser, Clock, at, code, entered, invited, shown, words
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import Client, PortalKey
from warmhandoff.core import clock
from warmhandoff.referrals import asking
from warmhandoff.referrals.models import Choice
from warmhandoff.web.portal import views

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


# --- the way in


def test_fetching_the_link_page_changes_nothing(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    before = PortalKey.objects.values().get()
    web = Browser()
    assert web.get("/c/").status_code == 200 and web.head("/c/").status_code == 200
    assert PortalKey.objects.values().get() == before
    assert web.post("/c/", {"token": token, "code": code(cast)}).status_code == 302


def test_link_and_code_open_the_referral_they_were_about(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    answer = Browser().post("/c/", {"token": invited(cast, walk.referral_id), "code": code(cast)})
    assert answer["Location"] == at("portal_referral", walk)


def test_a_used_link_looks_like_an_unknown_one(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    Browser().post("/c/", {"token": token, "code": code(cast)})
    used = Browser().post("/c/", {"token": token, "code": code(cast)})
    unknown = Browser().post("/c/", {"token": "0" * 52, "code": code(cast)})
    assert used.status_code == unknown.status_code == 404
    assert words(used) == words(unknown)
    assert "Ask for a new one" in words(used)


def test_five_wrong_codes_end_the_link(cast: Cast, time: Clock) -> None:
    token = invited(cast)
    for _ in range(5):
        assert Browser().post("/c/", {"token": token, "code": "wrong-one"}).status_code == 404
    assert Browser().post("/c/", {"token": token, "code": code(cast)}).status_code == 429
    time.later(hours=25)
    assert Browser().post("/c/", {"token": token, "code": code(cast)}).status_code == 404


def test_an_empty_code_says_what_to_mend_and_keeps_the_rest(cast: Cast, time: Clock) -> None:
    answer = Browser().post("/c/", {"token": "abc", "code": ""})
    assert answer.status_code == 422 and 'value="abc"' in answer.content.decode()


def test_coming_in_ends_a_staff_session(cast: Cast, time: Clock) -> None:
    staff = cast.web("clinician")
    old = staff.session.session_key
    staff.post("/c/", {"token": invited(cast), "code": code(cast)})
    assert staff.session.session_key != old and "_auth_user_id" not in staff.session
    assert staff.get("/c/home/").status_code == 200


def test_signing_in_ends_the_clients_view(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    sign_in(web, cast.clinician)
    assert web.get("/c/home/").status_code == 404


# --- how long it lasts


def test_a_visit_ends_after_fifteen_quiet_minutes(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    time.later(minutes=14)
    assert web.get("/c/home/").status_code == 200
    time.later(minutes=16)
    answer = web.get("/c/home/")
    assert answer.status_code == 404 and "ask for a new link" in words(answer)
    time.later(minutes=-16)
    assert web.get("/c/home/").status_code == 404, "it does not come back"


def test_a_visit_ends_after_two_hours_however_busy(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    for _ in range(12):
        time.later(minutes=10)
        assert web.get("/c/home/").status_code == 200
    time.later(minutes=1)
    assert web.get("/c/home/").status_code == 404


def test_leaving_ends_it_and_clears_the_browser(cast: Cast, time: Clock) -> None:
    web = entered(cast)
    answer = web.post("/c/leave/")
    assert answer.status_code == 204 and '"cookies"' in answer["Clear-Site-Data"]
    assert web.get("/c/home/").status_code == 404
    assert web.get("/c/leave/").status_code == 405


def test_without_a_visit_every_page_is_closed(cast: Cast, time: Clock) -> None:
    walk = way.offered(cast)
    for pattern in views.urlpatterns:
        if "referral" in str(pattern.pattern) or pattern.name == "portal":
            url = reverse(pattern.name, args=[walk.referral_id] if "referral" in str(pattern.pattern) else [])
            assert Browser().get(url).status_code == 404, url
            assert Browser().post(url).status_code == 404, url
            assert cast.web("clinician").get(url).status_code == 404, url


# --- whose pages


def test_another_clients_referral_does_not_exist(cast: Cast, time: Clock) -> None:
    walk = way.released(cast)
    other = cast.add_client()
    link = invite_client(cast.actor(), other, referral_id=None, now=cast.now).link or ""
    theirs = Browser()
    theirs.post("/c/", {"token": link.partition("#")[2], "code": Client.objects.get(pk=other).access_code.reveal()})
    assert theirs.get("/c/home/").status_code == 200
    for name in ("portal_referral", "portal_release", "portal_release_copy", "portal_revoke"):
        assert theirs.get(at(name, walk)).status_code == 404, name
    for name in ("portal_choice", "portal_release", "portal_revoke", "portal_book", "portal_attendance",
                 "portal_check_in"):  # fmt: skip
        sent = {"kind": "not_now", "told": "attended", "fits": "yes", "signed_name": "x", "read": "on",
                "day": "2026-12-01", "time": "10:00", "who_calls": "client"}  # fmt: skip
        assert theirs.post(at(name, walk), sent).status_code == 404, name
    assert walk.row.state == "released" and not Choice.objects.filter(kind="not_now").exists()
    assert theirs.get(reverse("portal_referral", args=[uuid4()])).status_code == 404


def test_a_need_not_talked_about_yet_is_not_listed(cast: Cast, time: Clock) -> None:
    walk = way.recorded(cast)
    web = entered(cast)
    assert "nothing here for you to do" in words(web.get("/c/home/"))
    asking.offer(walk.staff, walk.referral_id, walk.listing_ids, now=walk.now)
    assert "Your turn" in words(web.get("/c/home/"))


# --- language, titles, weight


def test_her_language_counts_not_the_browsers(cast: Cast, time: Clock) -> None:
    type(cast.client).objects.filter(pk=cast.client.pk).update(language="es")
    walk = way.offered(cast)
    web = entered(cast, headers={"Accept-Language": "en"})
    answer = web.get(at("portal_referral", walk))
    assert '<html lang="es"' in answer.content.decode() and answer["Content-Language"] == "es"
    assert "Ninguna de estas" in words(answer)
    here = f"http://testserver{at('portal_referral', walk)}"
    back = web.post("/c/language/", {"language": "en"}, headers={"Referer": here})
    assert back["Location"] == at("portal_referral", walk)
    assert "None of these" in shown(web, walk)
    stray = web.post("/c/language/", {"language": "es"}, headers={"Referer": "http://evil.example/c/"})
    assert stray["Location"] == "/c/home/"


def test_before_the_code_the_browsers_language_counts_until_it_is_switched(cast: Cast, time: Clock) -> None:
    web = Browser(headers={"Accept-Language": "es"})
    assert '<html lang="es"' in web.get("/c/").content.decode()
    web.post("/c/language/", {"language": "en"})
    assert '<html lang="en"' in web.get("/c/").content.decode()
    web.post("/c/", {"token": invited(cast), "code": code(cast)})
    assert '<html lang="en"' in web.get("/c/home/").content.decode()


def test_titles_say_nothing(cast: Cast, time: Clock) -> None:
    walk = way.accepted(cast)
    web = entered(cast)
    for url in ("/c/", "/c/home/", at("portal_referral", walk), at("portal_release", walk), at("portal_revoke", walk)):
        html = web.get(url).content.decode()
        assert re.findall("<title>(.*?)</title>", html) == ["Your page"], url
        assert "Rosalind" not in html or url.endswith("/release/"), url
        assert "warmhandoff" not in re.sub(r"/static/\w+/warmhandoff", "", html).lower()


def test_the_pages_take_few_queries(cast: Cast, time: Clock, django_assert_max_num_queries: Any) -> None:
    way.offered(cast)
    way.offered(cast)
    web = entered(cast)
    with django_assert_max_num_queries(12):
        web.get("/c/home/")


NEUTRAL = ("therap", "clinic", "client", "patient", "referral", "handoff", "terap")


def test_the_outside_of_every_page_of_hers_is_neutral_and_each_can_be_left(cast: Cast, time: Clock) -> None:
    """Title, preview and address say nothing, and "Leave this page" stands before anything else on it to press."""
    walk = way.accepted(cast)
    web, looked = entered(cast), []
    names = ("portal_referral", "portal_release", "portal_revoke", "portal_book")
    pages = ["/c/", "/c/home/", "/c/left/", "/c/handed-back/", *(at(name, walk) for name in names)]
    for url in pages:
        answer = web.get(url)
        if answer.status_code == 405:
            continue
        html = answer.content.decode()
        head, _, body = html.partition("</head>")
        titles = "".join(re.findall("<title>(.*?)</title>", head))
        assert not any(word in f"{url} {titles}".casefold() for word in NEUTRAL), url
        assert "og:" not in head and 'name="description"' not in head, url
        leave = body.index('class="btn js-leave" href="https://www.weather.gov/"')
        assert leave < body.index("<main"), url
        looked.append(url)
    assert len(looked) >= 7, looked
