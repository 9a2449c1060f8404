"""Bad input is refused with its field, never answered with a silent nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.matching.examples import LISTING, NEED, Raw
from warmhandoff.matching import Directory, Listing, Need, checked_weights, explain, parse_listing, parse_need, search
from warmhandoff.rules.refusals import BadInput

HUGE = 10**400
WHOLE = ["fee", "sliding_floor", "wait_days", "verified_days", "openings"]
NOT_WHOLE: list[Any] = [-1, 1.0, 1.5, True, "1", 2**63, HUGE, math.nan, [1]]
NOT_NUMBERS: list[Any] = [True, "1", math.nan, math.inf, -math.inf, HUGE, [1]]
CODE_LISTS = [
    "levels", "licensed_states", "compacts", "treats", "specialises_in", "modalities", "age_groups", "participants",
    "languages", "formats", "times", "identities", "access",
]  # fmt: skip


def briefly(value: Any) -> str:
    return ascii(value)[:24]


def fields_refused(refused: pytest.ExceptionInfo[BadInput]) -> set[str | None]:
    return {problem.field for problem in refused.value.problems}


def refuse_listing(**changed: Any) -> set[str | None]:
    with pytest.raises(BadInput) as refused:
        parse_listing(LISTING | changed)
    return fields_refused(refused)


def refuse_need(**changed: Any) -> set[str | None]:
    with pytest.raises(BadInput) as refused:
        parse_need(NEED | changed)
    return fields_refused(refused)


LISTING_FAULTS: list[tuple[str, Any]] = [
    *((name, value) for name in WHOLE for value in NOT_WHOLE),
    *((name, [value]) for name in CODE_LISTS for value in ("nonsense", 1, None, "", ["trauma"], {}, " en")),
    *((name, "trauma") for name in CODE_LISTS),
    *((name, value) for name in ("lat", "lon", "trust", "responsiveness") for value in NOT_NUMBERS),
    *(("lat", value) for value in (-90.0001, 90.0001)),
    *(("lon", value) for value in (-180.0001, 180.0001)),
    *((name, value) for name in ("trust", "responsiveness") for value in (-0.001, 1.001)),
    *((name, value) for name in ("out_of_network", "sliding_scale") for value in (1, 0, "true")),
    *(("id", value) for value in (None, True, 1.0, "1", 2**63, -(2**63) - 1)),
    *(("kind", value) for value in (None, "", "Therapist", 1, ["therapist"])),
    *(("accepting", value) for value in ("maybe", "", True)),
    *(("zip", value) for value in ("7870", "78704-1234", " 78704", 78704, "abcde", "")),
    *(("plans", value) for value in ("aetna", [""], [" aetna"], [1], [None], ["\ud800"], ["x" * 101])),
    *(("name", value) for value in (1, "\ud800", ["Dana"])),
    *(("state", value) for value in ("Texas", "ZZ", 1)),
    ("specialises_in", ["anxiety", "ocd"]),
]


@pytest.mark.parametrize(("field", "value"), LISTING_FAULTS, ids=briefly)
def test_a_faulty_field_of_a_listing(field: str, value: Any) -> None:
    assert field in refuse_listing(**{field: value})
    if field != "treats":
        assert refuse_listing(**{field: value}) == {field}


@pytest.mark.parametrize("special", [["trauma"], []])
def test_specialising_without_treating(special: list[str]) -> None:
    assert refuse_listing(treats=None, specialises_in=special) == {"specialises_in"}


NEED_FAULTS: list[tuple[str, Any, str]] = [
    *(("kind", value, "kind") for value in (None, "", "surgeon", 1)),
    *(("level", value, "level") for value in (None, "", "spa")),
    *(("formats", value, "formats") for value in (None, [], ["letter"], "in_person")),
    *(("radius_miles", value, "radius_miles") for value in (None, 0, -1, -0.0, *NOT_NUMBERS)),
    *((name, ["nonsense"], name) for name in ("concerns", "concerns_wished", "modalities_must", "languages", "times")),
    *((name, ["nonsense"], name) for name in ("modalities_wished", "identities_must", "identities_wished", "access")),
    *((name, "nonsense", name) for name in ("age_group", "participants")),
    *(("max_wait_days", value, "max_wait_days") for value in NOT_WHOLE),
    *(("exclude", value, "exclude") for value in (1, "1", ["1"], [1.0], [True], [2**63], [None])),
    *(("payment", value, "payment") for value in (None, {}, [], "any", 1, {"plan": None})),
    ("payment", {"plan": "aetna", "budget": 9000}, "payment"),
    ("payment", {"any": True, "budget": 9000}, "payment"),
    ("payment", {"any": False}, "payment.any"),
    ("payment", {"any": 1}, "payment.any"),
    *(("payment", {"budget": value}, "payment.budget") for value in NOT_WHOLE),
    *(("payment", {"plan": value}, "payment.plan") for value in ("", " ", 1, ["aetna"], "aetna ")),
    ("payment", {"plan": "aetna", "accepts_out_of_network": "yes"}, "payment.accepts_out_of_network"),
    ("payment", {"budget": 1, "accepts_out_of_network": True}, "payment.accepts_out_of_network"),
    ("payment", {"budget": 1, "currency": "USD"}, "payment.currency"),
    *(("place", value, "place") for value in (None, {}, "78704", 78704)),
    *(("place", {"zip": value}, "place.zip") for value in ("00000", "09001", "7870", 78704, "78704-1234", "")),
    ("place", {"lat": 30, "lon": -97}, "place.state"),
    ("place", {"lat": 30, "state": "TX"}, "place.lon"),
    ("place", {"lat": 91, "lon": -97, "state": "TX"}, "place.lat"),
    ("place", {"lat": 30, "lon": -180.5, "state": "TX"}, "place.lon"),
    ("place", {"lat": math.nan, "lon": -97, "state": "TX"}, "place.lat"),
    ("place", {"lat": True, "lon": -97, "state": "TX"}, "place.lat"),
    ("place", {"lat": 30, "lon": -97, "state": "Texas"}, "place.state"),
    ("place", {"zip": "78704", "state": "CA"}, "place.state"),
    ("place", {"zip": "78704", "city": "Austin"}, "place.city"),
    ("concern", ["trauma"], "concern"),
    ("any_wait", True, "any_wait"),
]


@pytest.mark.parametrize(("field", "value", "named"), NEED_FAULTS, ids=briefly)
def test_a_faulty_field_of_a_need(field: str, value: Any, named: str) -> None:
    assert refuse_need(**{field: value}) == {named}


@pytest.mark.parametrize("field", ["kind", "level", "payment", "place", "formats", "radius_miles"])
def test_a_missing_field_of_a_need(field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_need({name: value for name, value in NEED.items() if name != field})
    assert fields_refused(refused) == {field}


def test_every_fault_is_named_at_once() -> None:
    assert refuse_need(kind="surgeon", radius_miles=0, colour="red") == {"kind", "radius_miles", "colour"}
    assert refuse_listing(id=None, fee=-1, treats=["truama"], specialises_in=None) == {"id", "fee", "treats"}


def test_a_refusal_suggests_the_code_that_was_meant() -> None:
    with pytest.raises(BadInput, match="concerns: unknown code 'truama'; did you mean trauma?"):
        parse_need(NEED | {"concerns": ["truama"]})


NOTHING: list[tuple[str, list[Any]]] = [
    ("age_group", [None, ""]),
    ("max_wait_days", [None]),
    *((name, [None, []]) for name in ("concerns", "times", "access", "exclude", "languages", "identities_must")),
]


@pytest.mark.parametrize(("field", "values"), NOTHING)
def test_left_out_null_and_empty_ask_the_same_nothing(field: str, values: list[Any]) -> None:
    without = parse_need({name: value for name, value in NEED.items() if name != field})
    assert all(parse_need(NEED | {field: value}) == without for value in values)


def test_nulls_inside_payment_and_place_are_dropped() -> None:
    payment = {"plan": None, "accepts_out_of_network": None, "budget": 5, "any": None}
    place = {"zip": "78704", "lat": None, "lon": None, "state": None}
    assert parse_need(NEED | {"payment": payment, "place": place}) == parse_need(NEED | {"payment": {"budget": 5}})


def test_a_plan_that_nobody_takes_is_no_fault() -> None:
    assert parse_need(NEED | {"payment": {"plan": "a plan of our own"}}).payment.plan == "a plan of our own"


def test_a_radius_without_in_person_is_kept() -> None:
    assert parse_need(NEED | {"formats": ["telehealth"], "radius_miles": 15}).radius_miles == 15
    assert parse_need(NEED | {"formats": ["telehealth"], "radius_miles": None}).radius_miles is None


def test_what_is_left_out_of_a_listing_is_unknown() -> None:
    bare = parse_listing({"id": 1, "kind": "therapist"})
    assert bare == Listing(id=1, kind="therapist")
    nulls: Raw = dict.fromkeys(LISTING) | {"id": 1, "kind": "therapist"}
    assert parse_listing(nulls) == bare
    assert (bare.trust, bare.compacts, bare.treats, bare.fee) == (0.0, (), None, None)
    assert parse_listing({"id": 1, "kind": "therapist", "treats": []}).treats == ()


@pytest.mark.parametrize(
    ("given", "point"),
    [
        ({"zip": "78704"}, (30.2428, -97.7658)),
        ({"zip": "78704", "lat": 1, "lon": 2}, (1.0, 2.0)),
        ({"zip": "78704", "lat": 1}, (30.2428, -97.7658)),
        ({"zip": "99999"}, (None, None)),
        ({"lat": 1}, (1.0, None)),
    ],
)
def test_where_a_listing_is(given: Raw, point: tuple[float | None, float | None]) -> None:
    found = parse_listing({"id": 1, "kind": "therapist"} | given)
    assert (found.lat, found.lon) == point


def test_the_limits_of_64_bits_are_ids() -> None:
    rows = [parse_listing(LISTING | {"id": edge}) for edge in (2**63 - 1, -(2**63))]
    found = search(Directory.of(rows), parse_need(NEED | {"exclude": [2**63 - 1]}))
    assert [option.id for option in found.options] == [-(2**63)]


def directory() -> Directory:
    return Directory.of([parse_listing(LISTING)])


def asked() -> Need:
    return parse_need(NEED)


@pytest.mark.parametrize("k", [0, -1, True, 1.0, "3"])
def test_k_below_one(k: Any) -> None:
    with pytest.raises(BadInput) as refused:
        search(directory(), asked(), k)
    assert fields_refused(refused) == {"k"}


@pytest.mark.parametrize("listing_id", [2, 0, -1, 2**63, 2**63 - 1, -(2**63) - 1])
def test_an_id_that_is_not_there(listing_id: int) -> None:
    with pytest.raises(BadInput) as refused:
        explain(directory(), asked(), listing_id)
    assert fields_refused(refused) == {"id"}


def test_an_id_asked_of_an_empty_directory() -> None:
    with pytest.raises(BadInput):
        explain(Directory.of([]), asked(), 1)


def test_a_repeated_id() -> None:
    with pytest.raises(BadInput) as refused:
        Directory.of([parse_listing(LISTING), parse_listing(LISTING)])
    assert fields_refused(refused) == {"id"}


@pytest.mark.parametrize(
    "weights", [{"reciprocity": 1}, {"trust": -1}, {"trust": 1.5}, {"trust": True}, {"trust": 10**7}]
)
def test_weights_that_are_none(weights: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        search(directory(), asked(), weights=weights)
    assert fields_refused(refused) == {f"weights.{next(iter(weights))}"}


def test_own_weights_lie_over_the_defaults() -> None:
    assert checked_weights({"trust": 0})["trust"] == 0
    assert checked_weights({"trust": 0})["wait"] == 12
    zeros = dict.fromkeys(checked_weights(None), 0)
    [option] = search(directory(), asked(), weights=zeros).options
    assert (option.score, option.points) == (0.0, 0)
    assert json.dumps(option.score, allow_nan=False) == "0.0"
