"""Clients' pages: who sees whom, what is typed is kept, and a way in that gives nothing away."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.cast import CLIENT_NAME, NOW, Cast
from tests.web.test_today import refer
from warmhandoff.clients.models import Client, IdentityCheck, PortalKey
from warmhandoff.clients.queries import open_client
from warmhandoff.core import clock
from warmhandoff.core.models import AuditEntry, Event

pytestmark = pytest.mark.slow

TYPED = {
    "name": "Jonas Thule", "birth_date": "1980-05-06", "language": "es", "zip": "78704", "phone": "512-555-0177",
    "email": "jonas@client.example", "channels": ["mail", "paper"], "hours": "after six", "alias": "the library",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _html(cast: Cast, address: str, part: str = "clinician") -> str:
    answer = cast.web(part).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _title(html: str) -> str:
    found = re.search("<title>(.*?)</title>", html)
    assert found is not None
    return found[1]


def test_the_list_shows_ones_own_clients_and_their_open_referrals(cast: Cast) -> None:
    cast.add_client("Jonas Thule")
    refer(cast)
    html = _html(cast, "/clients/")
    assert html.index("Jonas Thule") < html.index(CLIENT_NAME) and "1 open referral<" in html
    assert "no open referral" in html and _title(html) == "Clients - Warm Handoff"
    assert CLIENT_NAME in _html(cast, "/clients/", "supervisor") and CLIENT_NAME in _html(
        cast, "/clients/", "coordinator"
    )
    assert CLIENT_NAME not in _html(cast, "/clients/", "colleague") and CLIENT_NAME not in _html(
        cast, "/clients/", "outsider"
    )


def test_an_administrator_is_told_why_there_is_no_list(cast: Cast) -> None:
    html = _html(cast, "/clients/", "admin")
    assert CLIENT_NAME not in html and "Clients are not shown to administrators" in html and "/clients/add/" not in html
    assert 'href="/clients/add/"' not in _html(cast, "/clients/", "coordinator")


def test_a_name_is_searched_by_post_and_htmx_gets_the_lines_alone(cast: Cast) -> None:
    cast.add_client("Jonas Thule")
    found = cast.web().post("/clients/", {"q": "jon"}).content.decode()
    assert "Jonas Thule" in found and CLIENT_NAME not in found and 'value="jon"' in found
    fragment = cast.web().post("/clients/", {"q": "marl"}, headers={"HX-Request": "true"}).content.decode()
    assert CLIENT_NAME in fragment and "<html" not in fragment
    assert "Nobody of this name" in cast.web().post("/clients/", {"q": "zzz"}).content.decode()


def test_the_list_costs_no_more_with_more_clients(cast: Cast, django_assert_max_num_queries: Any) -> None:
    browser = cast.web()
    browser.get("/")  # the first page also writes the session
    for name in ("Ada Bell", "Cora Dahl", "Eve Finn"):
        cast.add_client(name)
    with django_assert_max_num_queries(12):
        assert browser.get("/clients/").status_code == 200


def test_a_client_is_added_with_a_name_alone(cast: Cast) -> None:
    answer = cast.web().post("/clients/add/", {"name": "Jonas Thule", "language": "en"})
    client = Client.objects.exclude(pk=cast.client.pk).get()
    assert answer.status_code == 302 and answer.headers["Location"] == f"/clients/{client.pk}/"
    assert "nothing is sent to her" in _html(cast, f"/clients/{client.pk}/")


def test_what_was_typed_about_a_client_is_kept(cast: Cast) -> None:
    answer = cast.web().post("/clients/add/", TYPED)
    card = open_client(cast.actor(), Client.objects.exclude(pk=cast.client.pk).get().pk, now=NOW)
    assert answer.status_code == 302 and card.name == "Jonas Thule" and card.language == "es"
    assert card.birth_date == "1980-05-06" and card.contact == {
        "phone": "512-555-0177",
        "email": "jonas@client.example",
        "zip": "78704",
    }
    assert card.safe_contact == {"channels": ["mail", "paper"], "hours": "after six", "alias": "the library"}


def test_what_does_not_fit_is_said_beside_its_field(cast: Cast) -> None:
    answer = cast.web().post("/clients/add/", {**TYPED, "zip": "00000"})
    html = answer.content.decode()
    assert answer.status_code == 422 and "No ZIP code 00000 is known." in html and 'value="Jonas Thule"' in html
    assert cast.web().post("/clients/add/", {**TYPED, "birth_date": "2999-01-01"}).status_code == 422
    assert Client.objects.count() == 1 and cast.web("coordinator").get("/clients/add/").status_code == 403


def test_changing_a_client_keeps_the_rules_the_form_does_not_ask(cast: Cast) -> None:
    cast.client.safe_contact = {**cast.client.safe_contact.reveal(), "interpreter": "ASL"}
    cast.client.save()
    html = _html(cast, f"/clients/{cast.client.pk}/edit/")
    assert f'value="{CLIENT_NAME}"' in html and 'value="1991-04-02"' in html
    cast.web().post(f"/clients/{cast.client.pk}/edit/", {**TYPED, "name": "Rosalind Lee"})
    card = open_client(cast.actor(), cast.client.pk, now=NOW)
    assert card.name == "Rosalind Lee" and card.initials == "R. L." and card.safe_contact["interpreter"] == "ASL"
    assert card.safe_contact["channels"] == ["mail", "paper"] and "note" not in card.safe_contact
    assert cast.web("coordinator").post(f"/clients/{cast.client.pk}/edit/", TYPED).status_code == 403


def test_the_page_of_a_client(cast: Cast) -> None:
    refer(cast)
    html = _html(cast, f"/clients/{cast.client.pk}/")
    facts = ("2 April 1991", "to trauma therapy", "Safe: E-mail and Telephone.", "No voicemail.", "Clinician Person")
    for said in (CLIENT_NAME, *facts, "Client added", "Record the need", f'href="/clients/{cast.client.pk}/refer/"'):
        assert said in html, said
    assert _title(html) == "Client - Warm Handoff" and html.count("btn main") == 1
    assert cast.client.access_code.reveal() not in html


def test_the_front_desk_may_send_but_not_change(cast: Cast) -> None:
    html = _html(cast, f"/clients/{cast.client.pk}/", "coordinator")
    assert "Send her a link" in html and "New referral" not in html.split("What happened")[0] and "/edit/" not in html


_ADDRESSES = [
    ("get", ""), ("get", "edit/"), ("post", "edit/"), ("post", "identity/"), ("get", "code/"), ("post", "code/new/"),
    ("post", "invite/"), ("post", "device/"), ("post", "team/"),
]  # fmt: skip


@pytest.mark.parametrize("part", ["outsider", "colleague", "admin"])
@pytest.mark.parametrize(("method", "tail"), _ADDRESSES)
def test_a_stranger_finds_nothing(cast: Cast, part: str, method: str, tail: str) -> None:
    given = {"how": "seen", "membership": str(cast.members["colleague"].pk)}
    answer = getattr(cast.web(part), method)(f"/clients/{cast.client.pk}/{tail}", given if method == "post" else {})
    assert answer.status_code == 404 and CLIENT_NAME.encode() not in answer.content
    assert AuditEntry.objects.filter(outcome="refused").count() == 1
    assert (
        getattr(cast.web(part), method)(f"/clients/{uuid4()}/{tail}", given if method == "post" else {}).status_code
        == 404
    )


@pytest.mark.parametrize(("method", "tail"), [one for one in _ADDRESSES if one[0] == "post" and one[1] != "edit/"])
def test_what_changes_something_is_posted(cast: Cast, method: str, tail: str) -> None:
    assert cast.web().get(f"/clients/{cast.client.pk}/{tail}").status_code == 405


def test_an_identity_check_is_recorded_once_it_says_how(cast: Cast) -> None:
    address = f"/clients/{cast.client.pk}/"
    empty = cast.web().post(f"{address}identity/", {"how": " "})
    assert empty.status_code == 422 and b"Is it she?" in empty.content and not IdentityCheck.objects.exists()
    assert cast.web().post(f"{address}identity/", {"how": "seen in session"}).headers["Location"] == address
    assert "Her identity was checked" in _html(cast, address)


def test_the_code_is_shown_on_a_card_that_says_nothing_and_is_audited(cast: Cast) -> None:
    html = _html(cast, f"/clients/{cast.client.pk}/code/")
    code = cast.client.access_code.reveal()
    card = html[html.index('<section class="card stack letter"') : html.index("</section>")]
    assert code in card and "/c/" in card and CLIENT_NAME not in card and "therap" not in card.lower()
    spanish = _html(cast, f"/clients/{cast.client.pk}/code/?language=es")
    assert "Su código" in spanish and 'lang="es"' in spanish and code in spanish
    assert "Your code" in _html(cast, f"/clients/{cast.client.pk}/code/?language=xx")
    assert AuditEntry.objects.filter(verb="show_access_code").count() == 3


def test_a_new_code_ends_the_old_one(cast: Cast) -> None:
    old = cast.client.access_code.reveal()
    refused = cast.web().post(f"/clients/{cast.client.pk}/code/new/", {"how": " "}, follow=True)
    assert b"how you know that it is she" in refused.content and old.encode() in refused.content
    how = {"how": "seen in session, knows her by sight"}
    answer = cast.web().post(f"/clients/{cast.client.pk}/code/new/", how, follow=True)
    assert answer.redirect_chain and old.encode() not in answer.content
    [event] = Event.objects.filter(move="new_access_code")
    assert event.facts.reveal() == how, "a code is given anew only with a word on who asked for it"
    for given in ({}, how):
        assert cast.web("coordinator").post(f"/clients/{cast.client.pk}/code/new/", given).status_code == 404


def test_without_mail_the_link_is_shown_this_once(cast: Cast) -> None:
    answer = cast.web().post(f"/clients/{cast.client.pk}/invite/")
    html = answer.content.decode()
    assert answer.status_code == 200 and "/c/#" in html and "I have given it" in html
    assert PortalKey.objects.filter(client=cast.client, expires_at=NOW + timedelta(hours=72)).count() == 1
    assert "/c/#" not in _html(cast, f"/clients/{cast.client.pk}/")


def test_with_mail_she_gets_the_message_and_the_page_no_link(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}"
    referral = refer(cast)
    answer = cast.web().post(f"/clients/{cast.client.pk}/invite/", {"referral": str(referral)})
    assert answer.status_code == 302 and answer.headers["Location"] == f"/referrals/{referral}/"
    assert PortalKey.objects.get().referral_id == referral


def test_handing_over_the_device_ends_the_staff_session(cast: Cast) -> None:
    browser = cast.web()
    answer = browser.post(f"/clients/{cast.client.pk}/device/")
    assert answer.status_code == 302 and "_auth_user_id" not in browser.session
    assert browser.get(f"/clients/{cast.client.pk}/").status_code == 302
    assert browser.session["portal"]["mode"] == "device"


def test_a_colleague_joins_the_care_team(cast: Cast) -> None:
    colleague, address = cast.members["colleague"], f"/clients/{cast.client.pk}/"
    assert cast.web("colleague").get(address).status_code == 404
    cast.web().post(f"{address}team/", {"membership": str(colleague.pk)})
    assert cast.web("colleague").get(address).status_code == 200
    assert cast.web().post(f"{address}team/", {"membership": str(cast.members["outsider"].pk)}).status_code == 404
    assert b"Choose a colleague first" in cast.web().post(f"{address}team/", {"membership": ""}, follow=True).content


@pytest.mark.parametrize("typed", ["(512) 555-0142", "+1 512 555 0142", "ROSALIND@client.example", "Marlowe, Rosalínd"])
def test_the_jump_box_knows_a_number_an_address_and_any_spelling(cast: Cast, typed: str) -> None:
    def found(part: str, words: str = typed) -> list[str]:
        answer = cast.web(part).post("/jump/", {"q": words}, headers={"Accept": "application/json"})
        return [link["label"] for link in answer.json()["links"]]

    assert found("clinician") == found("coordinator") == [CLIENT_NAME]
    assert found("colleague") == found("outsider") == []
    assert found("clinician", "512 555 0143") == []


def test_the_jump_box_finds_what_one_may_see(cast: Cast) -> None:
    referral = refer(cast)
    asked = {"headers": {"Accept": "application/json"}}
    links = cast.web().post("/jump/", {"q": "rosal"}, **asked).json()["links"]
    assert links == [{"label": CLIENT_NAME, "hint": "client", "url": f"/clients/{cast.client.pk}/"}]
    found = cast.web().post("/jump/", {"q": "trauma ther"}, **asked).json()["links"]
    assert [link["url"] for link in found] == [f"/referrals/{referral}/"]
    assert cast.web("outsider").post("/jump/", {"q": "rosal"}, **asked).json()["links"] == []
    assert cast.web().post("/jump/", {"q": "r"}, **asked).json()["links"] == []
    assert {"label": "Messages", "hint": "what left, what waits", "url": "/messages/"} in cast.web().post(
        "/jump/", {"q": "mess"}, **asked
    ).json()["links"]
    page = cast.web().post("/jump/", {"q": "rosal"}, headers={"Accept": "text/html"}).content.decode()
    assert CLIENT_NAME in page and _title(page) == "Jump to - Warm Handoff"
