"""The page behind a link on a lawful basis, and the buttons of staff that make and end it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.utils import translation

from tests.apps.referrals.loop import Loop
from tests.apps.referrals.test_basis_links import frozen
from tests.cast import NOW, Cast
from tests.web.visits import words
from warmhandoff.core import clock
from warmhandoff.referrals.models import BasisLink

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("en"):
        yield


def test_from_the_button_to_the_page_and_to_its_end(cast: Cast) -> None:
    loop = Loop(cast)
    pk = frozen(loop)
    page, button = f"/referrals/{loop.id}/disclosures/{pk}/", f"/referrals/{loop.id}/disclosures/{pk}/link/"
    assert cast.web().post(button, {"to": "no address"}).status_code == 422
    assert cast.web().post(button, {"to": ""}).status_code == 302
    shown = words(cast.web().get(page))
    link = BasisLink.objects.get()
    found = re.search(r"/r/shared/#(\S+)", shown)
    assert found and found[1] == link.token.reveal() and link.code.reveal() in shown
    outside = Browser()
    assert outside.get("/r/shared/page/").status_code == 404
    assert "Type the code" in words(outside.get("/r/shared/")) and link.opened_at is None
    assert outside.post("/r/shared/", {"token": found[1], "code": "0000-0000"}).status_code == 404
    answer = outside.post("/r/shared/", {"token": found[1], "code": link.code.reveal()}, follow=True)
    assert answer.status_code == 200 and "Crisis team" in words(answer) and "164.512(j)" in words(answer)
    assert outside.get("/r/shared/page.pdf").content.startswith(b"%PDF")
    assert cast.web().post(button, {"end": "on"}).status_code == 302
    assert outside.get("/r/shared/page/").status_code == 404 and outside.get("/r/shared/page.pdf").status_code == 404
    assert "has ended; it was opened" in words(cast.web().get(page))
    assert "by a secure link" in words(cast.web().get(f"/clients/{cast.client.pk}/disclosures/"))
