"""Distances: known ones, hard places, and that the last bits of NumPy's sine never decide anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.matching import oracle
from tests.matching.strategies import points
from warmhandoff.matching.columns import PointColumn
from warmhandoff.matching.distance import EARTH_RADIUS_MILES, Distances, miles, nearness

HALF_ROUND = math.pi * EARTH_RADIUS_MILES
ACROSS_THE_DATE_LINE = 2 * EARTH_RADIUS_MILES * math.asin(math.cos(math.radians(10)) * math.sin(math.radians(0.01)))
Point = tuple[float, float]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ((30.2428, -97.7658), (30.2428, -97.7658), 0.0),
        ((0.0, 0.0), (0.0, 180.0), HALF_ROUND),
        ((90.0, 0.0), (-90.0, 123.0), HALF_ROUND),
        ((90.0, 10.0), (90.0, -170.0), 0.0),
        ((10.0, 179.99), (10.0, -179.99), ACROSS_THE_DATE_LINE),
        ((0.0, 0.0), (1.0, 0.0), EARTH_RADIUS_MILES * math.radians(1)),
        ((40.7128, -74.0060), (34.0522, -118.2437), 2445.56),
    ],
)  # fmt: skip
def test_known_distances(here: Point, there: Point, expected: float) -> None:
    assert miles(*here, *there) == pytest.approx(expected, abs=0.01)
    assert miles(*here, *there) == pytest.approx(miles(*there, *here), abs=1e-9)


def column(where: list[Point | tuple[None, None]]) -> PointColumn:
    return PointColumn.of(where)


def disturbed(here: Point, where: list[Point], factor: float) -> Distances:
    """Distances whose quick figures are off by a few last bits, as another machine's sine might be."""
    found = Distances(*here, column(list(where)))
    found.__dict__["_nearly"] = found._nearly * factor
    return found


FACTORS = st.sampled_from([1.0, 1 + 1e-13, 1 - 1e-13])


@given(points(), st.lists(points(), min_size=1, max_size=8), FACTORS)
def test_the_last_bits_decide_nothing_on_a_circle(here: Point, where: list[Point], factor: float) -> None:
    distances = disturbed(here, where, factor)
    exact = [miles(*here, *there) for there in where]
    for radius in (*exact, *(math.nextafter(mile, 0) for mile in exact), *(math.nextafter(m, 1e9) for m in exact)):
        assert distances.within(radius).yes.tolist() == [mile <= radius for mile in exact]


@given(points(), points(), st.integers(250_001, 999_999), FACTORS)
def test_the_last_bits_decide_nothing_on_a_rounding_step(here: Point, there: Point, step: int, factor: float) -> None:
    mile = miles(*here, *there)
    if mile == 0:
        return
    radius = -2 * mile / math.log2((step - 0.5) / 1_000_000)
    found = disturbed(here, [there], factor).nearness(np.array([0]), radius)
    assert found.tolist() == [oracle.tq(math.pow(2.0, -2 * mile / radius))]


def test_the_last_bits_of_an_angle_decide_nothing_in_a_tiny_circle() -> None:
    here, there = (30.0, -97.0), (30.0, -97.00000000001)
    mile = miles(*here, *there)
    distances = disturbed(here, [there], 1.0)
    distances.__dict__["_nearly"] = distances._nearly + 4e-13  # an angle's last bit, in miles
    assert distances.nearness(np.array([0]), 2 * mile).tolist() == [oracle.tq(math.pow(2.0, -2 * mile / (2 * mile)))]


def test_nearness_is_a_quarter_at_the_rim_and_whole_at_the_centre() -> None:
    assert (nearness(0.0, 15.0), nearness(7.5, 15.0), nearness(15.0, 15.0)) == (1.0, 0.5, 0.25)


@pytest.mark.parametrize("radius", [5e-324, 1e-300, 1e-9, 1.7e308, math.inf])
def test_radii_beyond_all_sense_still_have_an_answer(radius: float) -> None:
    here = (30.0, -97.0)
    distances = disturbed(here, [here, (30.0, -97.0000000001), (31.0, -97.0)], 1 + 1e-13)
    exact = [miles(*here, *there) for there in (here, (30.0, -97.0000000001), (31.0, -97.0))]
    inside = distances.within(radius).yes
    assert inside.tolist() == [mile <= radius for mile in exact]
    rows = np.flatnonzero(inside)
    expected = [oracle.tq(math.pow(2.0, -2 * exact[row] / radius)) for row in rows]
    assert distances.nearness(rows, radius).tolist() == expected


@pytest.mark.parametrize("point", [(None, None), (30.0, None), (None, -97.0)])
def test_half_a_point_is_no_place(point: tuple[None, None]) -> None:
    distances = Distances(30.0, -97.0, column([point]))
    assert distances.exact(0) is None
    assert distances.within(20_000).unknown.tolist() == [True]
