"""Leaving with open work: everything finds other hands, and no open referral is ever owned by someone who left."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.apps.referrals.loop import NEED, Loop
from tests.cast import NOW, PASSWORD, Cast, make_cast
from warmhandoff.accounts import joining, leaving, roles
from warmhandoff.accounts.joining import NewAccount
from warmhandoff.accounts.models import Membership
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.clients import teams
from warmhandoff.clients.caring import ClientFacts, add_client, join_team
from warmhandoff.clients.models import CareTeam
from warmhandoff.clients.queries import visible_clients
from warmhandoff.core import journal
from warmhandoff.referrals import closing, planning, receiving
from warmhandoff.referrals.day import today
from warmhandoff.referrals.handing_over import Plan, hand_over, holdings, leavers
from warmhandoff.referrals.models import Incoming, Referral
from warmhandoff.referrals.queries import visible_referrals
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Refusal

pytestmark = pytest.mark.slow


def orphans() -> int:
    """Open referrals with an owner, of the whole or of the next step, who left."""
    gone = Q(owner__left_at__isnull=False) | Q(next_owner__left_at__isnull=False)
    return Referral.objects.exclude(state="closed").filter(gone).count()


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def plan(cast: Cast, part: str = "colleague", **more: Any) -> Plan:
    return Plan(heir=cast.members[part].pk, **more)


def leave(cast: Cast, how: Plan, *, by: str = "admin", part: str = "clinician") -> None:
    hand_over(cast.actor(by), cast.members[part].pk, how, now=NOW, leave=True)


def test_a_membership_does_not_end_over_open_work(cast: Cast, loop: Loop) -> None:
    with pytest.raises(NotNow) as refused:
        leaving.end_membership(cast.actor("admin"), cast.clinician, now=NOW)
    for held in ("1 open referral", "1 client whom nobody else cares for"):
        assert held in refused.value.message
    assert Membership.objects.get(pk=cast.clinician.pk).left_at is None


def test_the_heir_has_step_client_and_sight(cast: Cast, loop: Loop) -> None:
    leave(cast, plan(cast))
    colleague = cast.members["colleague"]
    assert loop.row.owner_id == loop.row.next_owner_id == colleague.pk and orphans() == 0
    assert visible_referrals(cast.actor("colleague"), "change").filter(pk=loop.id).exists()
    on_it = CareTeam.objects.filter(client=cast.client, until=None).values_list("membership_id", flat=True)
    assert set(on_it) == {colleague.pk}
    assert not visible_clients(cast.actor("supervisor")).exists(), "she supervised only who left"


def test_each_may_go_to_another_hand(cast: Cast, loop: Loop) -> None:
    second = add_client(cast.actor(), ClientFacts("Jonas Thule"), now=NOW)
    leave(cast, plan(cast, each={loop.id: cast.members["coordinator"].pk, second: cast.members["supervisor"].pk}))
    assert loop.row.next_owner_id == cast.members["coordinator"].pk
    assert [place.name for place in teams.team_of(second) if place.until is None] == ["Supervisor Person"]
    assert [place.name for place in teams.team_of(cast.client.pk) if place.until is None] == ["Colleague Person"]


def test_calls_and_supervisees_go_to_others_as_well(cast: Cast) -> None:
    new = receiving.NewIncoming(from_name="Dr. Falk", about="sleep", to_member=cast.members["supervisor"].pk)
    call = receiving.log_incoming(cast.actor("coordinator"), new, now=NOW)
    joined = joining.add_member(
        cast.practice, NewAccount("s@desk.example", "Second", PASSWORD), ["clinician", "supervisor"], now=NOW
    )
    leave(cast, plan(cast, supervisor=joined.pk), part="supervisor")
    assert Incoming.objects.get(pk=call).to_member_id == cast.members["colleague"].pk
    assert Membership.objects.get(pk=cast.clinician.pk).supervisor_id == joined.pk


@pytest.mark.parametrize("part", ["admin", "departed", "outsider", "clinician"])
def test_heirs_are_present_colleagues_who_can_open_it(cast: Cast, loop: Loop, part: str) -> None:
    with pytest.raises((BadInput, NotThere)):
        leave(cast, plan(cast, part))
    assert loop.row.next_owner_id == cast.clinician.pk, "all of it or nothing"
    assert Membership.objects.get(pk=cast.clinician.pk).left_at is None


def test_without_an_heir_nothing_moves(cast: Cast, loop: Loop) -> None:
    with pytest.raises(BadInput):
        leave(cast, Plan())
    assert loop.row.next_owner_id == cast.clinician.pk


def test_only_an_administrator_hands_over_and_another_practice_finds_nobody(cast: Cast, loop: Loop) -> None:
    for part, refusal in (("clinician", NotAllowed), ("coordinator", NotAllowed), ("outsider", NotThere)):
        with pytest.raises(refusal):
            leave(cast, plan(cast), by=part)
        with pytest.raises(refusal):
            holdings(cast.actor(part), cast.clinician.pk, now=NOW)
    for part in ("clinician", "outsider"):
        with pytest.raises((NotAllowed, NotThere)):
            teams.give_client(cast.actor(part), cast.client.pk, cast.members["colleague"], now=NOW)
    with pytest.raises(NotThere):
        teams.give_client(cast.actor("admin"), uuid4(), cast.members["colleague"], now=NOW)


def test_who_they_are_is_told_only_to_those_who_see_them(cast: Cast, loop: Loop) -> None:
    blind = holdings(cast.actor("admin"), cast.clinician.pk, now=NOW)
    assert [one.who for one in blind.referrals] == [""] and [one.initials for one in blind.alone] == [""]
    roles.change_member(
        cast.actor("admin"), cast.members["admin"].pk, roles.MemberFacts(("admin", "coordinator")), now=NOW
    )
    both = actor_of_membership(Membership.objects.select_related("user").get(pk=cast.members["admin"].pk))
    assert "R. M." in holdings(both, cast.clinician.pk, now=NOW).referrals[0].who


def test_a_shared_client_needs_no_heir(cast: Cast) -> None:
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    found = holdings(cast.actor("admin"), cast.clinician.pk, now=NOW)
    assert found.nothing and len(found.shared) == 1
    leave(cast, Plan())
    assert [place.name for place in teams.team_of(cast.client.pk) if place.until is None] == ["Colleague Person"]


def test_what_is_reopened_is_not_a_leavers(cast: Cast, loop: Loop) -> None:
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    closing.close(loop.actor, loop.id, outcome="cancelled", why="she moved", now=NOW)
    leave(cast, Plan())
    closing.reopen(cast.actor("colleague"), loop.id, why="she is back", now=NOW)
    assert loop.row.owner_id == loop.row.next_owner_id == cast.members["colleague"].pk and orphans() == 0


def restored_without_the_handing_over(cast: Cast) -> None:
    """As after a restore: the journal ends the membership, and what was handed over since the backup is hers again."""
    journal.note("member_left", cast.practice.pk, cast.clinician.pk, now=NOW)
    line = journal.Line(uuid4(), NOW, "member_left", cast.practice.pk, cast.clinician.pk)
    assert leaving.leave_again(line, NOW) is True


def test_what_a_restore_leaves_unheld_is_shown_and_finds_hands(cast: Cast, loop: Loop) -> None:
    assert today(cast.actor("coordinator"), now=NOW).unheld == []
    restored_without_the_handing_over(cast)
    assert orphans() == 1
    for part in ("coordinator", "supervisor"):
        assert [item.id for item in today(cast.actor(part), now=NOW).unheld] == [loop.id]
        page = cast.web(part).get("/")
        assert b"Nobody holds this" in page.content
    assert today(cast.actor("colleague"), now=NOW).unheld == today(cast.actor("admin"), now=NOW).unheld == []
    assert leavers(cast.actor("outsider")) == leavers(cast.actor("coordinator")) == []
    assert leavers(cast.actor("admin")) == [(cast.clinician.pk, "Clinician Person")]
    assert b"Nobody holds this" in cast.web("admin").get("/").content
    hand_over(cast.actor("admin"), cast.clinician.pk, plan(cast), now=NOW)
    assert orphans() == 0 and leavers(cast.actor("admin")) == []
    assert [place.name for place in teams.team_of(cast.client.pk) if place.until is None] == ["Colleague Person"]
    assert b"Nobody holds this" not in cast.web("coordinator").get("/").content


# --- whatever happens, in whatever order

STEPS = ("refer", "hand_to", "leave", "leave_with", "come_back", "demote", "close", "reopen", "join")
PARTS = ("clinician", "colleague", "supervisor", "coordinator", "admin")


class Story:
    """A practice in which anyone may do anything; what is refused changes nothing."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.referrals: list[UUID] = []

    def member(self, part: str) -> Membership:
        return Membership.objects.select_related("user", "practice").get(pk=self.cast.members[part].pk)

    def step(self, what: str, one: str, two: str) -> None:
        try:
            getattr(self, what)(one, two)
        except Refusal:
            return

    def _referral(self, one: str) -> UUID:
        found = list(visible_referrals(actor_of_membership(self.member(one))).values_list("pk", flat=True))
        if not found:
            raise NotThere
        return found[0]

    def _present(self, one: str) -> Membership:
        member = self.member(one)
        if member.left_at is not None:
            raise NotThere
        return member

    def refer(self, one: str, two: str) -> None:
        actor = actor_of_membership(self._present(one))
        client = add_client(actor, ClientFacts("Jonas Thule"), now=NOW)
        new = planning.NewReferral(kind="transfer", reason="outside_competence", need=NEED)
        planning.record_need(actor, client, new, now=NOW)

    def hand_to(self, one: str, two: str) -> None:
        actor = actor_of_membership(self._present(one))
        planning.hand_to(actor, self._referral(one), self.member(two).pk, now=NOW)

    def leave(self, one: str, two: str) -> None:
        leaving.end_membership(self.cast.actor("admin"), self.member(one), now=NOW)

    def leave_with(self, one: str, two: str) -> None:
        hand_over(self.cast.actor("admin"), self.member(one).pk, Plan(self.member(two).pk), now=NOW, leave=True)

    def come_back(self, one: str, two: str) -> None:
        member = self.member(one)
        token = joining.invite(self.cast.actor("admin"), email=member.user.email, roles=member.roles, now=NOW)
        joining.accept_invitation(token, NewAccount(member.user.email, "Back", PASSWORD), None, now=NOW)

    def demote(self, one: str, two: str) -> None:
        held = {"supervisor": "clinician", "admin": "admin", "clinician": "clinician"}.get(two, "coordinator")
        facts = roles.MemberFacts((held,))
        roles.change_member(self.cast.actor("admin"), self.member(one).pk, facts, now=NOW)

    def close(self, one: str, two: str) -> None:
        actor = actor_of_membership(self._present(one))
        closing.close(actor, self._referral(one), outcome="cancelled", why="no", now=NOW)

    def reopen(self, one: str, two: str) -> None:
        closing.reopen(actor_of_membership(self._present(one)), self._referral(one), why="yes", now=NOW)

    def join(self, one: str, two: str) -> None:
        referral = Referral.objects.get(pk=self._referral(one))
        join_team(actor_of_membership(self._present(one)), referral.client_id, self.member(two).pk, now=NOW)


def owners_who_cannot_open() -> list[UUID]:
    """Open referrals whose next step is someone's who cannot see them."""
    rows = Referral.objects.exclude(state="closed").select_related("next_owner__user")
    return [
        row.pk for row in rows
        if not visible_referrals(actor_of_membership(row.next_owner)).filter(pk=row.pk).exists()
    ]  # fmt: skip


@pytest.mark.slow
class WhateverHappens(TestCase):
    @settings(max_examples=max(15, settings.default.max_examples // 4))
    @given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(PARTS), st.sampled_from(PARTS)), max_size=14))
    def test_no_open_referral_is_owned_by_someone_who_left(self, steps: list[tuple[str, str, str]]) -> None:
        story = Story(make_cast())
        story.step("refer", "clinician", "clinician")
        for what, one, two in steps:
            story.step(what, one, two)
            assert orphans() == 0 and owners_who_cannot_open() == []
