"""Small numbers are left out so that no total gives them away, and few people live in no place that is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.gaps import LEAST, counted, zip3


@pytest.mark.parametrize(("zip_code", "told"), [
    ("78704", "787"), ("03601", "000"), ("89301", "000"), ("", ""), ("7870", ""), ("787o4", ""),
])  # fmt: skip
def test_three_digits_and_none_where_few_live(zip_code: str, told: str) -> None:
    assert zip3(zip_code) == told


def test_counts_that_are_large_enough_are_told_largest_first() -> None:
    found = counted({"a": 5, "b": 9, "c": 6})
    assert found.shown == (("b", 9), ("c", 6), ("a", 5)) and not found.few and found.hidden is None


def test_one_small_count_takes_another_with_it() -> None:
    found = counted({"a": 9, "b": 6, "c": 1})
    assert found.shown == (("a", 9),) and found.few and found.hidden == 7


def test_too_few_in_all_are_not_told_at_all() -> None:
    found = counted({"a": 2, "b": 1})
    assert found.shown == () and found.hidden is None and found.few
    assert counted({}).few is False


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 30), max_size=8))
def test_no_small_count_can_be_worked_out(counts: dict[str, int]) -> None:
    found = counted(counts)
    told = dict(found.shown)
    assert all(counts[key] == count >= LEAST for key, count in told.items())
    left = [count for key, count in counts.items() if key not in told and count]
    assert found.few == bool(left)
    if told:  # the total is known then, so what is left out must be several and enough
        assert not left or (len(left) > 1 and sum(left) >= LEAST)
