"""The pages that erase a draft, and those that say why something stays."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.apps.referrals.loop import Loop
from tests.cast import Cast
from warmhandoff.clients.models import Client
from warmhandoff.referrals.models import Referral

pytestmark = pytest.mark.slow


def test_a_draft_is_erased_from_its_page(cast: Cast) -> None:
    loop, web = Loop(cast), cast.web()
    address = reverse("referral_erase", args=[loop.id])
    assert address in web.get(reverse("referral", args=[loop.id])).content.decode()
    assert "Really erase it?" in web.get(address).content.decode()
    answer = web.post(address)
    assert answer.status_code == 302 and answer["Location"] == reverse("client", args=[cast.client.pk])
    assert not Referral.objects.filter(pk=loop.id).exists()
    assert web.get(address).status_code == 404


def test_what_was_offered_stays_and_closing_is_offered(cast: Cast) -> None:
    loop, web = Loop(cast).offer(), cast.web()
    address = reverse("referral_erase", args=[loop.id])
    page = web.get(address).content.decode()
    assert "Options were offered" in page and reverse("referral_close", args=[loop.id]) in page
    assert "Really erase it?" not in page
    assert web.post(address).status_code == 409
    assert loop.state == "offered"


def test_a_client_added_by_mistake_is_erased_from_her_page(cast: Cast) -> None:
    client_id, web = cast.add_client("Nobody Really"), cast.web()
    address = reverse("client_erase", args=[client_id])
    assert address in web.get(reverse("client", args=[client_id])).content.decode()
    page = web.get(address).content.decode()
    assert "Nobody Really" in page and "<title>Added by mistake" in page
    assert web.post(address)["Location"] == reverse("clients")
    assert not Client.objects.filter(pk=client_id).exists()


def test_a_client_with_a_record_stays(cast: Cast) -> None:
    Loop(cast).offer()
    web, address = cast.web(), reverse("client_erase", args=[cast.client.pk])
    assert "cannot be erased" in web.get(address).content.decode()
    assert web.post(address).status_code == 409
    assert Client.objects.filter(pk=cast.client.pk).exists()


def test_the_audit_says_that_something_was_erased(cast: Cast) -> None:
    loop = Loop(cast)
    cast.web().post(reverse("referral_erase", args=[loop.id]))
    page = cast.web().get(reverse("client_looked", args=[cast.client.pk])).content.decode()
    assert "Erased the draft of a referral" in page
