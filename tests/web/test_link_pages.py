"""The pages behind links: nothing is opened by looking, nothing by another kind of link, and every end looks alike."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.cast import NOW, PASSWORD, Cast
from tests.flows import walk as way
from warmhandoff.accounts.models import Invitation
from warmhandoff.clients.caring import new_access_code
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import PortalKey
from warmhandoff.core import clock
from warmhandoff.core.links import new_token, token_hash
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory.own_word import ask_listing
from warmhandoff.referrals.linking import give_new_code
from warmhandoff.referrals.models import Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AGENTS = (
    "Mozilla/5.0 (compatible; Barracuda Sentinel)", "Proofpoint-URL-Defense", "Mimecast-URL-Protect", "SafeLinks/1.0",
    "Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "WhatsApp/2.23", "TelegramBot (like TwitterBot)",
    "Googlebot/2.1", "curl/8.5.0",
)  # fmt: skip
PLACES = ("/c/", "/r/", "/v/")


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def tokens(cast: Cast) -> dict[str, str]:
    """One good token of each kind, by the place where it belongs."""
    walk = way.sent(cast)
    asked = ask_listing(cast.actor(), walk.listing_ids[1], now=NOW, by_hand=True)
    client = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    invitation = new_token()
    Invitation.objects.create(
        practice=cast.practice, email="new@lakeside.example", roles=["clinician"], created_at=NOW,
        token_hash=token_hash("invitation", invitation), expires_at=NOW + timedelta(days=1),
    )
    return {
        "/c/": (client.link or "").partition("#")[2], "/r/": way.token_of(walk.delivery),
        "/v/": asked.link.partition("#")[2], "/join/": invitation,
    }  # fmt: skip


def _codes(cast: Cast) -> dict[str, str]:
    return {"/c/": cast.client.access_code.reveal(), "/r/": Delivery.objects.get().code.reveal(), "/v/": ""}


def _state() -> list[Any]:
    return [list(PortalKey.objects.values()), list(Delivery.objects.values()), AuditEntry.objects.count()]


def test_scanners_look_a_hundred_times_and_nothing_happens(cast: Cast, tokens: dict[str, str]) -> None:
    before, seen = _state(), 0
    for place, agent, method in itertools.product(PLACES, AGENTS, ("get", "head", "get", "head")):
        answer = getattr(Browser(headers={"user-agent": agent}), method)(place)
        html = answer.content.decode()
        assert answer.status_code == 200 and "Rosalind" not in html and "Lakeside" not in html
        seen += 1
    assert seen >= 100 and _state() == before
    for place in PLACES:
        assert Browser().post(place, {"token": tokens[place], "code": _codes(cast)[place]}).status_code == 302


def test_a_form_sent_empty_or_in_part_changes_nothing(cast: Cast, tokens: dict[str, str]) -> None:
    before = _state()
    for place in PLACES:
        parts: list[dict[str, str]] = [{}, {"token": ""}, {"code": "abcd-efgh"}, {"token": " ", "code": " "}]
        for given in [*parts, {"token": tokens[place], "code": ""}][: 5 if place != "/v/" else 3]:
            answer = Browser(headers={"user-agent": AGENTS[0]}).post(place, given)
            assert answer.status_code == 422, (place, given)
    assert _state() == before


def test_a_link_of_one_kind_opens_nothing_of_another(cast: Cast, tokens: dict[str, str]) -> None:
    codes, refused = [*_codes(cast).values(), "abcd-efgh"], 0
    for place, other in itertools.permutations(tokens, 2):
        if place == "/join/":
            continue
        for code in codes:
            answer = Browser().post(place, {"token": tokens[other], "code": code or "abcd-efgh"})
            assert answer.status_code in (404, 429), (place, other)  # the limiter comes in after five wrong ones
            refused += 1
    assert refused == 9 * len(codes)
    account = {"name": "A B", "email": "new@lakeside.example", "password": PASSWORD}
    for other in PLACES:
        answer = Browser().post("/join/", {"token": tokens[other], **account})
        assert answer.status_code != 302, other


def _used(cast: Cast, token: str) -> None:
    assert Browser().post("/c/", {"token": token, "code": cast.client.access_code.reveal()}).status_code == 302


def _expired(cast: Cast, token: str) -> None:
    PortalKey.objects.update(expires_at=NOW)


def _replaced(cast: Cast, token: str) -> None:
    invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)


def _guessed(cast: Cast, token: str) -> None:
    PortalKey.objects.filter(ended_at=None).update(wrong_codes=5, ended_at=NOW)


def _recoded(cast: Cast, token: str) -> None:
    new_access_code(cast.actor(), cast.client.pk, how="seen in session", now=NOW)


@pytest.mark.parametrize("end", [_used, _expired, _replaced, _guessed, _recoded])
def test_every_end_of_a_clients_link_looks_like_one_that_never_was(
    cast: Cast, end: Callable[[Cast, str], None]
) -> None:
    code = cast.client.access_code.reveal()
    link = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW).link or ""
    token = link.partition("#")[2]
    end(cast, token)
    ended, unknown = (_told("/c/", one, code) for one in (token, new_token()))
    assert ended == unknown and ended[0] == 404


def _told(place: str, token: str, code: str) -> tuple[int, str]:
    answer = Browser().post(place, {"token": token, "code": code}, headers={"accept-language": "en"})
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, html.replace(token, "")


def test_a_recipients_new_code_ends_the_old_link_and_the_old_code(cast: Cast) -> None:
    walk = way.sent(cast)
    old = {"token": way.token_of(walk.delivery), "code": walk.delivery.code.reveal()}
    Delivery.objects.update(wrong_codes=5)
    code = give_new_code(walk.staff, walk.referral_id, walk.delivery.pk, how="spoke with Lena, knew her voice", now=NOW)
    new = {"token": way.token_of(walk.delivery), "code": code}
    assert Browser().post("/r/", old).status_code == 404
    assert Browser().post("/r/", {**new, "code": old["code"]}).status_code == 404
    assert Browser().post("/r/", new).status_code == 302
