"""Emergency access and care teams on the pages; a practice of one meets neither."""

from __future__ import annotations

import pytest

from tests.cast import CLIENT_NAME, NOW, PASSWORD, Cast
from warmhandoff.accounts import second_factors
from warmhandoff.accounts.joining import NewAccount, NewPractice, add_member, create_practice
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients.caring import ClientFacts, add_client, join_team
from warmhandoff.clients.models import CareTeam, Client, EmergencyAccess
from warmhandoff.core import clock

pytestmark = pytest.mark.slow

WORDS = "She called the desk and spoke of a bridge."


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_from_the_list_to_the_record_to_the_review(cast: Cast) -> None:
    web, her = cast.web("colleague"), f"/clients/{cast.client.pk}/"
    assert "/clients/emergency/" in web.get("/clients/").content.decode() and web.get(her).status_code == 404
    given = {"name": CLIENT_NAME, "kind": "danger", "words": "short"}
    answer = web.post("/clients/emergency/", given)
    assert answer.status_code == 422 and CLIENT_NAME in answer.content.decode() and web.get(her).status_code == 404
    answer = web.post("/clients/emergency/", {**given, "words": WORDS})
    assert answer.status_code == 302 and answer.headers["Location"] == her
    page = web.get(her).content.decode()
    assert "You look at this record in an emergency" in page and "Take off" not in page
    assert "Send her a link" not in page and "New referral" not in page
    assert "Someone else reviews it" in web.get("/practice/emergencies/").content.decode()
    row = EmergencyAccess.objects.get()
    url = f"/practice/emergencies/{row.pk}/"
    assert web.post(url, {"review": "fine"}).status_code == 403
    assert WORDS in cast.web("admin").get("/practice/emergencies/").content.decode()
    assert "R. M." not in cast.web("admin").get("/practice/emergencies/").content.decode()
    assert cast.web("admin").post(url, {"review": " "}).status_code == 422
    assert cast.web("admin").post(url, {"review": "She did right."}).status_code == 302
    assert "She did right." in cast.web().get("/practice/emergencies/").content.decode()
    looked = cast.web().get(f"{her}looked/").content.decode()
    assert "Opened a client in an emergency" in looked


def test_the_team_on_the_page(cast: Cast) -> None:
    web, her = cast.web(), f"/clients/{cast.client.pk}/"
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    page = web.get(her).content.decode()
    assert "Colleague Person" in page and "team/leave/" in page
    gone = {"membership": str(cast.members["colleague"].pk)}
    assert "team/leave/" not in cast.web("coordinator").get(her).content.decode()
    assert web.post(f"{her}team/leave/", gone).status_code == 302
    page = web.get(her).content.decode()
    assert "Who was on it before" in page and "team/leave/" not in page
    assert web.post(f"{her}team/leave/", {"membership": str(cast.clinician.pk)}).status_code == 409
    assert CareTeam.objects.filter(client=cast.client, until=None).count() == 1


def test_one_who_may_be_there_already_is_pointed_to(cast: Cast) -> None:
    count = Client.objects.count()
    answer = cast.web().post("/clients/add/", {"name": "rosalind marlowe", "language": "en"})
    assert answer.status_code == 409 and f"/clients/{cast.client.pk}/" in answer.content.decode()
    assert Client.objects.count() == count
    answer = cast.web().post("/clients/add/", {"name": "rosalind marlowe", "language": "en", "another": "yes"})
    assert answer.status_code == 302
    answer = cast.web("colleague").post("/clients/add/", {"name": "rosalind marlowe", "language": "en"})
    assert answer.status_code == 302, "whom she does not see is not told"


CEREMONY = ("care team", "emergency access", "opened in an emergency", "supervis", "review")


def test_a_practice_of_one_meets_no_ceremony_among_colleagues(db: None) -> None:
    practice = create_practice(NewPractice("Okafor Counseling", zip="78704"), now=NOW)
    account = NewAccount("ada@desk.example", "Ada Okafor", PASSWORD)
    roles = ["clinician", "supervisor", "coordinator", "admin"]
    member = add_member(practice, account, roles, now=NOW)
    second_factors.equip(member, now=NOW)
    member.user.refresh_from_db()
    client_id = add_client(actor_of_membership(member), ClientFacts("Jonas Thule"), now=NOW)
    web = Cast(practice, {"clinician": member}, Client.objects.get(pk=client_id)).web()
    for url in ("/", "/clients/", "/clients/add/", f"/clients/{client_id}/", "/referrals/", "/inbox/"):
        answer = web.get(url)
        assert answer.status_code == 200, url
        page = answer.content.decode().lower()
        assert not [words for words in CEREMONY if words in page], url
    page = web.get(f"/practice/members/{member.pk}/").content.decode()
    assert "prepare leaving" not in page
    page = web.get("/practice/permissions/").content.decode().lower()
    assert not [words for words in ("emergency", "someone she supervises") if words in page]
    assert web.get("/clients/emergency/").status_code in (403, 404)


def test_every_member_reads_who_may_do_what(cast: Cast) -> None:
    for part in ("clinician", "coordinator", "admin"):
        page = cast.web(part).get("/practice/permissions/").content.decode()
        assert "a client she opened in an emergency" in page and page.count("<tr>") == 9
