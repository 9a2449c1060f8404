"""Crisis help: for everyone, always, also when nothing else works."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client as Browser

from tests.cast import Cast
from warmhandoff.core.models import AuditEntry


def _numbers(html: str) -> list[int]:
    return [html.index(part) for part in ("tel:911", "tel:988", "sms:988", "chat.988lifeline.org/", "Stay with her")]


def test_the_numbers_come_first_and_the_steps_after() -> None:
    """No database mark: pytest-django refuses any query here."""
    answer = Browser().get("/crisis/")
    html = answer.content.decode()
    assert answer.status_code == 200 and _numbers(html) == sorted(_numbers(html))
    assert "<script" not in html and "<form" not in html and html.count("<h1") == 1
    assert 'href="/sign-in/"' in html and answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_it_stands_when_the_database_does_not(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = cast.web()

    def gone(*args: Any, **more: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(SessionStore, "load", gone)
    assert browser.get("/crisis/").status_code == 200
    browser.raise_request_exception = False
    assert browser.get("/messages/").status_code >= 500


def test_it_asks_and_writes_nothing_for_someone_signed_in(cast: Cast, django_assert_num_queries: Any) -> None:
    before = AuditEntry.objects.count()
    browser = cast.web()
    with django_assert_num_queries(0):
        assert browser.get("/crisis/").status_code == 200
    assert AuditEntry.objects.count() == before and browser.post("/crisis/").status_code == 405
