"""The pages of releases: all a release can say, several who sign, narrowing, copies, minors, and the settings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from tests.apps.clients.releases import born
from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from tests.web.visits import entered, words
from warmhandoff.accounts.models import Practice
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.models import MinorConsent, Release, ReleaseVersion
from warmhandoff.core import clock

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("en"):
        yield


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return loop_at(cast, "chosen")


def _draft(loop: Loop, **more: Any) -> Any:
    given = {
        "recipients": [str(loop.listings[0]), str(loop.listings[1])], "classes": ["contact", "reason"],
        "purpose": "same_service", "expires_on": "2027-01-10", **more,
    }  # fmt: skip
    return loop.cast.web().post(reverse("referral_release", args=[loop.id]), given)


def _sign(loop: Loop, **more: Any) -> Any:
    given = {"signed_name": CLIENT_NAME, "identity": "seen", **more}
    return loop.cast.web().post(reverse("referral_sign", args=[loop.id]), given, follow=True)


def _address(loop: Loop, name: str) -> str:
    return reverse(name, args=[loop.cast.client.pk, Release.objects.get().pk])


def _pdf(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_everything_a_release_can_say_comes_from_the_page_into_the_text(loop: Loop) -> None:
    answer = _draft(
        loop, classes=["substance_use"], back_classes=["course"], ends_with="first_session", others="Paul Marlowe",
        records_from="2025-01-01", to_treating="on",
    )  # fmt: skip
    assert answer.status_code == 302, words(answer)
    row = Release.objects.get()
    text = row.text.reveal()
    for said in ("your first visit there", "how your treatment has gone", "Paul Marlowe", "January 1, 2025",
                 "those who treat you", "A federal law guards"):  # fmt: skip
        assert said in text
    page = words(loop.cast.web().get(reverse("referral_release", args=[loop.id])))
    assert "Whose signature" in page and "42 CFR 2.31(a)(1)" in page and "45 CFR 164.508(c)(4)" in page
    again = loop.cast.web().get(reverse("referral_release", args=[loop.id]), {"draft": "again"}).content.decode()
    assert "Paul Marlowe" in again and 'value="2025-01-01"' in again and "<details open>" in again


def test_what_is_wrong_in_the_folded_part_opens_it(loop: Loop) -> None:
    answer = _draft(loop, records_from="2026-05-01", records_until="2026-01-01")
    assert answer.status_code == 422 and "<details open>" in answer.content.decode()
    assert "The first day comes before the last one" in words(answer)


def test_a_couple_signs_one_after_the_other_and_then_it_counts(loop: Loop) -> None:
    _draft(loop, others="Paul Marlowe")
    assert "counts once everyone has signed" in words(_sign(loop, whose="1", signed_name="Paul Marlowe"))
    assert loop.state == "chosen"
    assert "signed. Now the packet" in words(_sign(loop)) and loop.state == "released"
    listed = words(loop.cast.web().get(reverse("client_releases", args=[loop.cast.client.pk])))
    assert "Paul Marlowe, on paper" in listed and "in force" in listed


def test_on_her_own_page_she_signs_once_and_waits_for_the_other(loop: Loop) -> None:
    _draft(loop, others="Paul Marlowe")
    record_identity_check(loop.actor, loop.cast.client.pk, how="photo", now=NOW)
    hers, address = entered(loop.cast), reverse("portal_release", args=[loop.id])
    answer = hers.post(address, {"signed_name": "Rosalind", "read": "on"}, follow=True)
    assert "It counts once the others have signed too." in words(answer) and loop.state == "chosen"
    assert "I sign" not in words(hers.get(address))
    _sign(loop, signed_name="Paul Marlowe")
    assert loop.state == "released"


def test_someone_signs_in_her_place_and_says_by_what_right(loop: Loop) -> None:
    _draft(loop)
    refused = _sign(loop, kind="agent", scope="power of attorney")
    assert refused.status_code == 422 and "by what right" in words(refused)
    assert '<details open><summary>Someone signs in her place' in refused.content.decode()
    _sign(loop, kind="agent", scope="power of attorney", evidence="document of 2 May")
    assert loop.state == "released"
    listed = words(loop.cast.web().get(reverse("client_releases", args=[loop.cast.client.pk])))
    assert "power of attorney; seen: document of 2 May" in listed


def test_staff_narrow_it_on_her_word_and_every_version_is_shown_and_printed(loop: Loop) -> None:
    _draft(loop)
    _sign(loop)
    address = _address(loop, "client_release_narrow")
    assert loop.cast.web().get(address).content.decode().count("checked") == 4
    given = {"classes": ["contact"], "recipients": [str(loop.listings[0])], "expires_on": "2026-12-24"}
    assert loop.cast.web().post(address, {**given, "expires_on": "2027-06-01"}).status_code == 422
    assert loop.cast.web().post(address, {**given, "classes": []}).status_code == 422
    assert loop.cast.web().post(address, given).status_code == 302
    listed = words(loop.cast.web().get(reverse("client_releases", args=[loop.cast.client.pk])))
    assert "Versions (2)" in listed and "by Clinician Person" in listed
    printed = _pdf(loop.cast.web().get(_address(loop, "client_release_pdf")).content)
    assert "Since November 23, 2026 it allows less" in printed and "December 24, 2026" in printed
    assert "why you are being referred" in printed, "the text stays as it was signed"
    assert loop.cast.web("coordinator").get(address).status_code == 403
    assert loop.cast.web("coordinator").get(_address(loop, "client_release_pdf")).status_code == 200


def test_she_allows_less_on_her_own_page(loop: Loop) -> None:
    _draft(loop)
    _sign(loop)
    hers, address = entered(loop.cast), reverse("portal_allow_less", args=[loop.id])
    assert "You do not have to sign again." in words(hers.get(address))
    both = [str(one) for one in loop.listings[:2]]
    assert hers.post(address, {"recipients": both, "expires_on": "2027-01-10"}).status_code == 422
    later = hers.post(address, {"classes": ["contact"], "recipients": both, "expires_on": "2027-01-11"})
    assert later.status_code == 422 and "Choose a day from today" in words(later)
    answer = hers.post(address, {"classes": ["contact"], "recipients": both, "expires_on": "2027-01-10"})
    assert answer.status_code == 302 and ReleaseVersion.objects.latest("number").side == "client"
    assert "you allow less" in words(hers.get(reverse("portal_release", args=[loop.id])))


def test_her_copy_is_recorded_from_either_side_once(loop: Loop) -> None:
    _draft(loop)
    address = _address(loop, "client_release_copy")
    assert loop.cast.web().post(address, {"how": "print"}).status_code == 409, "nothing is signed yet"
    _sign(loop)
    loop.cast.web().post(address, {"how": "owl"})
    assert Release.objects.get().copy_given_at is None
    assert loop.cast.web().post(address, {"how": "print"}).status_code == 302
    entered(loop.cast).get(reverse("portal_release_copy", args=[loop.id]))
    row = Release.objects.get()
    assert (row.copy_how, row.copy_given_at) == ("print", NOW)


def test_of_a_minor_it_is_recorded_who_consented_before_she_gets_a_link(cast: Cast) -> None:
    born(cast, "2011-01-05")
    web, client = cast.web(), cast.client.pk
    assert "She is under 18" in words(web.get(reverse("client", args=[client])))
    assert web.post(reverse("client_invite", args=[client])).status_code == 409
    address = reverse("client_consent", args=[client])
    assert "She is 15." in words(web.get(address))
    given = {"consented": "minor", "viewers": ["minor"], "words": "Intake form"}
    assert web.post(address, given).status_code == 422 and not MinorConsent.objects.exists()
    assert web.post(address, {**given, "consented": "representative"}).status_code == 302
    assert "Intake form" in words(web.get(address))
    assert web.post(reverse("client_invite", args=[client])).status_code == 200, "here is the link"


def test_of_an_adult_there_is_nothing_to_record(cast: Cast) -> None:
    page = cast.web().get(reverse("client_consent", args=[cast.client.pk]))
    assert "she decides for herself" in words(page)
    assert "under 18" not in words(cast.web().get(reverse("client", args=[cast.client.pk])))


def test_the_practice_decides_and_the_draft_follows(loop: Loop) -> None:
    address = reverse("release_settings")
    assert loop.cast.web().get(address).status_code == 403
    web = loop.cast.web("admin")
    assert "35 P.S. 10101.1" in words(web.get(address))
    given = {"days": "10", "longest_days": "30", "part2_programme": "on", "state": "ca", "minor_rules": ["CA"]}
    assert web.post(address, {**given, "days": "31"}).status_code == 422
    assert web.post(address, {**given, "longest_days": "366"}).status_code == 422
    assert web.post(address, {**given, "minor_rules": ["TX"]}).status_code == 422
    assert web.post(address, given).status_code == 302
    row = Practice.objects.get(pk=loop.cast.practice.pk)
    assert (row.release_days, row.release_longest_days, row.part2_programme, row.state, row.minor_rules) == (
        10, 30, True, "CA", ["CA"])  # fmt: skip
    page = loop.cast.web().get(reverse("referral_release", args=[loop.id])).content.decode()
    assert f'value="{date(2026, 12, 3).isoformat()}"' in page
    assert _draft(loop).status_code == 422, "January is more than thirty days from here"
