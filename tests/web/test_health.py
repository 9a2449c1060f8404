"""Signs of life."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from warmhandoff.core import clock
from warmhandoff.core.jobs import beat
from warmhandoff.rules.refusals import Unavailable
from warmhandoff.web.desk import health


def test_alive_without_a_database() -> None:
    answer = Browser().get("/healthz")
    assert answer.status_code == 200 and answer.content == b"ok\n"


def test_nobody_indexes_it() -> None:
    assert Browser().get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_ready_when_the_worker_runs_elsewhere(db: None, settings: Any) -> None:
    settings.WORKER = "apart"
    assert Browser().get("/readyz").content == b"ready\n"


def test_ready_only_while_the_worker_inside_is_alive(db: None, settings: Any) -> None:
    settings.WORKER = "inside"
    answer = Browser().get("/readyz")
    assert answer.status_code == 503 and answer.content == b"missing: worker\n"
    beat("one", clock.now() - timedelta(minutes=3))
    assert Browser().get("/readyz").status_code == 503
    beat("one", clock.now())
    assert Browser().get("/readyz").content == b"ready\n"


def test_what_is_missing_is_named_without_details(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WORKER = "inside"

    def no_database() -> None:
        raise OperationalError("host secret.example refused")

    def no_keys() -> None:
        raise Unavailable("The key file /secret/place is torn")

    monkeypatch.setattr(health, "database_answers", no_database)
    monkeypatch.setattr(health, "check_ring", no_keys)
    answer = Browser().get("/readyz")
    assert answer.status_code == 503 and answer.content == b"missing: database, keys\n"
