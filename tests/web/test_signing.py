"""The way in and out: the first account, colleagues, signing in, signing out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser

from tests.cast import PASSWORD, Cast, code_now
from warmhandoff.accounts import joining
from warmhandoff.accounts.models import Membership, Practice, User
from warmhandoff.core import clock

ACCOUNT = {
    "name": "Dr. Ada Okafor", "credentials": "PhD", "email": "Ada@Desk.example", "password": PASSWORD,
    "practice_name": "Okafor Counseling", "zip": "78704", "time_zone": "America/Chicago", "phone": "512-555-0111",
}  # fmt: skip


def test_the_first_link_makes_practice_and_account_and_signs_in(db: None) -> None:
    token, browser = joining.first_link(now=clock.now()), Browser()
    asked = browser.get("/start/")
    assert b'name="practice_name"' in asked.content and b"link.js" in asked.content and b'name="token"' in asked.content
    done = browser.post("/start/", {**ACCOUNT, "token": token}, follow=True)
    assert done.redirect_chain == [("/", 302)] and b"Dr. Ada Okafor" in done.content
    assert Practice.objects.get().name == "Okafor Counseling"
    assert Membership.objects.get().credentials == "PhD"
    assert User.objects.get().email == "ada@desk.example"


def test_a_link_works_once(db: None) -> None:
    token = joining.first_link(now=clock.now())
    Browser().post("/start/", {**ACCOUNT, "token": token})
    again = Browser().post("/start/", {**ACCOUNT, "token": token, "email": "other@desk.example"})
    assert again.status_code == 422 and b"has been used, has ended" in again.content
    assert User.objects.count() == 1


def test_an_old_link_opens_nothing(db: None) -> None:
    token = joining.first_link(now=clock.now() - timedelta(hours=25))
    assert Browser().post("/start/", {**ACCOUNT, "token": token}).status_code == 422
    assert not User.objects.exists()


def test_everything_wrong_is_said_at_once_and_what_was_typed_is_kept(db: None) -> None:
    token = joining.first_link(now=clock.now())
    answer = Browser().post("/start/", {**ACCOUNT, "token": token, "zip": "00000"})
    assert answer.status_code == 422 and b"No ZIP code 00000 is known" in answer.content
    assert b'value="Dr. Ada Okafor"' in answer.content and PASSWORD.encode() not in answer.content
    weak = Browser().post("/start/", {**ACCOUNT, "token": token, "password": "short", "practice_name": ""})
    assert weak.status_code == 422 and b"too short" not in weak.content  # the empty name is said first
    assert b"Name of the practice" in weak.content
    weak = Browser().post("/start/", {**ACCOUNT, "token": token, "password": "short"})
    assert b"too short" in weak.content and not User.objects.exists()


def test_an_invited_colleague_names_no_practice(cast: Cast) -> None:
    token = joining.invite(cast.actor("admin"), email="new@lakeside.example", roles=["coordinator"], now=clock.now())
    assert b"practice_name" not in Browser().get("/start/").content
    given = {key: ACCOUNT[key] for key in ("name", "email", "password")}
    done = Browser().post("/start/", {**given, "token": token})
    assert done.status_code == 302 and done.headers["Location"] == "/"
    member = Membership.objects.get(user__email="ada@desk.example")
    assert member.practice_id == cast.practice.pk and member.roles == ["coordinator"]


def test_signing_in_goes_where_one_wanted_to_go(cast: Cast) -> None:
    asked = Browser().get("/messages/")
    assert asked.status_code == 302 and asked.headers["Location"] == "/sign-in/?next=/messages/"
    page = Browser().get(asked.headers["Location"])
    assert b'autocomplete="current-password"' in page.content and b'value="/messages/"' in page.content
    browser = Browser()
    answer = browser.post(
        "/sign-in/", {"email": "clinician@lakeside-counseling.example", "password": PASSWORD, "next": "/messages/"}
    )
    assert answer.status_code == 302 and answer.headers["Location"] == "/sign-in/second/"
    answer = browser.post("/sign-in/second/", {"code": code_now("clinician")})
    assert answer.status_code == 302 and answer.headers["Location"] == "/messages/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_signing_in_leads_nowhere_else(cast: Cast, elsewhere: str) -> None:
    browser = Browser()
    browser.post("/sign-in/", {"email": cast.clinician.user.email, "password": PASSWORD, "next": elsewhere})
    answer = browser.post("/sign-in/second/", {"code": code_now("clinician")})
    assert answer.status_code == 302 and answer.headers["Location"] == "/"


def test_the_session_is_a_new_one_after_signing_in(cast: Cast) -> None:
    browser = Browser()
    browser.get("/sign-in/")
    session = browser.session
    session["left_over"] = "from before"
    session.save()
    browser.cookies["session"] = before = session.session_key
    browser.post("/sign-in/", {"email": cast.clinician.user.email, "password": PASSWORD})
    half_way = browser.session.session_key
    browser.post("/sign-in/second/", {"code": code_now("clinician")})
    assert browser.session.session_key not in (before, half_way) and "left_over" not in browser.session


@pytest.mark.parametrize(("part", "password"), [("clinician", "wrong"), ("nobody", PASSWORD), ("departed", PASSWORD)])
def test_a_wrong_password_a_stranger_and_someone_who_left_get_the_same_words(
    cast: Cast, part: str, password: str
) -> None:
    answer = Browser().post("/sign-in/", {"email": f"{part}@lakeside-counseling.example", "password": password})
    assert answer.status_code == 422 and b"E-mail address and password do not fit together" in answer.content
    assert "_auth_user_id" not in answer.wsgi_request.session


def test_after_many_tries_one_is_asked_to_wait(cast: Cast) -> None:
    wrong = {"email": cast.clinician.user.email, "password": "not it"}
    answers = [Browser().post("/sign-in/", wrong).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    right = Browser().post("/sign-in/", {**wrong, "password": PASSWORD})
    assert right.status_code == 429 and b"Please wait" in right.content


def test_signing_out_needs_a_post_and_clears_the_browser(cast: Cast) -> None:
    browser = cast.web()
    assert browser.get("/sign-out/").status_code == 405
    answer = browser.post("/sign-out/")
    assert answer.headers["Location"] == "/sign-in/" and '"cache"' in answer.headers["Clear-Site-Data"]
    assert browser.get("/").status_code == 302


def test_a_form_from_elsewhere_is_refused(cast: Cast) -> None:
    answer = Browser(enforce_csrf_checks=True).post(
        "/sign-in/", {"email": cast.clinician.user.email, "password": PASSWORD}
    )
    assert answer.status_code == 403


def test_the_sign_in_page_of_an_empty_server_says_where_to_begin(db: None) -> None:
    assert b"has no account yet" in Browser().get("/sign-in/").content
