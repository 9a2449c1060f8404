"""Figures for the operator's monitoring: only with the token, and they name nobody."""

from __future__ import annotations

from typing import Any

from django.test import Client as Browser

from tests.cast import make_cast
from tests.flows.walk import sent
from warmhandoff.clients.models import Release
from warmhandoff.core import clock
from warmhandoff.core.jobs import beat

TOKEN = "a-token-of-the-monitoring-000"


def _read(token: str) -> Any:
    return Browser().get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_without_a_token_in_the_settings_there_is_no_such_page(db: None) -> None:
    assert Browser().get("/metrics").status_code == 404
    assert _read("").status_code == 404 and _read(TOKEN).status_code == 404


def test_only_the_token_opens_it(db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert Browser().get("/metrics").status_code == 404
    assert _read(TOKEN[:-1]).status_code == 404
    assert _read(TOKEN).status_code == 200


def test_wrong_ones_are_limited_and_the_right_one_goes_on(db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert [_read("wrong").status_code for _ in range(7)] == [404] * 5 + [429] * 2
    assert _read(TOKEN).status_code == 200


def test_the_figures_are_counts_that_name_nobody(db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    before = _figures()
    assert before["warmhandoff_worker_alive"] == "0" and before["warmhandoff_releases_signed_365_days"] == "0"
    assert "warmhandoff_emergency_openings_per_100_releases" not in before, "there is no ratio to nothing"
    walk = sent(make_cast())
    beat("one", clock.now())
    Release.objects.filter(pk=walk.release_id).update(signed_at=clock.now())
    after = _figures()
    assert after["warmhandoff_worker_alive"] == "1" and after["warmhandoff_releases_signed_365_days"] == "1"
    assert after["warmhandoff_emergency_openings_per_100_releases"] == "0.0"
    assert walk.cast.practice.name not in _read(TOKEN).content.decode()


def _figures() -> dict[str, str]:
    lines = _read(TOKEN).content.decode().splitlines()
    return dict(line.split(" ") for line in lines if not line.startswith("#"))
