"""Whether a text repeats a long run of another, word for word: what was pasted, and not what merely sounds alike."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_RUN = 60  # characters in a row that may be the same by chance


def _flat(text: str) -> str:
    """Without differences in spaces, line ends and capitals."""
    return " ".join(text.split()).casefold()


def shares_run(text: str, others: Iterable[str], *, length: int = LONGEST_RUN) -> bool:
    """Whether `text` has `length` or more characters in a row that stand so in one of `others`.

    Every half-long block of `text` is looked up at every (length - half + 1)th place of the others: a run that is long
    enough holds one of those places, so none is missed.
    """
    mine, half = _flat(text), length // 2
    if len(mine) < length:
        return False
    blocks: dict[str, list[int]] = {}
    for start in range(len(mine) - half + 1):
        blocks.setdefault(mine[start : start + half], []).append(start)
    return any(_meets(mine, blocks, _flat(other), length) for other in others)


def _meets(mine: str, blocks: dict[str, list[int]], theirs: str, length: int) -> bool:
    half = length // 2
    for place in range(0, len(theirs) - half + 1, length - half + 1):
        for start in blocks.get(theirs[place : place + half], ()):
            if _run(mine, start, theirs, place) >= length:
                return True
    return False


def _run(mine: str, start: int, theirs: str, place: int) -> int:
    """How many characters in a row are the same around these two places."""
    before = 0
    while before < min(start, place) and mine[start - before - 1] == theirs[place - before - 1]:
        before += 1
    after, most = 0, min(len(mine) - start, len(theirs) - place)
    while after < most and mine[start + after] == theirs[place + after]:
        after += 1
    return before + after
