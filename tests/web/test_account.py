"""Your account, the second step of signing in, idle and ended sessions, and "Confirm it is you", as pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from tests.cast import CLIENT_NAME, NOW, PASSWORD, SECRETS, Cast, code_now, sign_in
from tests.flows import walk as way
from tests.web.table_access import ACCESS
from tests.web.table_people import make_stage, written
from tests.web.test_permissions import patterns
from warmhandoff.accounts import second_factors, sessions
from warmhandoff.accounts.models import SignedIn, User
from warmhandoff.core import clock
from warmhandoff.web.middleware import WITHOUT_CLIENTS

pytestmark = pytest.mark.slow

ADDRESS = "clinician@lakeside-counseling.example"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    turning = Clock()
    monkeypatch.setattr(clock, "now", lambda: turning.now)
    return turning


@pytest.fixture
def cast(time: Clock, cast: Cast) -> Cast:
    return cast


def half_way(address: str = ADDRESS, to: str = "") -> Browser:
    browser = Browser()
    answer = browser.post("/sign-in/", {"email": address, "password": PASSWORD, "next": to})
    assert answer.headers["Location"] == "/sign-in/second/"
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- the second step


def test_a_password_alone_opens_nothing(cast: Cast) -> None:
    browser = half_way()
    assert b'autocomplete="one-time-code"' in browser.get("/sign-in/second/").content
    for address in ("/", "/clients/", "/account/", "/find/", f"/clients/{cast.client.pk}/"):
        assert browser.get(address).headers["Location"].startswith("/sign-in/?next=")
    assert not SignedIn.objects.exists()


def test_the_code_opens_once(cast: Cast) -> None:
    code = code_now("clinician")
    first, second = half_way(), half_way()
    assert first.post("/sign-in/second/", {"code": code}).headers["Location"] == "/" and is_in(first)
    again = second.post("/sign-in/second/", {"code": code})
    assert again.status_code == 422 and second_factors.WRONG[1:] in words(again) and not is_in(second)
    assert SignedIn.objects.get().way == "code"


def test_a_recovery_code_stands_in_for_the_phone(cast: Cast) -> None:
    code = second_factors.new_recovery_codes(cast.actor(), now=NOW)[3]
    browser = half_way(to="/network/")
    assert browser.post("/sign-in/second/", {"code": code}).headers["Location"] == "/network/" and is_in(browser)


def test_the_second_step_waits_ten_minutes(cast: Cast, time: Clock) -> None:
    browser = half_way()
    time.later(minutes=10, seconds=1)
    answer = browser.post("/sign-in/second/", {"code": code_now("clinician")})
    assert answer.headers["Location"] == "/sign-in/" and not is_in(browser)


def test_another_password_meanwhile_ends_the_half_way(cast: Cast) -> None:
    browser = half_way()
    user = User.objects.get(email=ADDRESS)
    user.set_password("seven other quiet words")
    user.save()
    assert browser.post("/sign-in/second/", {"code": code_now("clinician")}).headers["Location"] == "/sign-in/"


def test_guessing_codes_is_limited_over_all_browsers(cast: Cast) -> None:
    for _ in range(5):
        assert half_way().post("/sign-in/second/", {"code": "000000"}).status_code == 422
    assert half_way().post("/sign-in/second/", {"code": code_now("clinician")}).status_code == 429


def test_without_a_factor_the_password_is_enough_for_what_needs_no_client(cast: Cast) -> None:
    browser = Browser()
    given = {"email": "newcomer@lakeside-counseling.example", "password": PASSWORD}
    assert browser.post("/sign-in/", given).headers["Location"] == "/" and is_in(browser)
    page = words(browser.get("/"))
    assert "Set up a second factor" in page and "Add a client" not in page


# --- before a second factor is set up


@pytest.mark.slow
def test_every_page_with_clients_leads_to_the_set_up(cast: Cast) -> None:
    stage, browser, names = make_stage(cast), cast.web("newcomer"), ("Rosalind", "Marlowe", "Jonas Thule", "R. M.")
    closed = 0
    for pattern in patterns():
        access = ACCESS[pattern.name]
        if access.door != "staff":
            continue
        for relation in ("own", "random") if pattern.pattern.converters else ("none",):
            with written() as wrote:
                answer = browser.get(stage.url(pattern, relation))
            assert not any(name in answer.content.decode() for name in names), pattern.name
            if pattern.name in WITHOUT_CLIENTS:
                continue
            assert answer.status_code == 302 and answer.headers["Location"] == "/account/second-factor/", pattern.name
            assert wrote <= {"django_session"}
            with written() as wrote:
                refused = browser.post(stage.url(pattern, relation))
            assert refused.status_code in (302, 405) and wrote <= {"django_session"}, pattern.name
            closed += 1
    assert closed > 60


def test_she_is_told_why_and_can_find_someone(cast: Cast) -> None:
    browser = cast.web("newcomer")
    page = browser.get("/clients/", follow=True)
    assert page.redirect_chain == [("/account/second-factor/", 302)]
    assert "To see clients, set up a second factor first" in words(page)
    for address in ("/find/", "/network/", "/practice/", "/"):
        assert browser.get(address).status_code == 200, address


def test_the_set_up_from_the_square_to_the_first_client(cast: Cast) -> None:
    browser = cast.web("newcomer")
    assert b"<svg" not in browser.get("/account/second-factor/").content.partition(b"<main")[2]
    browser.post("/account/second-factor/", {"kind": "begin_app"})
    page = browser.get("/account/second-factor/").content.decode()
    assert '<svg width="' in page and " style=" not in page
    typed = re.search(r'class="code long">([A-Z2-7 ]+)<', page)
    assert typed
    secret = typed[1].replace(" ", "")
    step = int(clock.now().timestamp()) // 30
    wrong = browser.post("/account/second-factor/", {"kind": "confirm_app", "code": "12"})
    assert wrong.status_code == 422 and secret[:4] in wrong.content.decode()
    done = browser.post(
        "/account/second-factor/", {"kind": "confirm_app", "code": second_factors.code_at(secret, step)}
    )
    codes = re.findall(r"<code>([^<]+)</code>", done.content.decode())
    assert len(codes) == 10 and "shown this once" in words(done)
    assert browser.get("/clients/add/").status_code == 200
    added = browser.post("/clients/add/", {"name": "Jonas Thule", "language": "en", "channels": ["phone"]})
    assert added.status_code == 302 and added.headers["Location"].startswith("/clients/")


# --- the account page


def test_name_and_credentials_are_changed(cast: Cast) -> None:
    browser = cast.web()
    assert browser.post("/account/", {"name": "Dr. Ada Okafor", "credentials": "PhD"}).status_code == 302
    assert 'value="Dr. Ada Okafor"' in browser.get("/account/").content.decode()
    assert browser.post("/account/", {"name": " ", "credentials": ""}).status_code == 422


def test_changing_the_password_spares_this_session_alone(cast: Cast) -> None:
    browser, elsewhere = cast.web(), Browser()
    sign_in(elsewhere, cast.clinician)
    wrong = browser.post("/account/password/", {"old": "not it", "new": "seven other quiet words"})
    assert wrong.status_code == 422 and is_in(elsewhere)
    assert browser.post("/account/password/", {"old": PASSWORD, "new": "short"}).status_code == 422
    done = browser.post("/account/password/", {"old": PASSWORD, "new": "seven other quiet words"})
    assert done.status_code == 302 and is_in(browser) and not is_in(elsewhere)


def test_sessions_are_seen_and_ended(cast: Cast) -> None:
    browser, one, two = cast.web(), Browser(), Browser()
    for other in (one, two):
        sign_in(other, cast.clinician)
    page = browser.get("/account/").content.decode()
    assert page.count("Firefox on Linux") >= 3 and page.count("this one") == 1
    row = one.session[sessions.KEY]
    assert cast.web("colleague").post("/account/sessions/end/", {"session": row}).status_code == 404 and is_in(one)
    browser.post("/account/sessions/end/", {"session": row})
    assert not is_in(one) and is_in(two)
    browser.post("/account/sessions/end/", {"session": "others"})
    assert not is_in(two) and is_in(browser)
    assert browser.post("/account/sessions/end/", {"session": browser.session[sessions.KEY]}).status_code == 409


def test_signing_out_ends_the_row(cast: Cast) -> None:
    browser = cast.web()
    row, kept = browser.session[sessions.KEY], browser.cookies["session"].value
    browser.post("/sign-out/")
    browser.cookies["session"] = kept
    assert not is_in(browser) and sessions.look(row, now=clock.now()) == "ended"


def test_new_recovery_codes_are_shown_once(cast: Cast) -> None:
    answer = cast.web().post("/account/recovery-codes/")
    codes = re.findall(r"<code>([^<]+)</code>", answer.content.decode())
    assert len(codes) == 10 and answer.headers["Cache-Control"] == "no-store"
    assert cast.web().get("/account/recovery-codes/").status_code == 405
    assert half_way().post("/sign-in/second/", {"code": codes[0]}).status_code == 302


def test_the_only_factor_cannot_be_taken_away(cast: Cast) -> None:
    answer = cast.web().post("/account/second-factor/remove/", {"factor": "app"})
    assert answer.status_code == 403 and "only second factor" in words(answer)


# --- idle and ended


def test_after_rest_a_page_leads_to_the_sign_in_and_back(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    time.later(minutes=15, seconds=1)
    asked = browser.get("/clients/")
    assert asked.headers["Location"] == "/sign-in/?next=/clients/"
    page = browser.get(asked.headers["Location"])
    assert "signed out after 15 minutes" in words(page) and b'value="/clients/"' in page.content
    assert "signed out after" not in words(browser.get("/sign-in/")), "told once"


def test_what_was_sent_too_late_is_given_back_and_not_done(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    time.later(minutes=16)
    sent = {"name": "Jonas Thule", "note": "Weekdays after six, <b>no</b> voicemail.", "password": "never this one"}
    answer = browser.post("/clients/add/", sent, headers={"referer": "http://testserver/clients/add/"})
    text = answer.content.decode()
    assert answer.status_code == 403 and "&lt;b&gt;no&lt;/b&gt; voicemail." in text and "never this" not in text
    assert "/sign-in/?next=/clients/add/" in text and not is_in(browser)
    assert cast.web("clinician").post("/jump/", {"q": "Jonas"}).content.count(b"Jonas Thule") == 0


def test_a_sign_of_life_keeps_it_alive(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    for _ in range(4):
        time.later(minutes=14)
        assert browser.post("/account/still-here/").status_code == 204
    assert is_in(browser)


def test_the_warning_stands_on_every_desk_page(cast: Cast) -> None:
    page = cast.web().get("/").content.decode()
    assert 'data-minutes="15"' in page and "idle.js" in page and "still here" in page


@pytest.mark.parametrize(("given", "right"), [("5", True), ("30", True), ("4", False), ("31", False), ("ten", False)])
def test_the_idle_limit_is_bounded(given: str, right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from warmhandoff import settings

    monkeypatch.setenv("WARMHANDOFF_IDLE_MINUTES", given)
    kept = dict(settings.REGISTERED)
    try:
        if right:
            assert settings._whole("WARMHANDOFF_IDLE_MINUTES", "15", (5, 30), "") == int(given)
        else:
            with pytest.raises(ImproperlyConfigured):
                settings._whole("WARMHANDOFF_IDLE_MINUTES", "15", (5, 30), "")
    finally:
        settings.REGISTERED.update(kept)


def test_the_door_asks_one_question(cast: Cast, django_assert_num_queries: Any) -> None:
    browser = cast.web()
    browser.get("/account/still-here/")
    with django_assert_num_queries(2):  # the session, and whose it is
        assert browser.post("/account/still-here/").status_code == 204


# --- confirm it is you


def test_five_minutes_later_a_change_asks_once_more_and_goes_on(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    key = browser.session.session_key
    time.later(minutes=5, seconds=1)
    given = {"old": PASSWORD, "new": "seven other quiet words"}
    asked = browser.post("/account/password/", given)
    page = asked.content.decode()
    assert asked.status_code == 200 and "Confirm it is you" in words(asked)
    assert 'name="new" value="seven other quiet words"' in page
    assert User.objects.get(email=ADDRESS).check_password(PASSWORD), "nothing was done yet"
    wrong = browser.post("/account/password/", {**given, "confirm_code": "000000"})
    assert wrong.status_code == 422 and User.objects.get(email=ADDRESS).check_password(PASSWORD)
    done = browser.post("/account/password/", {**given, "confirm_code": code_now("clinician")})
    assert done.status_code == 302 and User.objects.get(email=ADDRESS).check_password("seven other quiet words")
    assert browser.session.session_key != key


def test_a_proof_lasts_five_minutes(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    time.later(minutes=6)
    assert "Confirm it is you" in words(browser.post("/account/recovery-codes/"))
    done = browser.post("/account/recovery-codes/", {"confirm_code": code_now("clinician")})
    assert "shown this once" in words(done)
    time.later(minutes=5)
    assert "shown this once" in words(browser.post("/account/recovery-codes/"))
    time.later(seconds=1)
    assert "Confirm it is you" in words(browser.post("/account/recovery-codes/"))


def test_who_has_no_factor_yet_confirms_by_password(cast: Cast, time: Clock) -> None:
    browser = cast.web("newcomer")
    time.later(minutes=6)
    asked = browser.post("/account/second-factor/", {"kind": "begin_app"})
    assert "Your password" in words(asked) and second_factors.pending_secret(cast.actor("newcomer")) == ""
    wrong = browser.post("/account/second-factor/", {"kind": "begin_app", "confirm_password": "no"})
    assert wrong.status_code == 422
    browser.post("/account/second-factor/", {"kind": "begin_app", "confirm_password": PASSWORD})
    assert second_factors.pending_secret(cast.actor("newcomer"))


def test_a_password_confirms_nothing_for_who_has_a_factor(cast: Cast, time: Clock) -> None:
    browser = cast.web()
    time.later(minutes=6)
    answer = browser.post("/account/recovery-codes/", {"confirm_password": PASSWORD})
    assert answer.status_code == 422 and "shown this once" not in words(answer)
    for answered in ({"answer": "{}"}, {"answer": ""}, {"confirm_code": "", "answer": "{}"}):
        assert "shown this once" not in words(browser.post("/account/recovery-codes/", answered))


@pytest.mark.parametrize(
    ("part", "address", "given"),
    [
        ("clinician", "/account/password/", {"old": PASSWORD}), ("clinician", "/account/recovery-codes/", {}),
        ("clinician", "/account/second-factor/", {"kind": "begin_app"}),
        ("clinician", "/account/second-factor/remove/", {"factor": "app"}),
        ("admin", "/practice/", {"roles": ["clinician"]}), ("clinician", "packet", {}), ("clinician", "sign", {}),
        ("admin", "/practice/members/{colleague}/", {"roles": ["admin"]}),
        ("admin", "/practice/members/{colleague}/leaving/", {"heir": ""}),
        ("admin", "/practice/api/", {"name": "Website"}), ("clinician", "/clients/{client}/record/", {}),
    ],
)  # fmt: skip
def test_what_asks_for_a_fresh_proof(
    cast: Cast, time: Clock, part: str, address: str, given: dict[str, Any]
) -> None:
    if address in ("packet", "sign"):
        walk = way.released(cast) if address == "packet" else way.chosen(cast)
        address = reverse(f"referral_{address}", args=[walk.referral_id])
    browser = cast.web(part)
    address = address.format(colleague=cast.members["colleague"].pk, client=cast.client.pk)
    time.later(minutes=6)
    with written() as wrote:
        answer = browser.post(address, given)
    assert answer.status_code == 200 and "Confirm it is you" in words(answer), answer.content[:300]
    assert wrote <= {"django_session", "accounts_signedin"}


def test_a_file_is_asked_for_again_and_arrives(cast: Cast, time: Clock) -> None:
    walk = way.chosen(cast)
    address = reverse("referral_sign", args=[walk.referral_id])
    browser = cast.web()
    time.later(minutes=6)
    scan = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 signed")
    asked = browser.post(address, {"signed_name": CLIENT_NAME, "scan": scan})
    page = asked.content.decode()
    assert 'enctype="multipart/form-data"' in page and 'type="file" name="scan"' in page and "signed" not in scan.name
    assert f'name="signed_name" value="{CLIENT_NAME}"' in page


def test_secrets_of_the_cast_are_of_the_length_apps_take() -> None:
    assert all(len(secret) == 32 for secret in SECRETS.values())
