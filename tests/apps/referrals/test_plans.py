"""A plan's actions: what they refuse, what falls with a worse harm, and what is left when a draft goes."""

from __future__ import annotations

import pytest

from tests.apps.referrals.loop import NEED
from tests.cast import NOW, Cast
from warmhandoff.clients.erasing import erase_client
from warmhandoff.clients.exporting import export_record
from warmhandoff.core.models import Event
from warmhandoff.referrals import conditions, following_through, plans, reasoning, reflecting
from warmhandoff.referrals.erasing import erase_draft
from warmhandoff.referrals.models import PlanItem, ReferralPlan
from warmhandoff.referrals.models.reflection import Reflection
from warmhandoff.referrals.plan_view import open_plan
from warmhandoff.referrals.planning import NewReferral, record_need
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Stale

NEW = NewReferral(kind="adjunct", reason="recommended_practice", need=NEED)


def add(cast: Cast, name: str = "A DBT group", **more: object) -> PlanItem:
    item_id = plans.add_item(cast.actor(), cast.client.pk, plans.NewItem(name, **more), now=NOW)  # type: ignore[arg-type]
    return PlanItem.objects.get(pk=item_id)


def harms(cast: Cast, **areas: tuple[int, str]) -> int:
    return plans.set_harms(cast.actor(), cast.client.pk, areas, now=NOW)


def test_an_order_set_by_hand_falls_when_something_becomes_worse(cast: Cast) -> None:
    first, second = add(cast, "One"), add(cast, "Two")
    plans.move_item(cast.actor(), cast.client.pk, second.pk, "up", whose="ours", now=NOW)
    plan = ReferralPlan.objects.get()
    assert plan.by_hand == [str(second.pk), str(first.pk)]
    harms(cast, housing=(1, "standing"))
    assert ReferralPlan.objects.get().by_hand  # nothing is more pressing than it was
    harms(cast, housing=(3, "serious"))
    assert ReferralPlan.objects.get().by_hand == []


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    me, her = cast.actor(), cast.client.pk
    with pytest.raises(BadInput):
        harms(cast, housing=(5, "acute"))
    with pytest.raises(BadInput):
        harms(cast, weather=(1, "acute"))
    for wrong in ({"willingness": 11}, {"help": "magic"}, {"reason": "magic"}, {"reduces": {"weather": 1}},
                  {"waiting_list": "perhaps"}):
        with pytest.raises(BadInput):
            plans.add_item(me, her, plans.NewItem("x", **wrong), now=NOW)  # type: ignore[arg-type]
    with pytest.raises(NotNow):
        plans.record_reduced(me, her, "housing", 1, now=NOW)
    item = add(cast)
    plans.begin_item(me, her, item.pk, NEW, now=NOW)
    with pytest.raises(NotNow):
        plans.begin_item(me, her, item.pk, NEW, now=NOW)
    with pytest.raises(BadInput):
        following_through.answer(me, her, item.pk, barrier="laziness", proposal="talk", words="", now=NOW)
    with pytest.raises(NotNow):
        conditions.review(me, her, item.pk, again_on=None, now=NOW)
    assert ReferralPlan.objects.get().moves_made == Event.objects.filter(subject_kind="plan").count()


@pytest.mark.parametrize("part", ["colleague", "outsider", "admin", "departed"])
def test_strangers_find_no_plan(cast: Cast, part: str) -> None:
    item, stranger = add(cast), cast.actor(part)
    with pytest.raises(NotThere):
        open_plan(stranger, cast.client.pk, now=NOW)
    with pytest.raises(NotThere):
        plans.end_item(stranger, cast.client.pk, item.pk, why="no", now=NOW)


def test_the_front_desk_reads_no_plan(cast: Cast) -> None:
    add(cast)
    with pytest.raises(NotAllowed):
        open_plan(cast.actor("coordinator"), cast.client.pk, now=NOW)


def test_of_two_who_change_it_at_once_one_hears_of_it(cast: Cast) -> None:
    add(cast)
    mine, theirs = ReferralPlan.objects.get(), ReferralPlan.objects.get()
    plans.note(mine, "plan_harms_set", {}, cast.actor(), NOW)
    with pytest.raises(Stale):
        plans.note(theirs, "plan_harms_set", {}, cast.actor(), NOW)


def test_a_draft_that_goes_leaves_its_item_planned(cast: Cast) -> None:
    item = add(cast)
    referral_id = plans.begin_item(cast.actor(), cast.client.pk, item.pk, NEW, now=NOW)
    erase_draft(cast.actor(), referral_id, now=NOW)
    item.refresh_from_db()
    assert item.referral_id is None and item.ended_at is None
    plans.begin_item(cast.actor(), cast.client.pk, item.pk, NEW, now=NOW)


def test_a_client_added_by_mistake_takes_all_of_it_along(cast: Cast) -> None:
    client_id = cast.add_client("Nobody Really")
    plans.add_item(cast.actor(), client_id, plans.NewItem("A DBT group"), now=NOW)
    reflecting.keep(cast.actor(), client_id, {"repair": "a talk"}, now=NOW)
    erase_client(cast.actor(), client_id, now=NOW)
    assert not ReferralPlan.objects.exists() and not Reflection.objects.exists()
    assert not Event.objects.filter(client_id=client_id).exists()


def test_what_she_was_asked_keeps_a_draft(cast: Cast) -> None:
    new = NewReferral(kind="transfer", reason="cannot_afford", need=NEED)
    referral_id = record_need(cast.actor(), cast.client.pk, new, now=NOW)
    said = reasoning.StepAnswer("reduced_fee", stay={"reduced_fee": ("yes", "", "")}, ask_client=True)
    reasoning.answer_step(cast.actor(), referral_id, said, now=NOW)
    with pytest.raises(NotNow):
        erase_draft(cast.actor(), referral_id, now=NOW)


def test_her_record_has_the_plan_in_her_language(cast: Cast) -> None:
    cast.client.language = "es"
    cast.client.save()
    add(cast, "Un grupo", reduces={"suicidality": 2})
    harms(cast, suicidality=(4, "acute"))
    assert export_record(cast.actor(), cast.client.pk, now=NOW)
