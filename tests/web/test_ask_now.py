"""Refused for want of a release: the page says so, says that it is recorded, and leads to asking her now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.apps.referrals.loop import DAY, Loop
from tests.cast import NOW, Cast
from tests.web.visits import words
from warmhandoff.core import clock
from warmhandoff.core.queries import refused_disclosures

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield


@pytest.mark.parametrize(("way", "name"), [
    ("paper", "delivery_pdf"), ("paper", "delivery_fax"), ("phone", "delivery_pdf"), ("link", "delivery_remind"),
])  # fmt: skip
def test_each_way_out_leads_to_asking_her(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, way: str, name: str
) -> None:
    loop = Loop(cast)
    loop.offer().choose().sign().send(way=way)
    monkeypatch.setattr(clock, "now", lambda: NOW + 61 * DAY)
    web, address = cast.web(), reverse(name, args=[loop.id, loop.row.deliveries.get().pk])
    cast._web.clear()
    web = cast.web()
    answer = web.post(address) if name == "delivery_remind" else web.get(address)
    assert answer.status_code == 403 and "The release has run out." in words(answer)
    assert "Ask her now" in words(answer) and "stands in the client" in words(answer)
    assert f'href="{reverse("referral_release", args=[loop.id])}?draft=again"' in answer.content.decode()
    assert [one.reason for one in refused_disclosures(cast.client.pk)] == ["The release has run out."]
    asked = web.get(reverse("referral_release", args=[loop.id]) + "?draft=again")
    assert asked.status_code == 200 and "Who may receive it" in words(asked)
