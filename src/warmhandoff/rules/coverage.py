"""Whom to meet next: the few people who would close most of what a network cannot yet answer.

A need is answered well when she has a choice of people the practice knows: the first counts 4, the second 2, the third
1, and more than three add nothing (two options leave a choice, a third a way out). What is missing of 7, times how
often the need comes in a year, is the gap. Each person closes the less of it the more others do: the sum is monotone
and submodular.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

STEPS = (4, 2, 1)
ENOUGH = len(STEPS)
FULL = sum(STEPS)
MOST_TO_MEET = 5
CLOSE_SHARE = 0.8
SAME_SHARE, SAME_LEAST = 0.6, 5
CONCENTRATED_SHARE, CONCENTRATED_LEAST = 0.4, 10


@dataclass(frozen=True)
class Wanted:
    """One need: how often it comes in a year, and how many of its options the practice knows already."""

    a_year: int
    known: int = 0


@dataclass(frozen=True)
class Candidate:
    """Someone not known yet. `needs`: the places of the needs she is an option for; of equals, the smaller id."""

    id: int
    needs: tuple[int, ...]


@dataclass(frozen=True)
class Meeting:
    """One of those to meet. closes: what of the gap; first, more: the needs for which she is the first known, or one
    more."""

    id: int
    closes: int
    first: tuple[int, ...]
    more: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Whom to meet, the most useful first. gap: what is missing; closable: what all candidates together would close."""

    meet: tuple[Meeting, ...]
    gap: int
    closable: int

    @property
    def closed(self) -> int:
        return sum(one.closes for one in self.meet)

    @property
    def share(self) -> float:
        """How much of the gap these close, 0 to 1; 1.0 where there is none."""
        return self.closed / self.gap if self.gap else 1.0


def missing(wanted: Iterable[Wanted]) -> int:
    """The gap: for each need what its first, second and third known option would count, times its number a year."""
    return sum(one.a_year * sum(STEPS[one.known :]) for one in wanted)


class _Cover:
    """The gap while people are added and taken away. All whole numbers, so that the same input gives the same plan."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.a_year = [one.a_year for one in wanted]
        self.held = [one.known for one in wanted]

    def gain(self, needs: Iterable[int]) -> int:
        return sum(self.a_year[n] * STEPS[self.held[n]] for n in needs if self.held[n] < ENOUGH)

    def add(self, needs: Iterable[int]) -> None:
        for need in needs:
            self.held[need] += 1

    def remove(self, needs: Iterable[int]) -> None:
        for need in needs:
            self.held[need] -= 1


def whom_to_meet(
    wanted: Sequence[Wanted], candidates: Sequence[Candidate], *, most: int = MOST_TO_MEET, share: float = CLOSE_SHARE
) -> Plan:
    """The fewest candidates, `most` at most, that close `share` of what can be closed; as good as can be for so many.

    Greedy with lazy evaluation closes at least 1 - 1/e (63 %) of what the best set of the same size would (Nemhauser,
    Wolsey and Fisher 1978, An analysis of approximations for maximizing submodular set functions; Minoux 1978 for the
    lazy form). Exchanging one for another while that closes more can only add to it. Deterministic.
    """
    cover, by_id = _Cover(wanted), {one.id: one for one in candidates}
    closable = missing(wanted) - missing(_with_all(wanted, candidates))
    chosen = _greedy(cover, candidates, most, share * closable)
    ranked = sorted(((_Cover(wanted).gain(one.needs), one) for one in candidates), key=lambda two: (-two[0], two[1].id))
    _exchange(cover, chosen, ranked)
    return Plan(_ordered(wanted, [by_id[one.id] for one in chosen]), missing(wanted), closable)


def _with_all(wanted: Sequence[Wanted], candidates: Sequence[Candidate]) -> list[Wanted]:
    more = Counter(need for one in candidates for need in one.needs)
    return [Wanted(one.a_year, one.known + more[place]) for place, one in enumerate(wanted)]


def _greedy(cover: _Cover, candidates: Sequence[Candidate], most: int, until: float) -> list[Candidate]:
    """A gain can only fall while others are added: who is on top with a gain that still holds is the next."""
    by_id = {one.id: one for one in candidates}
    queue = [(-cover.gain(one.needs), one.id) for one in candidates]
    heapq.heapify(queue)
    chosen: list[Candidate] = []
    closed = 0
    while queue and len(chosen) < most and closed < until:
        top = heapq.heappop(queue)
        one = by_id[top[1]]
        gain = cover.gain(one.needs)
        if not gain:
            continue
        if gain == -top[0]:
            chosen.append(one)
            cover.add(one.needs)
            closed += gain
        else:
            heapq.heappush(queue, (-gain, one.id))
    return chosen


def _exchange(cover: _Cover, chosen: list[Candidate], ranked: Sequence[tuple[int, Candidate]]) -> None:
    """Exchange one for another as long as that closes more."""
    while _exchange_one(cover, chosen, ranked):
        pass


def _exchange_one(cover: _Cover, chosen: list[Candidate], ranked: Sequence[tuple[int, Candidate]]) -> bool:
    taken = {one.id for one in chosen}
    for place, old in enumerate(chosen):
        cover.remove(old.needs)
        best, new = cover.gain(old.needs), old
        for most, one in ranked:  # nobody gains more than alone: the rest cannot be better
            if most <= best:
                break
            if one.id not in taken and (gain := cover.gain(one.needs)) > best:
                best, new = gain, one
        cover.add(new.needs)
        if new is not old:
            chosen[place] = new
            return True
    return False


def _ordered(wanted: Sequence[Wanted], chosen: Sequence[Candidate]) -> tuple[Meeting, ...]:
    """The same people in the order in which each closes most of what is left, and what each then closes."""
    cover, left, found = _Cover(wanted), list(chosen), []
    while left:
        one = min(left, key=lambda each: (-cover.gain(each.needs), each.id))
        left.remove(one)
        first = tuple(need for need in one.needs if cover.held[need] == 0)
        more = tuple(need for need in one.needs if 0 < cover.held[need] < ENOUGH)
        found.append(Meeting(one.id, cover.gain(one.needs), first, more))
        cover.add(one.needs)
    return tuple(found)


@dataclass(frozen=True)
class Same:
    """That many of those known are alike in one thing."""

    code: str
    count: int
    of: int


def sameness(known: Sequence[Collection[str]]) -> tuple[Same, ...]:
    """The codes that most of those known share: at least SAME_SHARE of SAME_LEAST or more. Commonest first.

    known: for each person the codes of what she specialises in; those of whom none is known are left out. The figures
    are this product's own: it only points out, "don't just group together with those who do what you do".
    """
    told = [set(codes) for codes in known if codes]
    if len(told) < SAME_LEAST:
        return ()
    counts = Counter(code for codes in told for code in codes)
    found = [Same(code, count, len(told)) for code, count in counts.items() if count >= SAME_SHARE * len(told)]
    return tuple(sorted(found, key=lambda one: (-one.count, one.code)))


def concentrated(sent: Mapping[int, int]) -> tuple[tuple[int, int, int], ...]:
    """(listing, referrals sent to it, sent in all) for who gets CONCENTRATED_SHARE or more of CONCENTRATED_LEAST or
    more referrals. If that one person falls ill or fills up, so much has nowhere to go; the figures are our own."""
    total = sum(sent.values())
    if total < CONCENTRATED_LEAST:
        return ()
    found = [(one, count, total) for one, count in sent.items() if count >= CONCENTRATED_SHARE * total]
    return tuple(sorted(found, key=lambda row: (-row[1], row[0])))
