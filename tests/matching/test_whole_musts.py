"""Musts answered whole: `explain` names codes one by one, and who counts rows needs them together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matching.examples import LISTING, NEED
from warmhandoff.matching import Directory, Option, Possible, parse_listing, parse_need
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.musts import CODE_MUSTS, MUSTS, Question
from warmhandoff.matching.search import stand
from warmhandoff.matching.wishes import applying

TWO = {
    "concerns": ("trauma", "anxiety"), "modalities_must": ("emdr", "cbt"), "identities_must": ("woman", "latina"),
    "access": ("wheelchair", "asl"),
}  # fmt: skip


def answered(name: str, has: list[str] | None, asked: list[str]) -> str:
    listing: dict[str, Any] = {**LISTING, "specialises_in": None if has is None else [], CODE_MUSTS[name]: has}
    question = Question.of(Columns.of([parse_listing(listing)]), parse_need({**NEED, name: asked}))
    told = MUSTS[name](question)
    return "yes" if told.yes[0] else "no" if told.no[0] else "unknown"


@pytest.mark.parametrize("name", CODE_MUSTS)
def test_every_code_is_needed(name: str) -> None:
    first, second = TWO[name]
    assert answered(name, [first, second], [first, second]) == "yes"
    assert answered(name, [first], [first, second]) == answered(name, [second], [first, second]) == "no"
    assert answered(name, [first], [first]) == "yes"
    assert answered(name, None, [first]) == "unknown"


@pytest.mark.parametrize("name", CODE_MUSTS)
def test_who_asks_for_none_is_served_by_everyone(name: str) -> None:
    assert answered(name, None, []) == answered(name, [], []) == "yes"


def test_who_is_near_is_no_option_where_only_telehealth_will_do() -> None:
    need = {**NEED, "formats": ["telehealth"]}
    near = Columns.of([parse_listing({**LISTING, "formats": ["in_person"]})])
    assert MUSTS["place"](Question.of(near, parse_need(need))).no[0]


ASKED_BY = {
    "specialism": {"concerns": ["anxiety"]}, "concerns_wished": {"concerns_wished": ["anxiety"]},
    "modality": {"modalities_wished": ["emdr"]}, "identity": {"identities_wished": ["woman"]},
    "times": {"times": ["mon_evening"]}, "distance": {"formats": ["in_person"], "radius_miles": 10},
}  # fmt: skip
ALWAYS = ("wait", "trust", "responsiveness", "freshness")
ASKS_NOTHING = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "formats": ["telehealth"],
                "place": {"lat": 30.25, "lon": -97.75, "state": "TX"}}  # fmt: skip


@pytest.mark.parametrize("term", ASKED_BY)
def test_a_wish_counts_for_whoever_has_it_and_for_nobody_else(term: str) -> None:
    assert applying(parse_need(ASKS_NOTHING)) == ALWAYS
    assert applying(parse_need({**ASKS_NOTHING, **ASKED_BY[term]})) == (term, *ALWAYS)


def test_how_one_listing_stands() -> None:
    unlike = [LISTING, {**LISTING, "id": 2, "plans": None}, {**LISTING, "id": 3, "plans": []}]
    directory, need = Directory.of(map(parse_listing, unlike)), parse_need(NEED)
    fits, may_fit = stand(directory, need, 1), stand(directory, need, 2)
    assert isinstance(fits, Option) and isinstance(may_fit, Possible) and may_fit.ask == ("payment",)
    assert stand(directory, need, 3) is None
