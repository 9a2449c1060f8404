"""The assignment of a panel: nobody could do better, by trying every way; and both drivers give the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.matching.strategies import listings, need
from warmhandoff.matching import Directory, assign, native, parse_listing, parse_need, search, solving
from warmhandoff.matching.flow import Market
from warmhandoff.rules.refusals import BadInput

Raw = dict[str, Any]


def best_by_trying(pairs: list[dict[int, int]], openings: dict[int, int]) -> tuple[int, int]:
    """(clients served, sum of values) of the best of all ways."""
    if not pairs:
        return 0, 0
    best = best_by_trying(pairs[1:], openings)
    for listing, value in pairs[0].items():
        if openings[listing]:
            served, worth = best_by_trying(pairs[1:], openings | {listing: openings[listing] - 1})
            best = max(best, (served + 1, worth + value))
    return best


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[dict[int, int]], dict[int, int]]:
    size = draw(st.integers(1, 4))
    openings = {listing: draw(st.integers(0, 2)) for listing in range(size)}
    pair = st.dictionaries(st.integers(0, size - 1), st.sampled_from([0, 1, 2, 3, 50, 100_000_000]))
    return draw(st.lists(pair, max_size=6)), openings


def as_pairs(one: dict[int, int]) -> tuple[Any, Any]:
    ranked = sorted(one.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(np.array([pair[part] for pair in ranked], dtype=np.int64) for part in (0, 1))  # type: ignore[return-value]


def without_kernel(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(solving, "kernel", lambda: None)


@given(markets(), st.booleans())
def test_no_way_serves_more_or_better(market: tuple[list[dict[int, int]], dict[int, int]], compiled: bool) -> None:
    pairs, openings = market
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            without_kernel(patch)
        solved = solving.solve([as_pairs(one) for one in pairs], np.array(list(openings.values())))
    served = sum(listing >= 0 for listing in solved.chosen)
    assert (served, solved.value) == best_by_trying(pairs, openings) == solved.bound
    assert solved.proven
    for listing, most in openings.items():
        assert list(solved.chosen).count(listing) <= most


@pytest.mark.skipif(native.kernel() is None, reason="the kernel is not built here: no C compiler at set-up")
@given(markets())
def test_both_drivers_choose_the_same(market: tuple[list[dict[int, int]], dict[int, int]]) -> None:
    pairs, openings = [as_pairs(one) for one in market[0]], np.array(list(market[1].values()))
    compiled = solving.solve(pairs, openings)
    with pytest.MonkeyPatch.context() as patch:
        without_kernel(patch)
        assert solving.solve(pairs, openings) == compiled


def test_a_price_too_low_proves_nothing() -> None:
    market = Market([1], stake=100)
    for value in (5, 7):
        market.add_client(as_pairs({0: value}))
    assert market.is_proven()
    market.listing_price[0] -= 1
    assert not market.is_proven()


@pytest.mark.slow
@given(listings(), st.lists(need(), max_size=5), st.randoms(use_true_random=False), st.integers(1, 4))
def test_a_panel_is_the_best_over_all_options_in_any_order_of_rows(
    rows: list[Raw], asked: list[Raw], shuffler: Any, k: int
) -> None:
    clients = [(f"client {place}", parse_need(one)) for place, one in enumerate(asked)]
    panel = assign(Directory.of(parse_listing(row) for row in rows), clients, k)
    openings = {row["id"]: row.get("openings") or 0 for row in rows}
    values = [_values(rows, one) for _, one in clients]
    pairs = [{listing: value for listing, value in one.items() if openings[listing]} for one in values]
    assert (len(panel.assigned), panel.value) == best_by_trying(pairs, openings) == panel.bound
    assert panel.optimal
    shuffler.shuffle(rows)
    assert assign(Directory.of(parse_listing(row) for row in rows), clients, k) == panel


def _values(rows: list[Raw], asked: Any) -> dict[int, int]:
    options = search(Directory.of(parse_listing(row) for row in rows), asked, 100).options
    found = {}
    for option in options:
        weights = sum(term.weight for term in option.terms.values())
        found[option.id] = (200 * option.points + weights) // (2 * weights)
    return found


@given(listings(), st.lists(need(), max_size=4), st.integers(1, 4))
def test_shortlists_and_relaxations_ignore_openings(rows: list[Raw], asked: list[Raw], k: int) -> None:
    directory = Directory.of(parse_listing(row) for row in rows)
    clients = {f"client {place}": parse_need(one) for place, one in enumerate(asked)}
    panel = assign(directory, clients.items(), k)
    for one in panel.assigned:
        best = [option.id for option in search(directory, clients[one.client], k).options]
        assert one.options == (one.first, *[other for other in best if other != one.first][: k - 1])
        scores = {option.id: option.score for option in search(directory, clients[one.client], 100).options}
        assert one.score == scores[one.first]
    for client in panel.unmatched:
        answer = search(directory, clients[client.client], k, True)
        assert client.options == tuple(option.id for option in answer.options)
        assert client.relaxations == answer.relaxations


def test_refused_are_a_client_named_twice_and_k_below_one() -> None:
    with pytest.raises(BadInput, match="given twice"):
        assign(Directory.of([]), [("a", _any()), ("a", _any())])
    with pytest.raises(BadInput, match="k"):
        assign(Directory.of([]), [], 0)


def _any() -> Any:
    place = {"lat": 30.0, "lon": -97.0, "state": "TX"}
    return parse_need({
        "kind": "therapist", "level": "outpatient", "payment": {"any": True}, "place": place, "formats": ["telehealth"],
    })  # fmt: skip
