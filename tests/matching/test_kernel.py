"""The compiled kernel's arithmetic is CPython's, and several processes and threads may ask at once."""

from __future__ import annotations

import ctypes
import random
from array import array
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.brute import Brute
from benchmarks.synthetic import columns_of, needs_of
from tests.matching.strategies import listings, need
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, compiled, driver, native, parse_listing, parse_need, search
from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns, millionths
from warmhandoff.matching.distance import miles, nearness
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.plan import FRESH_DAYS
from warmhandoff.matching.relax import totals
from warmhandoff.matching.types import checked_weights
from warmhandoff.rules.vocab import vocabulary

pytestmark = pytest.mark.slow

has_kernel = pytest.mark.skipif(native.kernel() is None, reason="the kernel is not built here: no C compiler at set-up")


@has_kernel
def test_distances_are_those_of_the_reference_to_the_last_bit() -> None:
    draw, radius = random.Random(5), 17.3
    near = [(lat, lon, lat + draw.uniform(-0.3, 0.3), lon + draw.uniform(-0.3, 0.3)) for lat, lon in
            ((draw.uniform(25, 48), draw.uniform(-120, -70)) for _ in range(4000))]  # fmt: skip
    wide = [tuple(draw.uniform(-90, 90) * (1 + n % 2) for n in range(4)) for _ in range(4000)]
    odd = [(0.0, 0.0, 0.0, 180.0), (90.0, 0.0, -90.0, 0.0), (30.0, -97.0, 30.0, -97.0), (10.0, 20.0, -10.0, -160.0)]
    points = [*near, *wide, *odd]
    flat = array("d", [number for point in points for number in point])
    far, close = array("d", bytes(8 * len(points))), array("q", bytes(8 * len(points)))
    library = native.kernel()
    assert library is not None
    at = [ctypes.c_void_p(one.buffer_info()[0]) for one in (flat, far, close)]
    library.warmhandoff_miles(ctypes.c_int64(len(points)), at[0], ctypes.c_double(radius), at[1], at[2])
    exact = [miles(*point) for point in points]
    assert far.tolist() == exact
    assert close.tolist() == [millionths(nearness(one, radius)) for one in exact]


