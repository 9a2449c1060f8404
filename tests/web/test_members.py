"""The pages about members: roles, links to join, leaving."""

from __future__ import annotations

import re

import pytest

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts import joining
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import clock

pytestmark = pytest.mark.slow


def test_an_administrator_changes_a_member(cast: Cast) -> None:
    colleague, supervisor = cast.members["colleague"], cast.members["supervisor"]
    url = f"/practice/members/{colleague.pk}/"
    assert url in cast.web("admin").get("/practice/").content.decode()
    given = {"roles": ["coordinator", "clinician"], "credentials": "LCSW", "supervisor": str(supervisor.pk)}
    assert cast.web("admin").post(url, given).status_code == 302
    colleague.refresh_from_db()
    assert (colleague.roles, colleague.credentials) == (["clinician", "coordinator"], "LCSW")
    assert colleague.supervisor_id == supervisor.pk
    assert "LCSW" in cast.web("admin").get(url).content.decode()


def test_what_is_refused_is_told_on_the_form(cast: Cast) -> None:
    url = f"/practice/members/{cast.members['admin'].pk}/"
    answer = cast.web("admin").post(url, {"roles": ["clinician"], "credentials": "typed"})
    assert answer.status_code == 422 and "at least one administrator" in answer.content.decode()
    assert "typed" in answer.content.decode()
    answer = cast.web("admin").post(url, {"credentials": "x", "supervisor": str(cast.members["outsider"].pk)})
    assert answer.status_code == 422


def test_others_see_no_way_to_change_anyone(cast: Cast) -> None:
    page = cast.web("clinician").get("/practice/").content.decode()
    assert "/practice/members/" not in page and "/practice/invitations/" not in page


def test_a_link_to_join_is_ended_or_made_again(cast: Cast) -> None:
    joining.invite(cast.actor("admin"), email="new@lakeside.example", roles=["clinician"], now=clock.now())
    first = Invitation.objects.get(practice=cast.practice)
    web = cast.web("admin")
    assert "new@lakeside.example" in web.get("/practice/").content.decode()
    answer = web.post(f"/practice/invitations/{first.pk}/again/")
    link = re.search(r"/start/#(\S+)<", answer.content.decode())
    assert answer.status_code == 200 and link
    second = Invitation.objects.exclude(pk=first.pk).get(practice=cast.practice)
    assert web.post(f"/practice/invitations/{second.pk}/end/").status_code == 302
    assert "new@lakeside.example" not in web.get("/practice/").content.decode()
    assert web.post(f"/practice/invitations/{second.pk}/end/").status_code == 404


def test_leaving_shows_what_she_holds_and_hands_it_over(cast: Cast) -> None:
    loop = Loop(cast)
    url = f"/practice/members/{cast.clinician.pk}/leaving/"
    web = cast.web("admin")
    page = web.get(url).content.decode()
    assert loop.row.next_step in page and f"each-{loop.id}" in page and f"each-{cast.client.pk}" in page
    assert "R. M." not in page and "Rosalind" not in page, "an administrator sees no client"
    assert f'<option value="{cast.members["supervisor"].pk}" selected>' in page, "her supervisor unless another"
    assert web.post(url, {"heir": ""}).status_code == 422
    assert web.post(url, {"heir": str(cast.members["outsider"].pk)}).status_code == 422
    assert Membership.objects.get(pk=cast.clinician.pk).left_at is None
    given = {"heir": str(cast.members["supervisor"].pk), f"each-{loop.id}": str(cast.members["colleague"].pk)}
    assert web.post(url, given).status_code == 302
    assert loop.row.next_owner_id == cast.members["colleague"].pk
    assert cast.web("clinician").get("/").status_code == 302
    assert "Nothing is left with her" in web.get(url).content.decode()
    gone = web.get(f"/practice/members/{cast.clinician.pk}/")
    assert "The record still names her" in gone.content.decode()
    assert web.post(f"/practice/members/{cast.clinician.pk}/", {"roles": ["admin"]}).status_code == 409


def test_some_is_handed_over_and_she_stays(cast: Cast) -> None:
    goes, stays = Loop(cast), Loop(cast)
    supervisor, colleague = str(cast.members["supervisor"].pk), str(cast.members["colleague"].pk)
    url, web = f"/practice/members/{cast.clinician.pk}/leaving/", cast.web("admin")
    assert 'name="stay"' in web.get(url).content.decode()
    given = {"stay": "yes", "heir": supervisor, f"each-{goes.id}": colleague}
    assert web.post(url, given)["Location"] == url
    assert str(goes.row.owner_id) == colleague and stays.row.owner_id == cast.clinician.pk
    assert Membership.objects.get(pk=cast.clinician.pk).left_at is None
    assert visible_clients(cast.actor()).exists() and visible_clients(cast.actor("colleague")).exists()
    assert web.post(url, {"stay": "yes", "heir": ""}).status_code == 422
    assert cast.web("supervisor").post(url, given).status_code == 403
    assert web.post(url, {"stay": "yes", "heir": supervisor}).status_code == 302
    assert str(stays.row.owner_id) == supervisor and cast.web("clinician").get("/").status_code == 200


@pytest.mark.parametrize("held", [0, 3])
def test_the_pages_stay_within_their_queries(cast: Cast, held: int, django_assert_max_num_queries: object) -> None:
    for number in range(held):
        Loop(cast)
        account = joining.NewAccount(f"m{number}@desk.example", "More", PASSWORD)
        joining.add_member(cast.practice, account, ["clinician"], now=NOW)
    web = cast.web("admin")
    for url in ("/practice/", f"/practice/members/{cast.clinician.pk}/",
                f"/practice/members/{cast.clinician.pk}/leaving/"):
        with django_assert_max_num_queries(24):  # type: ignore[operator]
            web.get(url)
