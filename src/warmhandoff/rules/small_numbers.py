"""Numbers about people, told so that nobody can be found in them.

The rule is data (small_numbers.toml, with its source): 1 to 10 are not told, nor is what lets one work them out. None
stands for a number that is left out; it may be a small one, or one that would give a small one away.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Told = int | None


@dataclass(frozen=True)
class Rule:
    """least: the smallest number but zero that is told. source, as_of: where that comes from."""

    least: int
    source: str
    as_of: str


@cache
def rule() -> Rule:
    """The rule as it stands in small_numbers.toml."""
    return Rule(**tomllib.loads(files("warmhandoff.rules").joinpath("small_numbers.toml").read_text(encoding="utf-8")))


def is_small(count: int, least: int) -> bool:
    """Whether a number is one of those that are not told: more than nobody, fewer than `least`."""
    return 0 < count < least


def apart(counts: Sequence[int], *, least: int, beside: Sequence[Told] = ()) -> tuple[Told, ...]:
    """Counts within the same people (a row: begun, of these sent, of these answered), those left out as None.

    What is told is zero or at least `least`, and no two that are told lie closer together than `least` without being
    equal: "100 begun, 95 sent" says of five that they were not. The larger is told first, of equals the earlier.
    beside: what is told of the same people already, from which these keep as far apart.
    """
    told: list[Told] = [None] * len(counts)
    kept = [count for count in beside if count]
    for place in sorted(range(len(counts)), key=lambda one: (-counts[one], one)):
        count = counts[place]
        if is_small(count, least) or any(is_small(abs(count - other), least) for other in kept):
            continue
        told[place] = count
        if count:
            kept.append(count)
    return tuple(told)


@dataclass(frozen=True)
class Table:
    """Rows of a table that adds up, and its total, as they may be told."""

    rows: tuple[tuple[Told, ...], ...]
    total: tuple[Told, ...]


def table(rows: Sequence[Sequence[int]], *, least: int) -> Table:
    """A table whose rows add up to its total, column by column, and whose columns count within the same people.

    Each row and the total as `apart`. Then no column leaves out one row alone, nor rows of fewer than `least`
    together, else the total gave them away: the smallest that is told is left out as well, a zero only where nothing
    else is (complementary suppression). A column with nothing left to hide behind loses its total.
    """
    kept = [list(apart(row, least=least)) for row in rows]
    total = list(apart([sum(column) for column in zip(*rows, strict=True)], least=least))
    for column in range(len(total)):
        _hide_behind(rows, kept, total, column, least)
    return Table(tuple(tuple(row) for row in kept), tuple(total))


def _hide_behind(
    rows: Sequence[Sequence[int]], kept: list[list[Told]], total: list[Told], column: int, least: int
) -> None:
    hidden = [place for place, row in enumerate(kept) if row[column] is None]
    if not hidden:
        return
    while len(hidden) < 2 or sum(rows[place][column] for place in hidden) < least:
        told = [place for place, row in enumerate(kept) if row[column] is not None]
        if not told:
            total[column] = None
            return
        smallest = min(told, key=lambda place: (rows[place][column] == 0, rows[place][column], place))
        kept[smallest][column] = None
        hidden.append(smallest)


def share(part: Told, whole: Told) -> float | None:
    """The part of the whole in percent, where both are told and there is a whole."""
    return round(100 * part / whole, 1) if part is not None and whole else None
