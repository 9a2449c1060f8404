"""Every address that takes a secret asks the limiter: no exceptions, and none that nobody decided on."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client as Browser
from django.urls import reverse

from tests.cast import PASSWORD, Cast
from tests.web.table_access import ACCESS
from tests.web.table_secrets import CONFIRMING, FORMS_WITHOUT, INSIDE, SECRET_FIELDS, TAKES, TAKES_NONE
from tests.web.test_permissions import patterns
from warmhandoff import web
from warmhandoff.accounts.models import SignedIn
from warmhandoff.core import clock, limits
from warmhandoff.rules.refusals import TooMany

pytestmark = pytest.mark.slow

ADDRESS = "203.0.113.77"


def _forms(root: type = forms.BaseForm) -> Iterator[type]:
    for form in root.__subclasses__():
        if form.__module__.startswith("warmhandoff.web"):
            yield form
        yield from _forms(form)


def _takes_a_secret(form: Any) -> bool:
    fields = getattr(form, "base_fields", {})
    return "answer" in fields or any(
        name in SECRET_FIELDS or isinstance(one.widget, forms.PasswordInput)
        or one.widget.attrs.get("autocomplete") == "one-time-code"
        for name, one in fields.items()
    )  # fmt: skip


def test_every_address_anyone_may_post_to_was_decided_on() -> None:
    public = {p.name for p in patterns() if ACCESS[p.name].door == "public" and ACCESS[p.name].post}
    assert public - TAKES.keys() - TAKES_NONE.keys() == set(), "does it take a secret?"
    assert TAKES_NONE.keys() <= public and not TAKES.keys() & TAKES_NONE.keys()


def test_every_form_with_a_secret_belongs_to_an_address_that_was_decided_on() -> None:
    for module in pkgutil.walk_packages(web.__path__, "warmhandoff.web."):
        importlib.import_module(module.name)
    found = {f"{form.__module__}.{form.__qualname__}".removeprefix("warmhandoff.web.")
             for form in _forms() if _takes_a_secret(form)}
    inside = {secret.form for secret in INSIDE.values()}
    assert found == {secret.form for secret in TAKES.values()} | inside | CONFIRMING.keys() | FORMS_WITHOUT.keys()
    assert len(found) >= 4


def _browser(name: str) -> Browser:
    """One that may come to the address with a secret."""
    browser = Browser(REMOTE_ADDR=ADDRESS)
    if TAKES[name].who == "half way":  # the password was right; from another address, which is not what is asked here
        given = {"email": "clinician@lakeside-counseling.example", "password": PASSWORD}
        assert browser.post("/sign-in/", given, REMOTE_ADDR="203.0.113.80").status_code == 302
    return browser


def _post(name: str, browser: Browser | None = None) -> Any:
    return (browser or _browser(name)).post(reverse(name), TAKES[name].given)


def _told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What the limiter is asked from now on: (step, path, address)."""
    asked: list[tuple[str, str, str]] = []
    for step in ("check", "failed"):
        real = getattr(limits, step)

        def told(path: str, who: str, *, step: str = step, real: Any = real, **more: Any) -> None:
            asked.append((step, path, more.get("address", "")))
            real(path, who, **more)

        monkeypatch.setattr(limits, step, told)
    return asked


@pytest.mark.parametrize("name", TAKES)
def test_a_wrong_secret_is_counted_by_whose_it_is_and_by_address(
    name: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _told(monkeypatch)
    answer = _post(name)
    assert answer.status_code in (404, 422), "a wrong secret opens nothing"
    assert {("check", TAKES[name].path, ADDRESS), ("failed", TAKES[name].path, ADDRESS)} <= set(asked)


@pytest.mark.parametrize("name", TAKES)
def test_what_the_limiter_refuses_is_not_looked_at(name: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = _browser(name)

    def refuse(*args: Any, **more: Any) -> None:
        raise TooMany("Too many tries.")

    monkeypatch.setattr(limits, "check", refuse)
    assert _post(name, browser).status_code == 429


def test_an_address_that_guessed_too_often_on_one_path_waits_on_all(cast: Cast) -> None:
    for number in range(limits.ADDRESS.most):
        limits.failed("elsewhere", str(number), now=clock.now() - timedelta(minutes=1), address=ADDRESS)
    assert {name: _post(name).status_code for name in TAKES} == dict.fromkeys(TAKES, 429)
    other = Browser(REMOTE_ADDR="203.0.113.78").post(reverse("sign_in"), TAKES["sign_in"].given)
    assert other.status_code == 422


@pytest.mark.parametrize("name", INSIDE)
def test_a_wrong_secret_of_someone_signed_in_is_counted(
    name: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = cast.web("newcomer" if name == "account_factors" else "clinician")
    if name == "account_factors":
        browser.post(reverse(name), {"kind": "begin_app"})
    asked = _told(monkeypatch)
    assert browser.post(reverse(name), INSIDE[name].given).status_code == 422
    assert {("check", INSIDE[name].path), ("failed", INSIDE[name].path)} <= {one[:2] for one in asked}


@pytest.mark.parametrize(("part", "given"), [
    ("clinician", {"confirm_code": "000000"}), ("newcomer", {"confirm_password": "not the right one"}),
])
def test_a_wrong_fresh_proof_is_counted(
    cast: Cast, part: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = cast.web(part)
    SignedIn.objects.update(confirmed_at=clock.now() - timedelta(minutes=6))
    asked = _told(monkeypatch)
    new = {"old": PASSWORD, "new": "quite another long phrase"}
    browser.post(reverse("account_password"), {**new, **given})
    path = CONFIRMING["confirming._CodeForm" if "confirm_code" in given else "confirming._PasswordForm"]
    assert {("check", path), ("failed", path)} <= {one[:2] for one in asked}
    cast.members[part].user.refresh_from_db()
    assert cast.members[part].user.check_password(PASSWORD)
