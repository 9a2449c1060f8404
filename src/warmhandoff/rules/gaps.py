"""Which needs nobody met, told so that no one can be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Three-digit ZIP areas with 20,000 people or fewer, which must not be told: 45 CFR 164.514(b)(2)(i)(B), the list of
# the guidance of the Office for Civil Rights on de-identification (26 November 2012, from the census of 2000).
FEW_LIVE_THERE = frozenset({
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
    "893",
})  # fmt: skip
LEAST = 5


def zip3(zip_code: str) -> str:
    """The first three digits of a ZIP; "000" where few people live there, "" for what is no ZIP."""
    if len(zip_code) != 5 or not zip_code.isdecimal():
        return ""
    return "000" if zip_code[:3] in FEW_LIVE_THERE else zip_code[:3]


@dataclass(frozen=True)
class Counted:
    """What may be told of a table of counts. hidden: how many in those that are not told, None when that says too much.

    few: whether anything is left out.
    """

    shown: tuple[tuple[str, int], ...]
    hidden: int | None
    few: bool


def counted(counts: Mapping[str, int], *, least: int = LEAST) -> Counted:
    """Counts of at least `least`, the largest first; what is smaller is left out.

    Where a single count is left out, or all left out are fewer than `least` together, the total would give it away:
    then the smallest that could be told is left out as well (secondary suppression). Ties are told in the order given.
    """
    told = sorted(((key, count) for key, count in counts.items() if count >= least), key=lambda pair: -pair[1])
    left = [count for count in counts.values() if 0 < count < least]
    while left and told and (len(left) == 1 or sum(left) < least):
        left.append(told.pop()[1])
    total = sum(left)
    return Counted(tuple(told), total if len(left) > 1 and total >= least else None, bool(left))
