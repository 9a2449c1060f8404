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

from tests.web.table_access import ACCESS
from tests.web.table_secrets import FORMS_WITHOUT, SECRET_FIELDS, TAKES, TAKES_NONE
from tests.web.test_permissions import patterns
from warmhandoff import web
from warmhandoff.core import clock, limits
from warmhandoff.rules.refusals import TooMany

ADDRESS = "203.0.113.77"


def _forms(root: type = forms.BaseForm) -> Iterator[type]:
    for form in root.__subclasses__():
        if form.__module__.startswith("warmhandoff.web"):
            yield form
        yield from _forms(form)


def _takes_a_secret(form: Any) -> bool:
    fields = getattr(form, "base_fields", {})
    return any(
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
    assert found == {secret.form for secret in TAKES.values()} | FORMS_WITHOUT.keys()
    assert len(found) >= 4


def _post(name: str) -> Any:
    return Browser(REMOTE_ADDR=ADDRESS).post(reverse(name), TAKES[name].given)


@pytest.mark.parametrize("name", TAKES)
def test_a_wrong_secret_is_counted_by_whose_it_is_and_by_address(
    name: str, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, str]] = []
    for step in ("check", "failed"):
        real = getattr(limits, step)

        def told(path: str, who: str, *, step: str = step, real: Any = real, **more: Any) -> None:
            asked.append((step, path, more.get("address", "")))
            real(path, who, **more)

        monkeypatch.setattr(limits, step, told)
    answer = _post(name)
    assert answer.status_code in (404, 422), "a wrong secret opens nothing"
    assert {("check", TAKES[name].path, ADDRESS), ("failed", TAKES[name].path, ADDRESS)} <= set(asked)


@pytest.mark.parametrize("name", TAKES)
def test_what_the_limiter_refuses_is_not_looked_at(name: str, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **more: Any) -> None:
        raise TooMany("Too many tries.")

    monkeypatch.setattr(limits, "check", refuse)
    assert _post(name).status_code == 429


def test_an_address_that_guessed_too_often_on_one_path_waits_on_all(db: None) -> None:
    for number in range(limits.ADDRESS.most):
        limits.failed("elsewhere", str(number), now=clock.now() - timedelta(minutes=1), address=ADDRESS)
    assert {name: _post(name).status_code for name in TAKES} == dict.fromkeys(TAKES, 429)
    other = Browser(REMOTE_ADDR="203.0.113.78").post(reverse("sign_in"), TAKES["sign_in"].given)
    assert other.status_code == 422
