"""A referral that exists joins a plan, leaves it and comes back; the order says why each time."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from tests.apps.referrals.loop import Loop
from tests.apps.referrals.test_plans import add, harms
from tests.cast import NOW, Cast
from warmhandoff.core.models import Event
from warmhandoff.referrals import choosing, closing, conditions, plan_members, plans
from warmhandoff.referrals.models import PlanItem, PlanStep, TherapyCondition
from warmhandoff.referrals.plan_view import open_plan
from warmhandoff.rules.plan import Order
from warmhandoff.rules.refusals import NotNow, NotThere


def take_in(cast: Cast, loop: Loop) -> Order:
    return plan_members.take_in(cast.actor(), cast.client.pk, loop.id, now=NOW)


def names(order: Order) -> list[str]:
    known = {str(row.pk): row.name.reveal() for row in PlanItem.objects.all()}
    return [known[line.id] + ("" if line.now else " later") for line in order.lines]


def test_it_joins_at_the_end_of_her_order_and_the_order_says_why(cast: Cast) -> None:
    add(cast, reduces={"suicidality": 3}, willingness=8)
    harms(cast, suicidality=(4, "acute"))
    loop = Loop(cast)
    before = loop.row
    order = take_in(cast, loop)
    assert names(order) == ["A DBT group", "Therapist: trauma later"]
    assert order.why.startswith("First A DBT group") and order.deferred[0].trigger
    item = PlanItem.objects.get(referral=loop.id)
    assert (item.help, item.reason, item.hers) == ("therapist", "outside_competence", 2)
    after = loop.row
    assert (after.state, after.moves_made, after.due_at) == (before.state, before.moves_made, before.due_at)
    assert Event.objects.filter(subject_kind="plan", move="plan_item_joined").count() == 1


def test_leaving_is_the_way_back_and_coming_back_too(cast: Cast) -> None:
    add(cast)
    loop = Loop(cast)
    alone = names(plans.order_of(plans.begun(cast.actor(), cast.client.pk, now=NOW)))
    both = names(take_in(cast, loop))
    item = PlanItem.objects.get(referral=loop.id)
    assert plan_members.outside(cast.actor(), cast.client.pk) == []
    plans.end_item(cast.actor(), cast.client.pk, item.pk, why="", now=NOW)
    assert names(plans.order_of(item.plan)) == alone and loop.state == "needed"
    assert [one.id for one in plan_members.outside(cast.actor(), cast.client.pk)] == [loop.id]
    with pytest.raises(NotNow):
        plans.end_item(cast.actor(), cast.client.pk, item.pk, why="", now=NOW)
    assert names(plan_members.put_back(cast.actor(), cast.client.pk, item.pk, now=NOW)) == both
    with pytest.raises(NotNow):
        plan_members.put_back(cast.actor(), cast.client.pk, item.pk, now=NOW)
    plans.end_item(cast.actor(), cast.client.pk, item.pk, why="", now=NOW)
    assert names(take_in(cast, loop)) == both, "joining again is the same item"
    assert PlanItem.objects.filter(referral=loop.id).count() == 1


def test_what_waited_behind_it_comes_back_when_it_leaves(cast: Cast) -> None:
    """The order is worked out again, and what it brings forward gets its dated step."""
    first = add(cast, "A group", reduces={"suicidality": 2}, willingness=9)
    add(cast, "A doctor", reduces={"suicidality": 2}, willingness=3)
    harms(cast, suicidality=(3, "acute"))
    plans.end_item(cast.actor(), cast.client.pk, first.pk, why="no room", now=NOW)
    step = PlanStep.objects.get(what="bring_back", done_at=None)
    assert step.item.name.reveal() == "A doctor" and step.due_at > NOW


def test_a_condition_ends_with_what_it_stood_on(cast: Cast) -> None:
    item = add(cast)
    new = conditions.NewCondition("the team", date(2026, 11, 20), "attempts", "alone it cannot hold", "We go on.",
                                  date(2027, 1, 15))
    conditions.propose(cast.actor(), cast.client.pk, item.pk, new, now=NOW)
    plans.end_item(cast.actor(), cast.client.pk, item.pk, why="", now=NOW)
    row = TherapyCondition.objects.get()
    assert (row.decision, row.decided_at) == ("ended", NOW)
    assert not PlanStep.objects.filter(done_at=None).exists()


def test_what_cannot_join_is_refused(cast: Cast) -> None:
    loop, other = Loop(cast), cast.add_client("Jonas Thule")
    with pytest.raises(NotThere):
        plan_members.take_in(cast.actor(), other, loop.id, now=NOW)
    for part in ("colleague", "outsider"):
        with pytest.raises(NotThere):
            plan_members.take_in(cast.actor(part), cast.client.pk, loop.id, now=NOW)
    take_in(cast, loop)
    with pytest.raises(NotNow):
        take_in(cast, loop)
    item = PlanItem.objects.get(referral=loop.id)
    plans.end_item(cast.actor(), cast.client.pk, item.pk, why="", now=NOW)
    closing.close(cast.actor(), loop.id, outcome="client_declined", why="not now", now=NOW)
    for refused in (lambda: take_in(cast, loop),
                    lambda: plan_members.put_back(cast.actor(), cast.client.pk, item.pk, now=NOW)):
        with pytest.raises(NotNow):
            refused()
    page = open_plan(cast.actor(), cast.client.pk, now=NOW)
    assert [one.may_return for one in page.past] == [False]


def test_she_joins_the_list_she_agreed_to_and_no_other(cast: Cast) -> None:
    first, second = add(cast, waiting_list="agreed"), add(cast, "A doctor")
    plan_members.on_waiting_list(cast.actor(), cast.client.pk, first.pk, now=NOW)
    first.refresh_from_db()
    assert first.waiting_list == "joined"
    for item in (first, second):
        with pytest.raises(NotNow):
            plan_members.on_waiting_list(cast.actor(), cast.client.pk, item.pk, now=NOW)


@pytest.mark.slow
def test_what_she_feared_when_she_chose_is_asked_about_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmhandoff.core.clock.now", lambda: NOW)
    loop = Loop(cast).offer()
    take_in(cast, loop)
    address = reverse("plan_item_barrier", args=[cast.client.pk, PlanItem.objects.get().pk])
    page, web = cast.web().get(address).content.decode(), cast.web()
    assert '<option value="" selected>choose</option>' in page and "She named this" not in page
    assert web.post(address, {"barrier": "", "proposal": "talk"}).status_code == 422, "nothing is told by default"
    choice = choosing.ClientChoice("not_now", "paper", barrier="transport")
    choosing.record_choice(cast.actor(), loop.id, choice, now=NOW)
    page = web.get(address).content.decode()
    assert '<option value="transport" selected>' in page and "She named this when she chose" in page


@pytest.mark.slow
def test_by_the_pages_it_is_one_button_each_way(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmhandoff.core.clock.now", lambda: NOW)
    listed = add(cast, waiting_list="agreed", purpose="Skills for the nights")
    loop, web = Loop(cast), cast.web()
    plan, into = reverse("client_plan", args=[cast.client.pk]), reverse("referral_into_plan", args=[loop.id])
    first = web.get(plan).content.decode()
    assert into in first and "Skills for the nights" in first and "She is on it" in first
    step = reverse("plan_item_step", args=[cast.client.pk, listed.pk])
    assert "She is on it" not in web.post(step, {"what": "on_list"}, follow=True).content.decode()
    assert into in web.get(reverse("referral", args=[loop.id])).content.decode()
    page = web.post(into, follow=True).content.decode()
    assert "It is in the plan. Her own order: nothing acute stands." in page and into not in page
    assert into not in web.get(reverse("referral", args=[loop.id])).content.decode()
    assert web.post(into).status_code == 409
    item = PlanItem.objects.get(referral=loop.id).pk
    end, back = (reverse(name, args=[cast.client.pk, item]) for name in ("plan_item_end", "plan_item_back"))
    assert back in web.post(end, {"why": ""}, follow=True).content.decode()
    assert "It is back in the plan. Her own order" in web.post(back, follow=True).content.decode()
    cast.uses(plans=False)
    assert web.post(end).status_code == web.post(back).status_code == web.post(into).status_code == 409
    assert into not in web.get(reverse("referral", args=[loop.id])).content.decode()
