"""Walls of accounts: what a practice's administrators, programs and texts are is one practice's (R-04).

One wall at a time, as in test_other_practices.py.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.cast import NOW, Cast
from warmhandoff.accounts import api_answers, api_clients, joining, leaving, texts
from warmhandoff.accounts.models import ApiAnswer, ApiClient
from warmhandoff.accounts.queries import any_member, colleagues, names_of_members, open_invitations
from warmhandoff.core.journal import Line
from warmhandoff.rules.refusals import NotAllowed, NotThere

NEW = api_clients.NewApiClient("Website", "shows our directory", ("directory:read",))


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def test_keys_of_requests_are_for_programs(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        api_answers.once(cast.actor("admin"), "a key", "a request", lambda: {"done": True}, now=NOW)
    assert not ApiAnswer.objects.exists()


def test_the_programs_of_a_practice_are_told_to_it_alone(cast: Cast, other: UUID) -> None:
    token = api_clients.create(cast.actor("admin"), NEW, now=NOW)
    program, maker = ApiClient.objects.get().pk, cast.members["admin"].pk
    assert [line.id for line in api_clients.made_by(cast.practice.pk, maker, now=NOW)] == [program]
    assert api_clients.made_by(other, maker, now=NOW) == []
    assert api_clients.names_of_api_clients(cast.practice.pk) == {program: "Website"}
    assert api_clients.names_of_api_clients(other) == {}
    assert api_clients.end_again(Line(uuid4(), NOW, "api_client_ended", other, program), NOW) is None
    assert api_clients.enter(token, address="192.0.2.1", now=NOW).actor.who == program


def test_a_membership_is_looked_at_and_ended_by_its_own_administrators(cast: Cast) -> None:
    colleague = cast.members["colleague"]
    for part in ("clinician", "outsider"):
        with pytest.raises(NotAllowed):
            leaving.end_membership(cast.actor(part), colleague, now=NOW)
    with pytest.raises(NotAllowed):
        any_member(cast.actor(), colleague.pk)
    for part, wanted in (("outsider", colleague.pk), ("admin", uuid4())):
        with pytest.raises(NotThere):
            any_member(cast.actor(part), wanted)
    assert any_member(cast.actor("admin"), colleague.pk) == colleague


def test_who_leaves_one_practice_may_still_join_another(cast: Cast) -> None:
    colleague = cast.members["colleague"]
    for part in ("admin", "outsider"):
        joining.invite(cast.actor(part), email=colleague.user.email, roles=["clinician"], now=NOW)
    leaving.end_membership(cast.actor("admin"), colleague, now=NOW)
    assert open_invitations(cast.actor("admin"), now=NOW) == []
    assert len(open_invitations(cast.actor("outsider"), now=NOW)) == 1


def test_colleagues_are_of_ones_practice(cast: Cast, other: UUID) -> None:
    outsider = cast.members["outsider"].pk
    assert [one.pk for one in colleagues(cast.actor("outsider"))] == [outsider]
    assert outsider not in {one.pk for one in colleagues(cast.actor())}
    assert names_of_members(other) == {outsider: "Outsider Person"}


def test_what_a_practice_wrote_for_its_staff_is_read_there(cast: Cast, other: UUID) -> None:
    texts.keep_text(cast.actor("admin"), "protocol", "Call the front desk.", reviewed_on=None, now=NOW)
    assert [text.text for text in texts.texts_of(cast.practice.pk).values()] == ["Call the front desk."]
    assert texts.texts_of(other) == {}
