"""Each loosening changes one thing of a need, to just what the contract says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, Need, loosenings, parse_need
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.relax import _change, radii_of
from warmhandoff.matching.types import INT64_MAX, Payment

BARE = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "formats": ["telehealth"],
        "place": {"lat": 30.25, "lon": -97.75, "state": "TX"}}  # fmt: skip
WAITING = ("accepting", "waitlist", "any_wait", True)


def told(need: Need) -> list[tuple[str, str, str, Any]]:
    """Each loosening's field and change, and the one field of the need that differs, with its new value."""
    found = []
    for one in loosenings(need):
        changed = {name: value for name, value in vars(one.need).items() if value != getattr(need, name)}
        (name, value), *others = changed.items()
        assert not others, f"{one.field} {one.change} changes more than one thing: {others}"
        assert one.row == {"radius_miles": "place", "formats": "place"}.get(one.field, one.field)
        found.append((one.field, one.change, name, value))
    return found


def test_a_need_that_asks_nothing_can_only_wait() -> None:
    assert told(parse_need(BARE)) == [WAITING]


@pytest.mark.parametrize("name", ["concerns", "modalities_must", "identities_must", "access"])
def test_codes_are_dropped_one_by_one(name: str) -> None:
    codes = {"concerns": ["trauma", "anxiety"], "modalities_must": ["emdr", "cbt"],
             "identities_must": ["woman", "latina"], "access": ["wheelchair", "asl"]}[name]  # fmt: skip
    first, second = codes
    assert told(parse_need({**BARE, name: codes})) == [
        (name, f"drop:{first}", name, (second,)), (name, f"drop:{second}", name, (first,)), WAITING,
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "none"), [
    ("age_group", "adult", None), ("participants", "couple", None), ("languages", ["en", "es"], ()),
    ("times", ["mon_evening", "tue_morning"], ()),
])  # fmt: skip
def test_what_is_one_question_is_dropped_whole(name: str, asked: Any, none: Any) -> None:
    assert told(parse_need({**BARE, name: asked})) == [(name, "drop", name, none), WAITING]


def test_a_budget_grows_by_a_quarter_and_by_half_rounded_down() -> None:
    need = parse_need({**BARE, "payment": {"budget": 7503}})
    assert told(need) == [
        ("payment", "+25%", "payment", Payment(form="budget", budget=9378)),
        ("payment", "+50%", "payment", Payment(form="budget", budget=11254)),
        ("payment", "drop", "payment", Payment(form="any")),
        WAITING,
    ]
    most = parse_need({**BARE, "payment": {"budget": INT64_MAX - 1}})
    assert [value.budget for *_, value in told(most)[:2]] == [INT64_MAX, INT64_MAX]


def test_a_plan_may_be_paid_out_of_network_or_not_at_all() -> None:
    dropped = ("payment", "drop", "payment", Payment(form="any"))
    need = parse_need({**BARE, "payment": {"plan": "aetna"}})
    outside = Payment(form="plan", plan="aetna", accepts_out_of_network=True)
    assert told(need) == [("payment", "out_of_network", "payment", outside), dropped, WAITING]
    assert told(replace(need, payment=outside)) == [dropped, WAITING]


def test_a_circle_widens_twofold_and_fourfold_and_formats_are_added() -> None:
    here = {**BARE, "formats": ["in_person"], "radius_miles": 12.5}
    wider = [("radius_miles", "x2", "radius_miles", 25.0), ("radius_miles", "x4", "radius_miles", 50.0)]
    added = ("formats", "add:telehealth", "formats", ("in_person", "telehealth"))
    assert told(parse_need(here)) == [*wider, added, WAITING]
    assert told(parse_need({**here, "formats": ["in_person", "telehealth"]})) == [*wider, WAITING]
    far = parse_need({**here, "formats": ["telehealth"]})
    assert told(far) == [("formats", "add:in_person", "formats", ("telehealth", "in_person")), WAITING]
    assert radii_of(parse_need(here)) == (12.5, 25.0, 50.0)
    assert radii_of(far) == (12.5,)
    assert radii_of(parse_need(BARE)) == ()


def test_only_a_wider_circle_looks_at_a_wider_circle() -> None:
    need = parse_need({**BARE, "formats": ["in_person"], "radius_miles": 12.5, "concerns": ["trauma"],
                       "times": ["mon_evening"], "payment": {"plan": "aetna"}})  # fmt: skip
    asked = Asked.of(Directory.of([]), need, DEFAULT_WEIGHTS)[0]
    rings = {(one.field, one.change): _change(asked, one).ring for one in loosenings(need)}
    assert rings.pop(("radius_miles", "x2")) == 1 and rings.pop(("radius_miles", "x4")) == 2
    assert len(rings) == 6 and set(rings.values()) == {0}
