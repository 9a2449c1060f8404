"""Accounts: how they are made, who may invite, and what a password must be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import NOW, PASSWORD, Cast
from warmhandoff.accounts import joining, roles
from warmhandoff.accounts.joining import NewAccount, NewPractice
from warmhandoff.accounts.models import Invitation, Membership, Practice, User
from warmhandoff.accounts.queries import accounts, actor_of, colleagues, nobody_has_an_account
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere

ADA = NewAccount("Ada@Desk.example", "Ada Okafor", PASSWORD, "PhD")
DESK = NewPractice("Okafor Counseling", "78704")


def _reasons(refused: pytest.ExceptionInfo[BadInput]) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.reason) for problem in refused.value.problems]


def test_the_first_link_makes_everything_and_is_kept_as_a_hash_only(db: None) -> None:
    token = joining.first_link(now=NOW)
    assert token and nobody_has_an_account() and token not in str(Invitation.objects.values_list("token_hash"))
    member = joining.accept_invitation(token, ADA, DESK, now=NOW)
    assert member.user.email == "ada@desk.example" and member.user.check_password(PASSWORD)
    assert member.practice.state == "TX" and set(member.roles) == {"clinician", "supervisor", "coordinator", "admin"}
    assert joining.first_link(now=NOW) is None


def test_a_newer_first_link_ends_the_older(db: None) -> None:
    older, newer = joining.first_link(now=NOW), joining.first_link(now=NOW)
    assert older and newer
    with pytest.raises(NotThere):
        joining.accept_invitation(older, ADA, DESK, now=NOW)
    assert joining.invitation_of(f" {newer.upper()} ", now=NOW).practice is None


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=23, minutes=59)])
def test_the_first_link_lasts_a_day(db: None, later: timedelta) -> None:
    token = joining.first_link(now=NOW)
    assert token and joining.invitation_of(token, now=NOW + later)
    with pytest.raises(NotThere):
        joining.invitation_of(token, now=NOW + timedelta(hours=24))


def test_a_refusal_uses_nothing_up(db: None) -> None:
    token = joining.first_link(now=NOW)
    assert token
    with pytest.raises(BadInput) as refused:
        joining.accept_invitation(token, ADA, None, now=NOW)
    assert _reasons(refused) == [("practice_name", "name the practice")]
    with pytest.raises(BadInput) as refused:
        joining.accept_invitation(token, ADA, NewPractice("Desk", "00000"), now=NOW)
    assert _reasons(refused) == [("zip", "no ZIP code 00000 is known")]
    with pytest.raises(BadInput) as refused:
        joining.accept_invitation(token, NewAccount("a@b.example", "Ada", "password1234"), DESK, now=NOW)
    assert refused.value.problems[0].field == "password"
    assert not Practice.objects.exists() and not User.objects.exists()
    assert joining.accept_invitation(token, ADA, DESK, now=NOW).roles


@pytest.mark.parametrize("password", ["short", "password1234", "ada@desk.example"])
def test_weak_passwords_are_refused(cast: Cast, password: str) -> None:
    with pytest.raises(BadInput) as refused:
        joining.add_member(cast.practice, NewAccount(ADA.email, ADA.name, password), ["clinician"], now=NOW)
    assert {field for field, _ in _reasons(refused)} == {"password"}


def test_an_address_has_one_account(cast: Cast) -> None:
    taken = NewAccount(cast.clinician.user.email.upper(), "Somebody Else", PASSWORD)
    with pytest.raises(BadInput) as refused:
        joining.add_member(cast.practice, taken, ["clinician"], now=NOW)
    assert _reasons(refused) == [("email", "this address has an account already")]


def test_practices_of_one_name_are_told_apart(db: None) -> None:
    slugs = [joining.create_practice(DESK, now=NOW).slug for _ in range(3)]
    assert len(set(slugs)) == 3 and slugs[0] == "okafor-counseling"


@pytest.mark.parametrize("part", ["clinician", "supervisor", "coordinator"])
def test_only_administrators_invite(cast: Cast, part: str) -> None:
    with pytest.raises(NotAllowed):
        joining.invite(cast.actor(part), email="", roles=["clinician"], now=NOW)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("roles", [[], ["owner"], ["clinician", "root"]])
def test_an_invitation_names_known_roles(cast: Cast, roles: list[str]) -> None:
    with pytest.raises(BadInput):
        joining.invite(cast.actor("admin"), email="", roles=roles, now=NOW)


def test_an_invited_colleague_joins_with_the_roles_offered_and_no_others(cast: Cast) -> None:
    token = joining.invite(cast.actor("admin"), email="", roles=["coordinator"], now=NOW)
    member = joining.accept_invitation(token, ADA, DESK, now=NOW)
    assert member.practice_id == cast.practice.pk and member.roles == ["coordinator"]
    assert not Practice.objects.filter(name=DESK.name).exists()
    with pytest.raises(NotThere):
        joining.accept_invitation(token, NewAccount("b@desk.example", "Bo", PASSWORD), None, now=NOW)


def test_supervision_is_set_by_administrators_within_the_practice(cast: Cast) -> None:
    colleague, supervisor = cast.members["colleague"], cast.members["supervisor"]
    with pytest.raises(NotAllowed):
        roles.set_supervisor(cast.actor(), colleague.pk, supervisor.pk, now=NOW)
    with pytest.raises(NotThere):
        roles.set_supervisor(cast.actor("admin"), colleague.pk, cast.members["outsider"].pk, now=NOW)
    roles.set_supervisor(cast.actor("admin"), colleague.pk, supervisor.pk, now=NOW)
    assert Membership.objects.get(pk=colleague.pk).supervisor_id == supervisor.pk


def test_an_administrator_cannot_rearrange_another_practice(cast: Cast) -> None:
    outsider, colleague = cast.members["outsider"], cast.members["colleague"]
    with pytest.raises(NotThere):
        roles.set_supervisor(cast.actor("outsider"), colleague.pk, cast.members["supervisor"].pk, now=NOW)
    assert (
        Membership.objects.get(pk=colleague.pk).supervisor_id is None and outsider.practice_id != colleague.practice_id
    )


def test_the_operator_invites_and_resets_passwords(cast: Cast) -> None:
    token = joining.invite_from_terminal(cast.practice.slug, "new@desk.example", ["clinician"], now=NOW)
    assert joining.accept_invitation(token, ADA, None, now=NOW).practice_id == cast.practice.pk
    with pytest.raises(NotThere):
        joining.invite_from_terminal("nowhere", "", ["clinician"], now=NOW)
    joining.reset_password(NewAccount(ADA.email, "", "another long pass phrase"), now=NOW)
    assert User.objects.get(email="ada@desk.example").check_password("another long pass phrase")
    with pytest.raises(NotThere):
        joining.reset_password(NewAccount("nobody@desk.example", "", "another long pass phrase"), now=NOW)


def test_who_has_left_acts_no_more(cast: Cast) -> None:
    assert actor_of(cast.members["departed"].user) is None
    assert actor_of(cast.clinician.user) == cast.actor()
    assert "Departed Person" not in [member.user.name for member in colleagues(cast.actor())]
    assert {line.name: line.left for line in accounts()}["Departed Person"]
