"""A panel transition under way finds other hands when its owner leaves, and whoever takes it over can go on with it."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest

from tests.apps.referrals.test_handing_over import orphans, restored_without_the_handing_over
from tests.apps.referrals.test_panel import FACTS, assigned, begun, view
from tests.cast import NOW, Cast
from warmhandoff.accounts import leaving
from warmhandoff.clients.caring import join_team
from warmhandoff.clients.teams import team_of
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import AuditedClient, AuditEntry, Job
from warmhandoff.referrals import panel, panel_view, panel_work
from warmhandoff.referrals.handing_over import Plan, hand_on, hand_over, holdings, leavers
from warmhandoff.referrals.models import PanelTransition, Referral, TalkPlan
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _leave(cast: Cast, part: str = "colleague") -> None:
    plan = Plan(heir=cast.members[part].pk)
    hand_over(cast.actor("admin"), cast.clinician.pk, plan, now=NOW, leave=True)


def _owner(made: UUID) -> UUID:
    return PanelTransition.objects.get(pk=made).owner_id


def test_a_membership_does_not_end_over_a_transition(cast: Cast) -> None:
    panel.begin(cast.actor(), FACTS, now=NOW)
    join_team(cast.actor(), cast.client.pk, cast.members["colleague"].pk, now=NOW)
    with pytest.raises(NotNow, match="1 panel transition"):
        leaving.end_membership(cast.actor("admin"), cast.clinician, now=NOW)
    held = holdings(cast.actor("admin"), cast.clinician.pk, now=NOW)
    assert not held.nothing and [one.clients for one in held.transitions] == [0]


def test_the_heir_goes_on_where_it_stood(cast: Cast) -> None:
    made = assigned(cast)
    _leave(cast)
    theirs = cast.actor("colleague")
    found = panel_view.open_transition(theirs, made, now=NOW)
    assert found.state == "ready" and len(found.lines) == 3
    assert [step.transition_id for step in panel_view.panel_steps(theirs, now=NOW)] == [made]
    with pytest.raises(NotThere):
        panel.transition_row(cast.actor(), made)
    panel.accept(theirs, made, seen=found.moves_made, now=NOW)
    jobs.run_due(NOW)
    heir = cast.members["colleague"].pk
    assert set(Referral.objects.values_list("owner_id", flat=True)) == {heir} and Referral.objects.count() == 3
    assert set(TalkPlan.objects.values_list("by_id", flat=True)) == {heir} and orphans() == 0
    done = panel_view.open_transition(theirs, made, now=NOW)
    assert done.state == "accepted" and not any(line.problem for line in done.lines)
    assert panel_view.letters(theirs, made, now=NOW).startswith(b"%PDF-")
    given = AuditEntry.objects.get(verb="give_panel")
    assert AuditedClient.objects.filter(entry=given).count() == 3


def test_shared_clients_are_hers_to_see_as_well(cast: Cast) -> None:
    """Someone else cares for her too: without a place on her team the heir could not refer her."""
    made, ids = begun(cast)
    join_team(cast.actor(), ids[1], cast.members["supervisor"].pk, now=NOW)
    _leave(cast)
    present = {place.membership_id for place in team_of(ids[1]) if place.until is None}
    assert present == {cast.members["supervisor"].pk, cast.members["colleague"].pk}
    assert len(panel_view.open_transition(cast.actor("colleague"), made, now=NOW).lines) == 3


def test_work_under_way_is_done_for_the_heir(cast: Cast) -> None:
    made, _ = begun(cast)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    _leave(cast)
    jobs.run_due(NOW)
    found = panel_view.open_transition(cast.actor("colleague"), made, now=NOW)
    assert found.state == "ready" and len(found.matched) == 2


def test_referrals_that_are_being_made_are_the_heirs(cast: Cast) -> None:
    made = assigned(cast)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    _leave(cast)
    jobs.run_due(NOW)
    assert set(Referral.objects.values_list("owner_id", flat=True)) == {cast.members["colleague"].pk}
    assert PanelTransition.objects.get().state == "accepted" and orphans() == 0


def test_after_a_restore_it_waits_for_an_heir_and_makes_nothing_a_leavers(cast: Cast) -> None:
    made = assigned(cast)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    restored_without_the_handing_over(cast)
    jobs.run_due(NOW)
    assert not Referral.objects.exists() and PanelTransition.objects.get().state == "accepting"
    assert not Job.objects.filter(name="panel_accept").exclude(state="done").exists()
    assert (cast.clinician.pk, cast.clinician.user.name) in leavers(cast.actor("admin"))
    hand_over(cast.actor("admin"), cast.clinician.pk, Plan(heir=cast.members["colleague"].pk), now=NOW)
    jobs.run_due(NOW)
    assert Referral.objects.count() == 3 and orphans() == 0
    assert PanelTransition.objects.get().state == "accepted" and leavers(cast.actor("admin")) == []


@pytest.mark.parametrize("part", ["coordinator", "admin", "outsider", "departed"])
def test_it_goes_to_a_clinician_who_is_there(cast: Cast, part: str) -> None:
    made, _ = begun(cast)
    plan = Plan(heir=cast.members["colleague"].pk, each={made: cast.members[part].pk})
    with pytest.raises((BadInput, NotThere)):
        hand_over(cast.actor("admin"), cast.clinician.pk, plan, now=NOW, leave=True)
    assert _owner(made) == cast.clinician.pk, "all of it or nothing"


def test_handed_on_alone_she_stays(cast: Cast) -> None:
    made, ids = begun(cast)
    heir = cast.members["colleague"].pk
    hand_on(cast.actor("admin"), cast.clinician.pk, Plan(each={made: heir}), now=NOW)
    assert _owner(made) == heir and PanelTransition.objects.get().clients.count() == len(ids)
    assert holdings(cast.actor("admin"), cast.clinician.pk, now=NOW).transitions == []


def test_of_clients_she_may_not_see_the_page_says_nothing(cast: Cast) -> None:
    """Referrals of it that went to others stay theirs."""
    made = assigned(cast)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    jobs.run_due(NOW)
    one = Referral.objects.exclude(client=cast.client).first()
    assert one is not None
    heir, other = cast.members["colleague"].pk, cast.members["supervisor"].pk
    plan = Plan(heir=heir, each={one.pk: other, one.client_id: other})
    hand_over(cast.actor("admin"), cast.clinician.pk, plan, now=NOW, leave=True)
    found = panel_view.open_transition(cast.actor("colleague"), made, now=NOW)
    assert len(found.lines) == 2 and one.client_id not in {line.client_id for line in found.lines}
    assert panel_view.letters(cast.actor("colleague"), made, now=NOW).startswith(b"%PDF-")


def test_on_the_pages(cast: Cast) -> None:
    made, _ = begun(cast)
    url = f"/practice/members/{cast.clinician.pk}/leaving/"
    shown = html.unescape(re.sub(r"<[^>]+>", " ", cast.web("admin").get(url).content.decode()))
    assert "Panel transitions" in shown and "I am going self-pay" in shown and "3 clients" in shown
    assert "Rosalind" not in shown
    done = cast.web("admin").post(url, {"heir": str(cast.members["colleague"].pk), "sure": "yes"})
    assert done.status_code in (200, 302)
    if done.status_code == 200:  # asks once more first
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', done.content.decode())
        done = cast.web("admin").post(url, dict(fields) | {"heir": str(cast.members["colleague"].pk)})
    assert done.status_code == 302 and _owner(made) == cast.members["colleague"].pk
    theirs = cast.web("colleague").get(f"/transitions/{made}/")
    assert theirs.status_code == 200 and b"Rosalind" in theirs.content


def test_handed_over_in_the_middle_the_rest_are_the_heirs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker has looked up who runs it, then she leaves: the next referral is made once more, by the heir."""
    made = assigned(cast)
    panel.accept(cast.actor(), made, seen=view(cast, made).moves_made, now=NOW)
    asked = panel_work._actor
    calls: list[int] = []

    def handed_over_after(row: PanelTransition) -> Actor:
        found = asked(row)
        calls.append(1)
        if len(calls) == 2:
            _leave(cast)
        return found

    monkeypatch.setattr(panel_work, "_actor", handed_over_after)
    jobs.run_due(NOW)
    assert set(Referral.objects.values_list("owner_id", flat=True)) == {cast.members["colleague"].pk}
    assert Referral.objects.count() == 3 and orphans() == 0
    assert not any(one.problem.reveal() for one in PanelTransition.objects.get().clients.all())
