"""The pages on which one after the other signs on the clinician's device: the release, and nothing else of hers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from tests.web.visits import entered, words
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.models import Release, ReleaseSigner
from warmhandoff.core import clock

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("en"):
        yield


@pytest.fixture
def loop(cast: Cast) -> Loop:
    loop = loop_at(cast, "chosen")
    given = {
        "recipients": [str(loop.listings[0])], "classes": ["contact", "reason"], "purpose": "same_service",
        "expires_on": "2027-01-10", "others": "Paul Marlowe",
    }  # fmt: skip
    assert cast.web().post(reverse("referral_release", args=[loop.id]), given).status_code == 302
    return loop


def _device(loop: Loop, web: Any = None, **more: Any) -> Browser:
    """The clinician's own browser, handed to Paul."""
    web = web or loop.cast.web()
    address = reverse("release_device", args=[loop.id, Release.objects.get().pk])
    answer = web.post(address, {"whose": "1", "identity": "identity card seen", **more})
    assert answer.status_code == 302 and answer.headers["Location"] == reverse("signer"), words(answer)
    return web


def test_each_signs_on_the_device_and_sees_only_the_release(loop: Loop) -> None:
    page = words(loop.cast.web().get(reverse("referral_release", args=[loop.id])))
    assert "Hand the device to one who signs" in page
    his = _device(loop)
    text = words(his.get(reverse("signer")))
    assert "Paul Marlowe: not yet" in text and "I sign" in text
    for closed in ("today", "portal"):
        answer = his.get(reverse(closed))
        assert answer.status_code in (302, 404) and CLIENT_NAME not in words(answer)
    assert his.get(reverse("portal_release", args=[loop.id])).status_code == 404
    assert his.post(reverse("signer"), {"signed_name": "Paul"}).status_code == 422
    told = words(his.post(reverse("signer"), {"signed_name": "Paul Marlowe", "read": "on"}, follow=True))
    assert "It counts once the others have signed too." in told and loop.state == "chosen"
    record_identity_check(loop.actor, loop.cast.client.pk, how="photo", now=NOW)
    hers = entered(loop.cast)
    hers.post(reverse("portal_release", args=[loop.id]), {"signed_name": CLIENT_NAME, "read": "on"})
    assert loop.state == "released"
    assert his.get(reverse("signer")).status_code == 200
    his.post(reverse("portal_handed_back"))
    assert his.get(reverse("signer")).status_code == 404


def test_the_page_says_what_is_missing_before_it_is_handed_over(loop: Loop) -> None:
    web, address = loop.cast.web(), reverse("release_device", args=[loop.id, Release.objects.get().pk])
    answer = web.post(address, {"whose": "0", "kind": "representative", "identity": "seen"})
    assert answer.status_code == 422 and "Say by what right someone signs" in words(answer)
    assert web.post(address, {"whose": "9", "identity": "seen"}).status_code == 422
    assert web.get(reverse("today")).status_code == 200, "still signed in"


def test_it_closes_by_itself_and_for_whoever_signs_in(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    his = _device(loop)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=16))
    assert his.get(reverse("signer")).status_code == 404
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert his.get(reverse("signer")).status_code == 404, "and does not open again"


def test_he_takes_it_back_on_the_device_and_nothing_leaves(loop: Loop) -> None:
    his = _device(loop)
    his.post(reverse("signer"), {"signed_name": "Paul Marlowe", "read": "on"})
    assert "for all who signed" in words(his.get(reverse("signer_take_back")))
    told = words(his.post(reverse("signer_take_back"), follow=True))
    assert "You took it back." in told and "This was taken back." in told
    hers = entered(loop.cast)
    page = words(hers.get(reverse("portal_release", args=[loop.id])))
    assert "This was taken back." in page or "I sign" in page
    record_identity_check(loop.actor, loop.cast.client.pk, how="photo", now=NOW)
    hers.post(reverse("portal_release", args=[loop.id]), {"signed_name": CLIENT_NAME, "read": "on"})
    assert loop.state == "chosen" and Release.objects.get().signed_at is None


def test_she_takes_her_signature_back_on_her_page_before_he_signed(loop: Loop) -> None:
    record_identity_check(loop.actor, loop.cast.client.pk, how="photo", now=NOW)
    hers, address = entered(loop.cast), reverse("portal_release", args=[loop.id])
    hers.post(address, {"signed_name": CLIENT_NAME, "read": "on"})
    assert "Take it back" in words(hers.get(address))
    told = words(hers.post(reverse("portal_revoke", args=[loop.id]), follow=True))
    assert "Nothing more is shared from now on." in told
    assert ReleaseSigner.objects.get(order=0).withdrawn_at == NOW
    staff = words(loop.cast.web().get(reverse("referral_release", args=[loop.id])))
    assert "taken back" in staff and "all sign anew" in staff


def test_staff_take_it_back_on_the_word_of_one_of_them(loop: Loop) -> None:
    sign = reverse("referral_sign", args=[loop.id])
    for whose, name in (("0", CLIENT_NAME), ("1", "Paul Marlowe")):
        loop.cast.web().post(sign, {"signed_name": name, "identity": "seen", "whose": whose})
    assert loop.state == "released"
    address = reverse("referral_revoke", args=[loop.id])
    assert "Who takes it back" in words(loop.cast.web().get(address))
    assert loop.cast.web().post(address, {"whose": "5"}).status_code == 422 and loop.state == "released"
    assert loop.cast.web().post(address, {"whose": "1"}).status_code == 302
    assert loop.state == "undecided" and Release.objects.get().revoked_by == "signer"
    listed = words(loop.cast.web().get(reverse("client_releases", args=[loop.cast.client.pk])))
    assert "Paul Marlowe, on paper taken back" in listed
