"""Staff pages of a referral: the list, every state with every step it offers, new referral, and the way round the loop."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from tests.apps.referrals.loop import DAY, WAYS, Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.core import clock
from warmhandoff.referrals.models import Referral
from warmhandoff.web.desk.referral_steps import PAGES


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def title_of(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert found
    return found[1]


def pages_from(page: str, referral_id: UUID) -> set[str]:
    """Every page of the referral that this page links to, without files."""
    links = re.findall(rf'href="(/referrals/{referral_id}/[^"?]*)', page)
    return {link for link in links if not link.endswith(".pdf")}


@pytest.mark.parametrize("state", sorted(WAYS))
def test_every_step_a_state_offers_opens(cast: Cast, state: str) -> None:
    loop = loop_at(cast, state)
    web = cast.web()
    page = text_of(web.get(f"/referrals/{loop.id}/"))
    assert page.count('class="btn main"') == 1
    assert CLIENT_NAME not in title_of(page)
    links = pages_from(page, loop.id)
    assert links
    for link in links:
        response = web.get(link)
        opened = text_of(response)
        assert response.status_code == 200, link
        assert CLIENT_NAME not in title_of(opened)
        assert len(re.findall(r"<h1[ >]", opened)) == 1
        assert opened.count('class="btn main"') <= 1, link
