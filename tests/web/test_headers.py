"""What goes with every answer: protective headers to the letter, CSRF, cookies; and faults that give nothing away."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern

from tests.cast import NOW, PASSWORD, Cast, code_now
from tests.web.table_access import ACCESS, VISIBLE
from tests.web.table_people import Stage, make_stage
from tests.web.test_permissions import patterns
from warmhandoff.core import clock

pytestmark = pytest.mark.slow

EXPECTED = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
HSTS = "max-age=63072000; includeSubDomains"
CANARY = "Marlowe-canary-7141"
PERSON = {"public": "anonymous", "staff": "clinician", "client": "client", "recipient": "recipient",
          "program": "anonymous", "monitor": "anonymous"}  # fmt: skip


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_stage()


POLICY = "Content-Security-Policy"
# A file to keep is stricter still: it may load and run nothing at all.
IN_A_SANDBOX = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


def missing(answer: Any, **other: str) -> list[str]:
    wanted = EXPECTED | {name.replace("_", "-"): value for name, value in other.items()}
    if "attachment" in answer.headers.get("Content-Disposition", "") and "sandbox" in answer.headers[POLICY]:
        wanted = {**wanted, POLICY: IN_A_SANDBOX}
    return [
        f"{name}: {answer.headers.get(name)}" for name, value in wanted.items() if answer.headers.get(name) != value
    ]


def relation_of(pattern: URLPattern) -> str:
    return next(iter(VISIBLE[ACCESS[pattern.name].about]))


@pytest.mark.slow
def test_every_address_and_everyone_gets_them(stage: Stage) -> None:
    browser, seen = Browser(raise_request_exception=False), set()
    for pattern in patterns():
        for person in ("anonymous", PERSON[ACCESS[pattern.name].door]):
            for method in ("get", "options", "post"):
                browser.cookies = SimpleCookie(stage.sessions[person].output(header="", sep=";"))
                with transaction.atomic():
                    answer = getattr(browser, method)(stage.url(pattern, relation_of(pattern)))
                    transaction.set_rollback(True)
                seen.add(answer.status_code)
                assert not missing(answer), f"{method} {pattern.name} as {person}: {missing(answer)}"
                assert "Strict-Transport-Security" not in answer.headers, "plain HTTP has none"
                assert not {"Server", "X-Powered-By"} & set(answer.headers)
    assert {200, 204, 302, 404, 405, 409, 422} <= seen


def test_errors_of_the_framework_too(cast: Cast) -> None:
    browser = cast.web()
    browser.raise_request_exception = False
    answers = {
        404: browser.get("/no/such/page"),
        422: browser.post("/jump/", data=b"--x\r\nbroken", content_type="multipart/form-data; boundary="),
    }
    for status, answer in answers.items():
        assert answer.status_code == status and not missing(answer)


def test_a_foreign_host_name_is_refused(db: None, caplog: pytest.LogCaptureFixture) -> None:
    answer = Browser(raise_request_exception=False).get("/sign-in/", HTTP_HOST="evil.example")
    assert answer.status_code == 422 and not missing(answer) and b"evil.example" not in answer.content
    assert "evil" not in caplog.text


def test_files_of_our_own_may_be_kept(db: None) -> None:
    page = Browser().get("/crisis/").content.decode()
    address = re.findall(rf'"({django_settings.STATIC_URL}[^"]+\.css)"', page)[0]
    answer = Browser().get(address)
    assert answer.status_code == 200
    answer.close()
    assert not missing(answer, Cache_Control="max-age=315360000, public, immutable")
    assert Browser().get(f"{django_settings.STATIC_URL}../settings.py").status_code == 404


def test_https_asks_for_https_ever_after(db: None, settings: Any) -> None:
    settings.SECURE = True
    for url in ("/sign-in/", "/", "/no/such/page", "/healthz", "/crisis/"):
        answer = Browser(raise_request_exception=False).get(url)
        assert answer.headers["Strict-Transport-Security"] == HSTS and not missing(answer)


def test_no_form_is_taken_without_its_token(stage: Stage) -> None:
    asked = 0
    for pattern in patterns():
        access = ACCESS[pattern.name]
        if not access.post or access.door == "program":  # a token, not a session: there is nothing to forge
            continue
        stage.browser.handler.enforce_csrf_checks = True
        outcome = stage.ask(PERSON[access.door], "POST", stage.url(pattern, relation_of(pattern)), {"x": "1"})
        assert outcome.status == 403, f"{pattern.name}: {outcome.status}"
        assert not outcome.wrote, f"{pattern.name} wrote {outcome.wrote}"
        asked += 1
    assert asked >= 50


def test_a_token_from_elsewhere_opens_nothing(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    browser = cast.web()
    browser.handler.enforce_csrf_checks = True
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/find/").content.decode())[0]
    fields = {"csrfmiddlewaretoken": token, "q": "Rosalind"}
    assert browser.post("/clients/", fields, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post("/clients/", fields, headers={"Origin": "null"}).status_code == 403
    assert browser.post("/clients/", fields, headers={"Origin": "http://testserver"}).status_code == 200
    assert browser.post("/clients/", fields).status_code == 200
    assert "sent from elsewhere" in caplog.text and "evil" not in caplog.text and "/clients" not in caplog.text


def test_the_cookies_are_for_our_server_alone(cast: Cast) -> None:
    browser = Browser()
    email = cast.clinician.user.email
    assert browser.post("/sign-in/", {"email": email, "password": PASSWORD}).status_code == 302
    assert set(browser.cookies) == {"session"}, "a password alone marks no browser"
    assert browser.post("/sign-in/second/", {"code": code_now("clinician")}).status_code == 302
    assert set(browser.cookies) == {"session", "device"}
    for cookie in browser.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
    cookie = browser.cookies["session"]
    assert not cookie["max-age"] and not cookie["expires"], "it ends with the browser"


def test_over_https_the_cookie_is_secure_and_bound_to_the_host() -> None:
    names = ["SESSION_COOKIE_NAME", "DEVICE_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
             "SESSION_COOKIE_HTTPONLY", "DEBUG"]  # fmt: skip
    script = f"import warmhandoff.settings as s; print([getattr(s, n) for n in {names}])"
    # The keys lie beside the data of the test run; only the address is another one.
    env = {**os.environ, "WARMHANDOFF_BASE_URL": "https://desk.example", "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['__Host-session', '__Host-device', True, True, True, False]"


def _fault(*args: Any, **more: Any) -> None:
    secret = CANARY
    raise ValueError(f"could not read {secret}")


@pytest.mark.parametrize("deep", ["view", "door"])
def test_a_fault_gives_nothing_away(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: Any, deep: str
) -> None:
    places = {"view": "warmhandoff.web.desk.jump.find_referrals", "door": "warmhandoff.core.clock.now"}
    caplog.set_level(logging.INFO)
    browser = cast.web()
    browser.raise_request_exception = False
    monkeypatch.setattr(places[deep], _fault)
    answer = browser.post(f"/jump/?{CANARY}", {"q": CANARY}, headers={"User-Agent": CANARY})
    assert answer.status_code == 500 and not missing(answer)
    page = answer.content.decode()
    for secret in (CANARY, "Traceback", "ValueError", "jump.py", "/src/", "Django", "SELECT", "site-packages"):
        assert secret not in page, secret
    logged = caplog.text + "".join(capfd.readouterr())
    assert CANARY not in logged and "q=" not in logged
    if deep == "view":
        number = re.findall(r"Fault number (\w{12})", page)[0]
        assert f"fault {number} in ValueError at" in logged
