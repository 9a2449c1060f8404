"""What may be offered and chosen, and what is refused with a reason."""

from __future__ import annotations

import pytest

from tests.apps.referrals.loop import NEED, Loop, loop_at
from tests.cast import Cast
from warmhandoff.directory import listing
from warmhandoff.referrals import asking, choosing, planning
from warmhandoff.referrals.models import Choice
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Stale

pytestmark = pytest.mark.slow


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def fields(refused: pytest.ExceptionInfo[BadInput]) -> set[str | None]:
    return {problem.field for problem in refused.value.problems}


def test_a_single_option_needs_a_reason_which_is_kept(loop: Loop) -> None:
    with pytest.raises(BadInput) as refused:
        loop.offer(loop.listings[:1])
    assert fields(refused) == {"single_option_reason"}
    assert loop.state == "needed" and not loop.row.options.exists()
    loop.offer(loop.listings[:1], single_reason="the only one with her language")
    assert loop.row.single_option_reason.reveal() == "the only one with her language"


def test_nothing_ticked_is_refused(loop: Loop) -> None:
    with pytest.raises(BadInput) as refused:
        loop.offer([])
    assert fields(refused) == {"options"}


def test_what_fails_the_need_cannot_be_offered(loop: Loop) -> None:
    other = loop.listing("Takes another plan", plans=["cigna"])
    with pytest.raises(BadInput):
        loop.offer([*loop.listings, other])
    assert loop.state == "needed"


def test_a_tie_travels_with_the_option(loop: Loop) -> None:
    tied = loop.listings[0]
    listing.relate(loop.actor, tied, now=loop.now, tie_kind="family", tie_text="her sister works here")
    loop.offer()
    texts = dict(loop.row.options.values_list("listing_id", "tie_text"))
    assert texts[tied] == "her sister works here"
    assert texts[loop.listings[1]] == ""


def test_an_option_keeps_why_it_stood_there(loop: Loop) -> None:
    loop.offer()
    why = loop.row.options.get(listing_id=loop.listings[0]).why.reveal()
    assert why["payment"] == "plan" and why["score"] > 0


def test_who_declined_is_left_out_when_looking_again(cast: Cast) -> None:
    loop = loop_at(cast, "declined")
    asking.find_more(loop.actor, loop.id, now=loop.now)
    found = {one.id for one in asking.find_options(loop.actor, loop.id, now=loop.now).options}
    assert found == set(loop.listings[1:])
    assert loop.row.options.get(listing_id=loop.listings[0]).tried == "declined"


def test_offering_others_drops_the_earlier_ones_but_not_the_tried(cast: Cast) -> None:
    loop = loop_at(cast, "declined")
    loop.offer(loop.listings[1:2], single_reason="the last one with openings")
    shown = {option.listing_id for option in open_referral(loop.actor, loop.id, now=loop.now).options}
    assert shown == set(loop.listings[:2])


@pytest.mark.parametrize(("more", "field"), [
    ({"likely": 11}, "likely"), ({"barrier": "weather"}, "barrier"), ({"who_calls": "nobody"}, "who_calls"),
])  # fmt: skip
def test_impossible_choices_are_refused(loop: Loop, more: dict[str, object], field: str) -> None:
    loop.offer()
    with pytest.raises(BadInput) as refused:
        loop.choose(**more)
    assert fields(refused) == {field}
    assert not Choice.objects.exists()


def test_she_chooses_among_what_was_offered(loop: Loop) -> None:
    loop.offer(loop.listings[:2])
    with pytest.raises(BadInput):
        loop.choose([loop.listings[2]])
    with pytest.raises(BadInput):
        loop.choose([loop.listings[0], loop.listings[0]])
    with pytest.raises(BadInput):
        loop.choose([])


@pytest.mark.parametrize("kind", ["choose_none", "ask_for_more", "talk_first", "not_now"])
def test_every_way_of_not_choosing_leads_to_a_talk(loop: Loop, kind: str) -> None:
    loop.offer().choose((), kind=kind)
    assert loop.state == "undecided"
    assert Choice.objects.get().kind == kind


def test_her_order_is_kept_and_a_new_one_replaces_it(loop: Loop) -> None:
    first, second, third = loop.listings
    loop.offer().choose([second, first])
    ranks = dict(loop.row.options.values_list("listing_id", "client_rank"))
    assert ranks == {second: 1, first: 2, third: None}


def test_of_two_who_saw_the_same_one_wins(loop: Loop) -> None:
    seen = loop.row.moves_made
    loop.offer(seen=seen)
    with pytest.raises(Stale):
        loop.offer(seen=seen)
    choice = choosing.ClientChoice(kind="not_now", told_by="paper")
    with pytest.raises(Stale):
        choosing.record_choice(loop.actor, loop.id, choice, now=loop.now, seen=seen)
    assert loop.state == "offered"


def test_no_choice_before_options(loop: Loop) -> None:
    with pytest.raises(NotNow):
        loop.choose((), kind="not_now")


def test_a_need_that_contradicts_itself_starts_nothing(loop: Loop) -> None:
    without_radius = {key: value for key, value in NEED.items() if key != "radius_miles"}
    new = planning.NewReferral(kind="transfer", reason="caseload_full", need=without_radius)
    with pytest.raises(BadInput) as refused:
        planning.record_need(loop.actor, loop.cast.client.pk, new, now=loop.now)
    assert fields(refused) == {"radius_miles"}


def test_a_changed_need_is_asked_anew(loop: Loop) -> None:
    loop.offer()
    new = planning.NewReferral(kind="transfer", reason="caseload_full", need={**NEED, "payment": {"plan": "cigna"}})
    planning.change_need(loop.actor, loop.id, new, seen=None, now=loop.now)
    assert loop.state == "needed" and loop.row.reason == "caseload_full"
    assert asking.find_options(loop.actor, loop.id, now=loop.now).total == 0


@pytest.mark.parametrize("part", ["outsider", "admin", "colleague"])
def test_strangers_find_nothing(loop: Loop, part: str) -> None:
    with pytest.raises(NotThere):
        open_referral(loop.cast.actor(part), loop.id, now=loop.now)
    with pytest.raises(NotThere):
        asking.offer(loop.cast.actor(part), loop.id, loop.listings, now=loop.now)


def test_the_front_desk_reads_no_clinical_text_and_offers_nothing(loop: Loop) -> None:
    desk = loop.cast.actor("coordinator")
    page = open_referral(desk, loop.id, now=loop.now)
    assert page.chart_reason == page.background == ""
    assert page.client_name == "Rosalind Marlowe"
    with pytest.raises(NotThere):
        asking.offer(desk, loop.id, loop.listings, now=loop.now)


def test_a_step_is_handed_only_to_someone_who_can_open_it(loop: Loop) -> None:
    heir = loop.cast.members["colleague"]
    planning.hand_to(loop.actor, loop.id, heir.pk, now=loop.now)
    assert loop.row.next_owner_id == heir.pk
    assert open_referral(loop.cast.actor("colleague"), loop.id, now=loop.now).chart_reason
    with pytest.raises(BadInput):
        planning.hand_to(loop.actor, loop.id, loop.cast.members["admin"].pk, now=loop.now)
    with pytest.raises(NotThere):
        planning.hand_to(loop.actor, loop.id, loop.cast.members["departed"].pk, now=loop.now)
    assert loop.row.next_owner_id == heir.pk
