"""The order of a plan, by its promises: danger has no list, acute comes first, what waits has a trigger."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.lifecycle import STATES
from warmhandoff.rules.plan import BANDS, STUCK, Harm, Item, comes_back, order, proposals
from warmhandoff.rules.vocab import vocabulary

AREAS = ("suicidality", "self_harm", "housing", "substance_use")
RANK = {band: place for place, band in enumerate(BANDS)}


@st.composite
def plans(draw: st.DrawFn, *, bands: tuple[str, ...] = tuple(BANDS)) -> tuple[list[Harm], list[Item]]:
    areas = draw(st.lists(st.sampled_from(AREAS), unique=True))
    harms = [Harm(area, draw(st.integers(0, 4)), draw(st.sampled_from(bands))) for area in areas]  # type: ignore[arg-type]
    count = draw(st.integers(0, 5))
    items = [
        Item(
            id=f"item-{number}", name=f"thing {number}", hers=draw(st.integers(1, 5)),
            reduces=draw(st.dictionaries(st.sampled_from(AREAS), st.integers(0, 4), max_size=3)),
            willingness=draw(st.none() | st.integers(0, 10)), resting=draw(st.booleans()),
        )
        for number in range(count)
    ]  # fmt: skip
    return harms, items


def worst(item: Item, harms: list[Harm]) -> tuple[int, int]:
    found = [(RANK[h.band], -h.severity) for h in harms if item.reduces.get(h.area, 0) > 0]
    return min(found, default=(9, 0))


@given(plans())
def test_everything_occurs_once_and_what_waits_says_why_and_until_when(made: tuple[list[Harm], list[Item]]) -> None:
    harms, items = made
    found = order(harms, items)
    assert sorted(line.id for line in found.lines) == sorted(item.id for item in items)
    assert all(line.deferred and line.trigger for line in found.lines if not line.now)
    assert found.why.endswith(".") and "  " not in found.why


@given(plans(), st.randoms(use_true_random=False))
def test_the_order_does_not_hang_on_how_things_were_entered(
    made: tuple[list[Harm], list[Item]], shuffle: random.Random
) -> None:
    harms, items = made
    before = order(harms, items)
    shuffle.shuffle(harms)
    shuffle.shuffle(items)
    assert order(harms, items) == before


@given(plans())
def test_danger_has_no_list(made: tuple[list[Harm], list[Item]]) -> None:
    harms, items = made
    found = order([*[h for h in harms if h.area != "medical"], Harm("medical", 3, "imminent")], items)
    assert found.lead == "danger" and found.now == ()
    assert "crisis path" in found.why
    by_hand = order([Harm("medical", 3, "imminent")], items, by_hand=[item.id for item in items])
    assert by_hand.lead == "danger" and by_hand.now == ()


@given(plans(bands=("acute", "serious", "standing")))
def test_an_acute_harm_is_never_behind_a_lesser_one(made: tuple[list[Harm], list[Item]]) -> None:
    harms, items = made
    found = order(harms, items)
    by_id = {item.id: item for item in items}
    placed = [worst(by_id[line.id], harms) for line in found.lines]
    if any(h.band == "acute" for h in harms):
        awake = [item for item in items if worst(item, harms)[0] == RANK["acute"] and not item.resting]
        assert len(found.now) == (1 if awake else 0)
        behind = placed[1:] if found.now else placed
        assert behind == sorted(behind)
        if awake:
            first = by_id[found.now[0]]
            nearest = [item for item in awake if worst(item, harms) == min(worst(one, harms) for one in awake)]
            assert first in nearest
            willing = [-1 if item.willingness is None else item.willingness for item in nearest]
            assert (-1 if first.willingness is None else first.willingness) == max(willing)
            assert all("has become less" in line.trigger for line in found.deferred)
    else:
        assert [band for band, _ in placed] == sorted(band for band, _ in placed)


@given(plans(bands=("serious", "standing")))
def test_without_anything_acute_it_is_her_own_order_within_the_bands(made: tuple[list[Harm], list[Item]]) -> None:
    harms, items = made
    by_id = {item.id: item for item in items}
    placed = [by_id[line.id] for line in order(harms, items).lines]
    keys = [(worst(item, harms)[0], item.hers, item.id) for item in placed]
    assert keys == sorted(keys)
    assert not items or order(harms, items).now  # something always goes on


@given(plans(bands=("acute",)))
def test_more_willing_is_never_later(made: tuple[list[Harm], list[Item]]) -> None:
    harms, items = made
    for item in items:
        before = [line.id for line in order(harms, items).lines].index(item.id)
        keener = [Item(one.id, one.name, one.hers, one.reduces, 10, one.resting) if one is item else one
                  for one in items]
        assert [line.id for line in order(harms, keener).lines].index(item.id) <= before


def test_when_the_risk_is_less_what_waited_comes_back() -> None:
    items = [Item("a", "a hotline", 2, {"suicidality": 2}, 8), Item("b", "housing", 1, {"housing": 3}, 9)]
    before = order([Harm("suicidality", 4, "acute"), Harm("housing", 2, "serious")], items)
    after = order([Harm("suicidality", 1, "standing"), Harm("housing", 2, "serious")], items)
    assert before.now == ("a",) and before.deferred[0].id == "b"
    assert comes_back(before, after) == ("b",)
    assert [line.id for line in after.lines] == ["b", "a"]


def test_what_is_set_by_hand_stands_and_still_does_one_thing_at_a_time() -> None:
    items = [Item("a", "a hotline", 1, {"suicidality": 2}, 8), Item("b", "housing", 2, {"housing": 3}, 9)]
    found = order([Harm("suicidality", 4, "acute")], items, by_hand=["b", "gone", "a"])
    assert [line.id for line in found.lines] == ["b", "a"]
    assert found.lead == "by_hand" and found.now == ("b",) and found.deferred[0].trigger


@pytest.mark.parametrize("barrier", ["", *vocabulary("barriers").codes])
def test_every_barrier_has_a_supportive_next_step(barrier: str) -> None:
    found = proposals(barrier)
    assert {one.code for one in found} == {"talk", "warm_handoff", "fewer_items", "another_option"}
    assert all(one.words.endswith(".") for one in found)


def test_where_it_is_stuck_are_states_of_the_loop() -> None:
    assert set(STUCK) <= set(STATES)
