"""The engine gives what the contract says, row by row, whatever is unknown and in whatever order the rows come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching import oracle
from tests.matching.strategies import listings, need, points
from warmhandoff.matching import (
    DEFAULT_WEIGHTS,
    MUST_NAMES,
    Directory,
    compiled,
    explain,
    native,
    parse_listing,
    parse_need,
    search,
    stand,
)
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.distance import Distances, miles
from warmhandoff.matching.types import INT64_MAX, INT64_MIN

Raw = dict[str, Any]


@pytest.fixture(params=["the compiled kernel", "the kernel, spelled by Python", "NumPy"], autouse=True, scope="module")
def driver(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test once for each driver: one layout, one suite."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "NumPy":
            patch.setattr(compiled, "kernel", lambda: None)
        elif native.kernel() is None:
            pytest.skip("no kernel was built here")
        elif request.param != "the compiled kernel":
            patch.setattr(compiled, "asking", lambda: None)
        elif native.asking() is None:
            pytest.skip("no kernel was built with Python's headers here")
        yield


def directory(rows: list[Raw]) -> Directory:
    return Directory.of(parse_listing(row) for row in rows)


@given(listings(), need(), st.integers(1, 20), st.booleans())
def test_the_answer_is_the_oracles_to_the_last_bit(rows: list[Raw], asked: Raw, k: int, relax: bool) -> None:
    where, right = directory(rows), oracle.answer(asked, rows, k, relax=relax)
    for _ in range(2):  # the kernel reads a need by itself from the second time on
        assert search(where, parse_need(asked), k, relax).as_json() == right


IDS = st.integers(-30, 30) | st.integers(INT64_MIN, INT64_MAX) | st.sampled_from([INT64_MIN, INT64_MAX])


@settings(max_examples=40)
@given(st.sets(IDS, min_size=1, max_size=40), st.sets(IDS, max_size=10))
def test_a_listing_left_out_is_found_however_unevenly_ids_are_spread(ids: set[int], others: set[int]) -> None:
    row = {"kind": "therapist", "levels": ["outpatient"], "accepting": "open", "formats": ["in_person", "telehealth"],
           "lat": 30.25, "lon": -97.75, "licensed_states": ["TX"]}  # fmt: skip
    asked = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "formats": row["formats"],
             "radius_miles": 5, "place": {"lat": 30.25, "lon": -97.75, "state": "TX"}}  # fmt: skip
    where = directory([row | {"id": one} for one in ids])
    tried = {near for one in ids | others for near in (one - 1, one, one + 1) if INT64_MIN <= near <= INT64_MAX}
    for one in tried:
        assert (where.parts[0].row_with(one) is not None) == (one in ids)
        assert search(where, parse_need(asked | {"exclude": [one]})).total == len(ids - {one})
    most = search(where, parse_need(asked | {"exclude": [*tried, *range(100, 6000)]}))
    assert most.total == len(ids - tried - set(range(100, 6000)))


@pytest.mark.parametrize("k", [1, 2, 4])
def test_of_equal_points_the_shorter_wait_comes_first_then_the_smaller_id(k: int) -> None:
    row = {"kind": "therapist", "levels": ["outpatient"], "accepting": "open", "formats": ["telehealth"],
           "licensed_states": ["TX"]}  # fmt: skip
    waits = {1: None, 2: 30, 3: 7, 4: 7}
    where = directory([row | {"id": one, "wait_days": wait} for one, wait in waits.items()])
    asked = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "formats": ["telehealth"],
             "place": {"lat": 30.25, "lon": -97.75, "state": "TX"}}  # fmt: skip
    for _ in range(2):
        found = search(where, parse_need(asked), k, weights={"wait": 0})
        assert [option.id for option in found.options] == [3, 4, 2, 1][:k]
        assert {relaxation.best for relaxation in found.relaxations or ()} <= {3}


NEARBY = st.tuples(st.floats(30, 31), st.floats(-98, -97))


@settings(max_examples=60)
@given(st.lists(NEARBY, min_size=1, max_size=12, unique=True), NEARBY, st.booleans())
def test_the_circle_ends_where_the_distance_says_to_the_last_bit(
    points: list[tuple[float, float]], client: tuple[float, float], telehealth: bool
) -> None:
    away = [miles(*client, *point) for point in points]
    formats = ["in_person", "telehealth"] if telehealth else ["in_person"]
    rows = [
        {"id": number, "kind": "therapist", "levels": ["outpatient"], "accepting": "open", "formats": formats[:1],
         "lat": lat, "lon": lon, "licensed_states": ["TX"]}
        for number, (lat, lon) in enumerate(points)
    ]  # fmt: skip
    where = directory(rows)
    for one in away:
        for radius in (math.nextafter(one, 0), one, math.nextafter(one, math.inf)):
            if radius > 0:
                asked = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "formats": formats,
                         "radius_miles": radius,
                         "place": {"lat": client[0], "lon": client[1], "state": "TX"}}  # fmt: skip
                assert search(where, parse_need(asked)).total == sum(other <= radius for other in away)


@pytest.mark.slow
@given(listings(), need(), st.dictionaries(st.sampled_from(list(DEFAULT_WEIGHTS)), st.integers(0, 50)))
def test_a_practices_own_weights(rows: list[Raw], asked: Raw, weights: dict[str, int]) -> None:
    where, right = directory(rows), oracle.answer(asked, rows, 3, relax=False, weights=weights)
    for _ in range(2):
        assert search(where, parse_need(asked), weights=weights).as_json() == right


@pytest.mark.slow
@given(listings(), need())
def test_how_each_listing_stands_is_what_the_search_shows(rows: list[Raw], asked: Raw) -> None:
    where, wanted = directory(rows), parse_need(asked)
    answer = search(where, wanted, 100)
    shown = {one.id: one for one in (*answer.options, *answer.possibles)}
    for row in rows:
        assert stand(where, wanted, row["id"]) == shown.get(row["id"])


@pytest.mark.slow
@given(listings(), need(), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(rows: list[Raw], asked: Raw, shuffler: Any) -> None:
    first = search(directory(rows), parse_need(asked), 4, True)
    shuffler.shuffle(rows)
    assert search(directory(rows), parse_need(asked), 4, True) == first


@given(listings(), need())
def test_the_explanation_of_every_listing(rows: list[Raw], asked: Raw) -> None:
    where = directory(rows)
    for row in rows:
        assert explain(where, parse_need(asked), row["id"]).as_json() == oracle.explanation(asked, row)


@pytest.mark.slow
@given(listings(), need())
def test_shares_sum_to_the_score_and_an_unknown_never_helps(rows: list[Raw], asked: Raw) -> None:
    for option in search(directory(rows), parse_need(asked), 20).options:
        assert math.isclose(sum(term.share for term in option.terms.values()), option.score, abs_tol=1e-9)
        assert 0 <= option.score <= 100


@given(points(), st.lists(points(), min_size=1, max_size=20), st.floats(1e-6, 13000))
def test_distances_agree_with_the_reference_on_and_around_every_threshold(
    here: tuple[float, float], others: list[tuple[float, float]], radius: float
) -> None:
    asked = {"place": {"lat": here[0], "lon": here[1]}}
    rows = [{"id": place, "kind": "therapist", "lat": lat, "lon": lon} for place, (lat, lon) in enumerate(others)]
    column = Columns.of(parse_listing(row) for row in rows).point
    exact = [oracle.miles(asked, row) or 0.0 for row in rows]
    distances = Distances(*here, column)
    for limit in (radius, *exact, *(math.nextafter(mile, 0) for mile in exact)):
        assert distances.within(limit).yes.tolist() == [mile <= limit for mile in exact]


def test_the_two_know_the_same_musts() -> None:
    assert list(MUST_NAMES) == oracle.NAMES
    assert dict(DEFAULT_WEIGHTS) == oracle.WEIGHTS
