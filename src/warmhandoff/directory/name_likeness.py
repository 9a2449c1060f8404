"""How alike two names are: Jaro-Winkler between words, the words paired whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


def jaro(first: str, second: str) -> float:
    """The Jaro similarity, 0 to 1 (Jaro, "Advances in record-linkage methodology", JASA 84, 1989)."""
    if first == second:
        return 1.0
    reach = max(max(len(first), len(second)) // 2 - 1, 0)
    taken = [False] * len(second)
    matched: list[str] = []
    for place, letter in enumerate(first):
        for other in range(max(0, place - reach), min(len(second), place + reach + 1)):
            if not taken[other] and second[other] == letter:
                taken[other] = True
                matched.append(letter)
                break
    if not matched:
        return 0.0
    theirs = [letter for letter, is_taken in zip(second, taken, strict=True) if is_taken]
    moved = sum(one != other for one, other in zip(matched, theirs, strict=True)) / 2
    count = len(matched)
    return (count / len(first) + count / len(second) + (count - moved) / count) / 3


@lru_cache(maxsize=65536)
def jaro_winkler(first: str, second: str) -> float:
    """Jaro, raised for a common beginning of up to four letters (Winkler 1990, with the usual 0.1 a letter)."""
    alike, same = jaro(first, second), 0
    for one, other in zip(first[:4], second[:4], strict=False):
        if one != other:
            break
        same += 1
    return alike + 0.1 * same * (1 - alike)


def _alike_words(first: str, second: str) -> float:
    if first == second:
        return 1.0
    if len(first) == 1 or len(second) == 1:  # an initial stands for a name, but does not tell it
        return 0.9 if first[0] == second[0] else 0.0
    return jaro_winkler(first, second)


def alike_names(first: Sequence[str], second: Sequence[str], *, whole: bool) -> float:
    """How alike two names are, 0 to 1. Each word of the shorter is paired with the likest left of the longer.

    The mean over the shorter name, so that a middle name left out costs nothing, lowered by the least alike word:
    one word that is quite another makes another person. `whole`: over the longer, for the names of organisations, of
    which every word counts.
    """
    short, long = sorted((list(first), list(second)), key=len)
    if not short:
        return 0.0
    left, shares = long.copy(), list[float]()
    for word in sorted(short, key=len, reverse=True):
        likest = max(left, key=lambda other: _alike_words(word, other))
        left.remove(likest)
        shares.append(_alike_words(word, likest))
    if whole:
        return sum(shares) / len(long)
    if len(short) == 1 and len(long) > 1:  # a single word of several says little
        return min(shares) * 0.85
    return (sum(shares) / len(shares) + min(shares)) / 2
