"""Small numbers are left out, and nothing that is told gives them away."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from warmhandoff.rules.small_numbers import apart, is_small, rule, share, table

LEAST = 11


def test_the_rule_is_data_with_a_source() -> None:
    assert rule().least == 11 and "CMS" in rule().source and rule().as_of
    assert [is_small(count, LEAST) for count in (0, 1, 10, 11)] == [False, True, True, False]


def test_a_small_difference_is_as_good_as_a_small_number() -> None:
    assert apart([100, 95, 80, 80, 0], least=LEAST) == (100, None, 80, 80, 0)
    assert apart([10, 0], least=LEAST) == (None, 0)


def test_one_row_is_not_left_out_alone() -> None:
    found = table([[30], [20], [5]], least=LEAST)
    assert found.rows == ((30,), (None,), (None,)) and found.total == (55,)
    lone = table([[30], [5], [0]], least=LEAST)
    assert lone.rows == ((None,), (None,), (0,)) and lone.total == (35,)
    behind_zero = table([[20, 15], [100, 0]], least=LEAST)
    assert behind_zero.rows == ((20, None), (100, None)) and behind_zero.total == (120, 15)


def test_a_column_with_nothing_to_hide_behind_loses_its_total() -> None:
    # 12 people in rows of six: the rows hide, and as there are two of them, their sum may be told
    assert table([[6], [6]], least=LEAST).total == (12,)
    assert table([[20, 15]], least=LEAST).total == (20, None)


def test_shares_are_of_what_is_told() -> None:
    assert share(20, 80) == 25.0 and share(None, 80) is None and share(20, None) is None and share(0, 0) is None


_rows = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=5)
_nested = _rows.map(lambda rows: [[sum(row), row[0] + row[1], row[0]] for row in rows])


@given(_nested)
@example([[20, 15, 0], [100, 0, 0]])
def test_nothing_left_out_can_be_worked_out(rows: list[list[int]]) -> None:
    found = table(rows, least=LEAST)
    for row in (*found.rows, found.total):
        told = [count for count in row if count is not None]
        assert not any(is_small(count, LEAST) for count in told)
        assert not any(is_small(abs(one - other), LEAST) for one in told for other in told if one and other)
    for column in range(3):
        cells = [row[column] for row in found.rows]
        hidden = [rows[place][column] for place, cell in enumerate(cells) if cell is None]
        total = found.total[column]
        if hidden and total is not None:  # what the reader works out is the sum of at least two, and not small
            rest = total - sum(cell for cell in cells if cell is not None)
            assert len(hidden) >= 2 and rest == sum(hidden) and not is_small(rest, LEAST)
        for cell, row in zip(cells, rows, strict=True):
            assert cell is None or cell == row[column]