@pytest.mark.parametrize("compiled_too", [pytest.param(True, marks=has_kernel), False])
@pytest.mark.parametrize(("size", "unknown", "count"), [
    (6000, 0.1, 6), (1500, 0.95, 3), pytest.param(60_000, 0.3, 60, marks=pytest.mark.slow),
])  # fmt: skip
def test_many_words_groups_and_runs_give_what_every_row_gives(
    size: int, unknown: float, count: int, compiled_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled_too:
        monkeypatch.setattr(compiled, "kernel", lambda: None)
    columns = columns_of(size, unknown)
    brute, directory = Brute(columns), Directory.of_segments([built(columns)])
    options_found = 0
    for number, (_, raw) in enumerate(needs_of(count)):
        # Wide needs, so that hundreds compete: for some by distance alone, for some with ties of the shorter wait.
        wide = {"kind": "therapist", "modalities_must": [], "times": [], "languages": ["en"], "age_group": None}
        radius, payment = 150 + 700 * (number % 3), {"budget": 21_300} if number % 2 else {"any": True}
        wide |= {"radius_miles": radius, "payment": payment, "concerns": ["anxiety"][number % 2 :]}
        need = parse_need(raw | wide)
        asked = Asked.of(directory, need, DEFAULT_WEIGHTS)[0]
        options_found += asked.best_options(1).total
        best, (options, possibles) = asked.best_options(20), asked.options_and_possibles(20)
        relaxed = totals(asked)
        assert best == options
        assert (best.total, list(zip(best.ids, best.points, strict=True))) == brute.ask(need, 20)
        assert possibles.total == brute.possibles(need)
        assert [total for total, _, _ in relaxed] == brute.relaxations(need)
    assert unknown > 0.9 or options_found > 20 * count


@has_kernel
def test_a_need_that_names_every_code_is_answered_as_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each loosening spells the whole must anew: more columns than the kernel's table holds, which NumPy then reads."""
    directory = Directory.of_segments([built(columns_of(300, 0.2))])
    every = {name: list(vocabulary(name).codes) for name in ("concerns", "modalities", "times")}
    raw = next(raw for _, raw in needs_of(1)) | {
        "concerns": every["concerns"], "modalities_must": every["modalities"], "times": every["times"],
    }  # fmt: skip
    needs = [parse_need(raw), parse_need(raw | {"concerns": every["concerns"][:30], "modalities_must": []})]
    found = [search(directory, need, 3, True) for need in needs]
    monkeypatch.setattr(compiled, "kernel", lambda: None)
    assert found == [search(directory, need, 3, True) for need in needs]


def test_threads_may_ask_at_once() -> None:
    directory = Directory.of_segments([built(columns_of(600, 0.2))])
    needs = [parse_need(raw) for _, raw in needs_of(12)]
    alone = [search(directory, need, 3, True) for need in needs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            assert list(pool.map(lambda need: search(directory, need, 3, True), needs)) == alone


@pytest.mark.skipif(native.asking() is None, reason="the kernel was built without Python's headers, or not at all")
def test_the_kernel_reads_a_need_by_itself_once_its_payment_place_and_wait_were_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = Directory.of_segments([built(columns_of(3000, 0.2))])
    raw = next(raw for _, raw in needs_of(1)) | {"concerns": ["anxiety"], "times": []}
    first, other = parse_need(raw), parse_need(raw | {"concerns": ["depression", "trauma"], "languages": ["es"]})
    expected = [Asked.of(directory, need, DEFAULT_WEIGHTS)[0] for need in (first, other)]
    right = [(one.best_options(5), one.options_and_possibles(5), totals(one)) for one in expected]

    def no_plan(*given: object, **named: object) -> None:
        raise AssertionError("a plan was made")

    monkeypatch.setattr(driver, "plan_of", no_plan)
    again = [Asked.of(directory, need, DEFAULT_WEIGHTS)[0] for need in (first, other)]
    assert [(one.best_options(5), one.options_and_possibles(5), totals(one)) for one in again] == right
    elsewhere = parse_need(raw | {"place": {"lat": 61.2, "lon": -149.9, "state": "AK"}})
    with pytest.raises(AssertionError, match="a plan was made"):
        Asked.of(directory, elsewhere, DEFAULT_WEIGHTS)[0].best_options(5)


@pytest.mark.skipif(native.asking() is None, reason="the kernel was built without Python's headers, or not at all")
@pytest.mark.parametrize("wrong", [
    {"concerns": ["anxiety"]}, {"formats": None}, {"place": None}, {"payment": None}, {"radius_miles": "near"},
    {"exclude": {"x"}}, {"exclude": {2**64}}, {"kind": []}, {"times": 7}, {"concerns_wished": ["anxiety"]},
    {"max_wait_days": []},
])  # fmt: skip
def test_what_is_no_need_is_refused_and_not_read_as_one(wrong: dict[str, object]) -> None:
    directory = Directory.of_segments([built(columns_of(300, 0.2))])
    need = parse_need(next(raw for _, raw in needs_of(1)) | {"formats": ["in_person"], "times": []})
    assert Asked.of(directory, need, DEFAULT_WEIGHTS)[0].best_options(3) is not None
    asked = Asked.of(directory, replace(need, **wrong), DEFAULT_WEIGHTS)[0]  # type: ignore[arg-type]  # on purpose
    with pytest.raises((TypeError, SystemError, AttributeError, OverflowError)):
        asked.best_options(3)


AGES = st.sampled_from([None, 0, 90, FRESH_DAYS - 2, FRESH_DAYS - 1, FRESH_DAYS, FRESH_DAYS + 1, 100_001])


@has_kernel
@settings(max_examples=200)
@given(listings(), st.lists(AGES, min_size=40, max_size=40), need(), st.integers(1, 6), st.integers(0, 400),
       st.dictionaries(st.sampled_from(list(DEFAULT_WEIGHTS)), st.integers(0, 2)))  # fmt: skip
def test_all_that_the_kernel_finds_numpy_finds(
    rows: list[dict[str, Any]], ages: list[int | None], raw: dict[str, Any], k: int, days: int, weights: dict[str, int]
) -> None:
    """Points and rows as they leave the drivers: what is shown of an option is reckoned anew from its row."""
    rows = [row | {"verified_days": ages[place % 40]} for place, row in enumerate(rows)]
    segment = built(Columns.of([parse_listing(row) for row in rows]))
    directory, weighing = Directory.of_segments([segment], aging=days), checked_weights(weights)
    found = []
    for kernel in (native.kernel, native.kernel, lambda: None):  # by Python's spelling, by its own reading, and NumPy
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled, "kernel", kernel)
            one = Asked.of(directory, parse_need(raw), weighing)[0]
            options = [part.tolist() for part in one.all_options()]
            found.append((one.best_options(k), one.options_and_possibles(k), totals(one), options))
    assert found[0] == found[1] == found[2]
