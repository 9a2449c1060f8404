"""Roles and supervision, leaving and coming back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as WebClient

from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts import joining, leaving, roles
from warmhandoff.accounts.joining import NewAccount
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.accounts.roles import MemberFacts
from warmhandoff.core import journal
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale

DAY = timedelta(days=1)


def change(cast: Cast, part: str, *held: str, by: str = "admin", **more: Any) -> Membership:
    roles.change_member(cast.actor(by), cast.members[part].pk, MemberFacts(held, **more), now=NOW)
    return Membership.objects.get(pk=cast.members[part].pk)


def test_an_administrator_says_who_does_what(cast: Cast) -> None:
    done = change(cast, "colleague", "supervisor", "clinician", credentials=" PhD ")
    assert (done.roles, done.credentials) == (["clinician", "supervisor"], "PhD")


@pytest.mark.parametrize("by", ["clinician", "supervisor", "coordinator"])
def test_nobody_else_changes_a_member(cast: Cast, by: str) -> None:
    with pytest.raises(NotAllowed):
        change(cast, "colleague", "admin", by=by)
    with pytest.raises(NotAllowed):
        roles.set_supervisor(cast.actor(by), cast.clinician.pk, None, now=NOW)


def test_the_administrator_of_another_practice_finds_nobody(cast: Cast) -> None:
    with pytest.raises(NotThere):
        change(cast, "colleague", "admin", by="outsider")


@pytest.mark.parametrize("held", [(), ("owner",), ("clinician", "root")])
def test_unknown_roles_are_refused(cast: Cast, held: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        change(cast, "colleague", *held)


def test_one_administrator_remains(cast: Cast) -> None:
    with pytest.raises(NotNow):
        change(cast, "admin", "clinician")
    with pytest.raises(NotNow):
        leaving.end_membership(cast.actor("admin"), cast.members["admin"], now=NOW)
    assert Membership.objects.get(pk=cast.members["admin"].pk).left_at is None
    change(cast, "colleague", "clinician", "admin")
    assert change(cast, "admin", "coordinator").roles == ["coordinator"]


def test_a_supervisor_is_one_by_role_and_never_in_a_circle(cast: Cast) -> None:
    with pytest.raises(BadInput) as refused:
        change(cast, "clinician", "clinician", supervisor=cast.members["colleague"].pk)
    assert refused.value.problems[0].field == "supervisor"
    change(cast, "clinician", "clinician", "supervisor", supervisor=cast.members["supervisor"].pk)
    for below in ("supervisor", "clinician"):  # in a circle of two, and of one
        with pytest.raises(BadInput):
            change(cast, below, "clinician", "supervisor", supervisor=cast.clinician.pk)
    assert change(cast, "clinician", "clinician", "supervisor").supervisor_id is None


def test_supervision_is_not_lost_by_the_way(cast: Cast) -> None:
    with pytest.raises(NotNow):
        change(cast, "supervisor", "clinician")
    roles.set_supervisor(cast.actor("admin"), cast.clinician.pk, None, now=NOW)
    assert change(cast, "supervisor", "clinician").roles == ["clinician"]


def test_nobody_keeps_clients_she_cannot_open(cast: Cast) -> None:
    with pytest.raises(NotNow):
        change(cast, "clinician", "admin")
    assert change(cast, "clinician", "coordinator").roles == ["coordinator"]


def free(cast: Cast) -> Membership:
    return cast.members["colleague"]


def test_leaving_ends_everything_at_the_next_request(cast: Cast) -> None:
    colleague = free(cast)
    roles.set_supervisor(cast.actor("admin"), cast.members["coordinator"].pk, None, now=NOW)
    browser = cast.web("colleague")
    assert browser.get("/clients/").status_code == 200
    leaving.end_membership(cast.actor("admin"), colleague, now=NOW)
    answer = browser.get("/clients/")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/")
    fresh = WebClient()
    assert fresh.post("/sign-in/", {"email": colleague.user.email, "password": PASSWORD}).status_code != 302
    with pytest.raises(Stale):
        leaving.end_membership(cast.actor("admin"), colleague, now=NOW)


def test_supervision_ends_with_the_supervisor(cast: Cast) -> None:
    leaving.end_membership(cast.actor("admin"), cast.members["supervisor"], now=NOW)
    assert Membership.objects.get(pk=cast.clinician.pk).supervisor_id is None


def test_links_to_join_that_a_leaver_may_know_end(cast: Cast) -> None:
    change(cast, "colleague", "clinician", "admin")
    hers = joining.invite(cast.actor("admin"), email="colleague@lakeside-counseling.example", roles=["clinician"],
                          now=NOW)
    other = joining.invite(cast.actor("admin"), email="new@lakeside.example", roles=["clinician"], now=NOW)
    elsewhere = joining.invite(cast.actor("outsider"), email="x@y.example", roles=["admin"], now=NOW)
    leaving.end_membership(cast.actor("admin"), free(cast), now=NOW)  # a clinician: only a link for herself
    assert joining.invitation_of(other, now=NOW) and joining.invitation_of(elsewhere, now=NOW)
    with pytest.raises(NotThere):
        joining.invitation_of(hers, now=NOW)
    second = joining.add_member(cast.practice, NewAccount("two@desk.example", "Two", PASSWORD), ["admin"], now=NOW)
    leaving.end_membership(cast.actor("admin"), second, now=NOW)
    with pytest.raises(NotThere):
        joining.invitation_of(other, now=NOW)
    assert joining.invitation_of(elsewhere, now=NOW)


def test_open_invitations_are_ended_and_made_again_by_administrators(cast: Cast) -> None:
    old = joining.invite(cast.actor("admin"), email="new@lakeside.example", roles=["coordinator"], now=NOW)
    row = Invitation.objects.get(practice=cast.practice)
    for part, refusal in (("clinician", NotAllowed), ("outsider", NotThere)):
        with pytest.raises(refusal):
            joining.end_invitation(cast.actor(part), row.pk, now=NOW)
    new = joining.invite_again(cast.actor("admin"), row.pk, now=NOW)
    with pytest.raises(NotThere):
        joining.invitation_of(old, now=NOW)
    found = joining.invitation_of(new, now=NOW)
    assert (found.email, found.roles) == ("new@lakeside.example", ["coordinator"])
    with pytest.raises(NotThere):
        joining.end_invitation(cast.actor("admin"), row.pk, now=NOW)


def came_back(cast: Cast, email: str = "", **more: Any) -> Membership:
    address = free(cast).user.email
    token = joining.invite(cast.actor("admin"), email=email or address, roles=["coordinator"], now=NOW + DAY)
    account = NewAccount(more.get("address", address), "Colleague Again", "another long pass phrase")
    return joining.accept_invitation(token, account, None, now=NOW + DAY)


def test_who_left_comes_back_by_an_invitation_for_her_address(cast: Cast) -> None:
    old_session = cast.web("colleague")
    leaving.end_membership(cast.actor("admin"), free(cast), now=NOW)
    back = came_back(cast)
    assert back.pk == free(cast).pk and back.roles == ["coordinator"] and back.left_at is None
    assert old_session.get("/").status_code == 302, "what was signed in before she left stays signed out"
    fresh = WebClient()
    answer = fresh.post("/sign-in/", {"email": free(cast).user.email, "password": "another long pass phrase"})
    assert answer.status_code == 302


def test_nobody_takes_an_account_over_with_an_invitation(cast: Cast) -> None:
    with pytest.raises(BadInput):  # she is still here
        came_back(cast)
    leaving.end_membership(cast.actor("admin"), free(cast), now=NOW)
    with pytest.raises(BadInput):  # a link that was not made for her
        came_back(cast, email="someone@else.example")
    token = joining.invite(cast.actor("outsider"), email=free(cast).user.email, roles=["clinician"], now=NOW)
    with pytest.raises(BadInput):  # another practice cannot have the account
        joining.accept_invitation(token, NewAccount(free(cast).user.email, "X", PASSWORD), None, now=NOW)


def test_a_restore_does_not_end_who_came_back(cast: Cast) -> None:
    leaving.end_membership(cast.actor("admin"), free(cast), now=NOW)
    back = came_back(cast)
    line = journal.Line(uuid4(), NOW, "member_left", cast.practice.pk, back.pk)
    assert leaving.leave_again(line, NOW + 2 * DAY) is False
    assert Membership.objects.get(pk=back.pk).left_at is None
    Membership.objects.filter(pk=back.pk).update(joined_at=NOW - DAY)  # a backup from before she left
    assert leaving.leave_again(line, NOW + 2 * DAY) is True
    assert Membership.objects.get(pk=back.pk).left_at == NOW
