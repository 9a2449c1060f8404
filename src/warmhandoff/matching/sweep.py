"""The search over one index by NumPy: 64 listings a word, must by must, words that hold nobody left behind.

This driver is always there. The compiled one (`compiled.py`) answers the same questions with the same results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from warmhandoff.matching.columns import Bools, Ints, PointColumn, millionths
from warmhandoff.matching.distance import Distances
from warmhandoff.matching.plan import ALL, ANY, FRESH_DAYS, WAIT, Must, Plan, freshness_by_age
from warmhandoff.matching.segment import STATIC_ORDER, UNKNOWN_AGE, Segment, Words
from warmhandoff.matching.spatial import runs_of
from warmhandoff.matching.visiting import NO_PLACE, NOT_BY_TELEHEALTH, Visit

FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
HALF = millionths(0.5)
_AT_ONCE, _FEW = 2, 1000
"""With so few words it is quicker to look through them after every second must only."""
_WORTH_IT = 0.7
"""Only when so few words are left is it worth leaving the others behind."""
_SURE, _COMMON = attrgetter("sure"), attrgetter("common")


def places_of(some: NDArray[Any]) -> Ints:
    """Where a flat array is not zero, as `np.flatnonzero` says, at half its cost for arrays as small as these."""
    return some.nonzero()[0]


@dataclass
class Seen:
    """Some words of an index: which word, which of its positions are still in question, and their run's ring."""

    segment: Segment
    word: Ints
    mask: Words
    visit: Visit
    run: Ints

    @property
    def ring(self) -> Ints:
        return self.visit.ring.take(self.run)

    @property
    def rule(self) -> Ints:
        return self.visit.rule.take(self.run)

    @classmethod
    def of(cls, segment: Segment, visit: Visit, alive: Words) -> Seen:
        first, last = visit.low >> 6, (visit.high - 1) >> 6
        word = runs_of(first, last + 1)
        counts = last + 1 - first
        mask = alive.take(word)
        if len(word):
            ends = counts.cumsum()
            mask[ends - counts] &= FULL << (visit.low & 63).astype(np.uint64)
            mask[ends - 1] &= FULL >> (63 - ((visit.high - 1) & 63)).astype(np.uint64)
        return cls(segment, word, mask, visit, np.arange(len(counts)).repeat(counts))

    def keep(self, mask: Words) -> None:
        """Go on with the words in which somebody is left, once they are clearly fewer."""
        self.mask = mask
        left = places_of(mask)
        if len(left) < _WORTH_IT * len(mask):
            self.mask, self.word, self.run = mask.take(left), self.word.take(left), self.run.take(left)

    def elsewhere(self, plan: Plan, *, sure: bool) -> Words:
        """Who is seen elsewhere, each listing being looked at in the first of its places only; and who is excluded.

        sure: as `visit_of`, of which these words are.
        """
        found = np.zeros_like(self.mask)
        near = places_of(self.rule == NOT_BY_TELEHEALTH)
        if len(near):
            place = _Place(self.at(near), plan)
            found[near] = place.telehealth if sure else place.telehealth_may
        rule = self.rule
        for number, column in enumerate((plan.where.state, *plan.where.compacts)):
            later = places_of(rule > number)
            if len(later):
                found[later] |= self.segment.bits[column].take(self.word[later])
        for one in plan.need.exclude if len(self.word) else ():
            row = self.segment.row_with(one)
            for position in () if row is None else self.segment.positions(row, plan.where.groups):
                found[self.word == position >> 6] |= np.uint64(1 << (position & 63))
        return found

    def at(self, places: Ints) -> Seen:
        return Seen(self.segment, self.word[places], self.mask[places], self.visit, self.run[places])

    def bits(self, column: int) -> Words:
        return self.segment.bits[column].take(self.word)

    def at_most(self, number: Sequence[int]) -> Words:
        """Who has a value among the first so many of a number's values, from its bit slices."""
        first, slices, count = number
        less, equal = np.zeros_like(self.mask), np.full_like(self.mask, FULL)
        for place in reversed(range(slices)):
            bits = self.bits(first + place)
            if count >> place & 1:
                less |= equal & ~bits
                equal &= bits
            else:
                equal &= ~bits
        return less


def yes_of(seen: Seen, must: Must) -> Words:
    """Who surely passes."""
    if must.how in (ALL, ANY):
        yes = seen.bits(must.yes[0])
        for column in must.yes[1:]:
            yes = yes & seen.bits(column) if must.how == ALL else yes | seen.bits(column)
        return yes
    if must.how == WAIT:
        short = ~seen.bits(must.unknown[1]) if must.number[2] < 0 else seen.at_most(must.number)
        return seen.bits(must.yes[0]) | (seen.bits(must.yes[1]) & short)
    return seen.at_most(must.number[:3]) | (seen.bits(must.yes[0]) & seen.at_most(must.number[3:]))


def may_of(seen: Seen, must: Must) -> Words:
    """Who does not surely fail."""
    unknown = [seen.bits(column) for column in must.unknown]
    if must.how in (ALL, ANY):
        return np.bitwise_or.reduce([yes_of(seen, must), *unknown])
    if must.how == WAIT:
        return yes_of(seen, must) | unknown[0] | (seen.bits(must.yes[1]) & unknown[1])
    fee, scale, floor = unknown
    sliding, low_enough = seen.bits(must.yes[0]) | scale, seen.at_most(must.number[3:]) | floor
    return yes_of(seen, must) | fee | (sliding & low_enough)


@dataclass
class _Place:
    """The two halves of `place` for some words: telehealth where the client is, and in person within each ring."""

    seen: Seen
    plan: Plan

    def _formats(self, code: str) -> Words:
        return self.seen.bits(self.seen.segment.column("formats", code))

    def _unknown(self, field: str) -> Words:
        return self.seen.bits(self.seen.segment.unknown(field))

    @cached_property
    def here(self) -> Words:
        return self._formats("in_person")

    @cached_property
    def _licensed(self) -> Words:
        where = self.plan.where
        return np.bitwise_or.reduce([self.seen.bits(column) for column in (where.state, *where.compacts)])

    @cached_property
    def telehealth(self) -> Words:
        return self._formats("telehealth") & self._licensed

    @cached_property
    def telehealth_may(self) -> Words:
        offered = self._formats("telehealth") | self._unknown("formats")
        return offered & (self._licensed | self._unknown("licensed_states"))

    def near(self, ring: int) -> Words:
        return np.where(self.seen.ring <= ring, self.here, np.uint64(0))

    def yes(self, in_person: bool, telehealth: bool, ring: int = 0) -> Words:
        found = self.near(ring) if in_person else np.zeros_like(self.seen.mask)
        return found | self.telehealth if telehealth else found

    def may(self, in_person: bool, telehealth: bool) -> Words:
        found = np.zeros_like(self.seen.mask)
        if in_person:
            somewhere = (self.seen.ring <= 0) | (self.seen.ring == NO_PLACE)
            found = np.where(somewhere, self.here | self._unknown("formats"), found)
        return found | self.telehealth_may if telehealth else found


def rarest_first(musts: Iterable[Must], *, sure: bool = False) -> list[Must]:
    """So that most words are left behind soon; the order changes nothing else. sure: by who surely passes."""
    return sorted(musts, key=_SURE if sure else _COMMON)


@dataclass(frozen=True)
class Found:
    """Listings found: where they stand, their rows, and whether in person is surely possible, and telehealth."""

    positions: Ints
    rows: Ints
    here: Bools
    telehealth: Bools

    def at(self, places: Ints) -> Found:
        return Found(self.positions[places], self.rows[places], self.here[places], self.telehealth[places])


def found_in(seen: Seen, mask: Words, plan: Plan, *, ring: int = 0) -> Found:
    """The listings of a mask over the words seen. In person counts within the ring."""
    some = places_of(mask)
    held = np.unpackbits(mask[some].astype("<u8").view(np.uint8), bitorder="little").reshape(-1, 64)
    place, bit = np.nonzero(held)
    there = some[place]
    positions = (seen.word[there] << 6) + bit
    halves = _Place(seen.at(some), plan)
    shift = bit.astype(np.uint64)
    here = (halves.near(ring)[place] >> shift & np.uint64(1)).astype(np.bool_)
    telehealth = (halves.telehealth[place] >> shift & np.uint64(1)).astype(np.bool_)
    size = len(seen.segment)
    rows = positions.copy()
    copies = places_of(positions >= size)
    rows[copies] = seen.segment.row_of[positions[copies] - size]
    return Found(positions, rows, here, telehealth)


def points_of(segment: Segment, plan: Plan, found: Found) -> Ints:
    """The integer sum of weight x millionths of each listing found."""
    rows = segment.rows[found.rows]
    weights = plan.weights
    total: Ints = rows["static"].astype(np.int64) @ np.array([weights[term] for term in STATIC_ORDER], dtype=np.int64)
    if weights["freshness"]:
        age = rows["age"].astype(np.int64)
        fresh = freshness_by_age()[np.minimum(age + plan.aging, FRESH_DAYS - 1)]
        total += weights["freshness"] * np.where(age == UNKNOWN_AGE, 0, fresh)
    masks = rows["mask"]
    for wish in plan.wishes:
        shared = np.zeros(len(rows), dtype=np.int64)
        for place, word in enumerate(wish.mask):
            if word:
                shared += np.bitwise_count(masks[:, wish.first + place] & np.uint32(word))
        total += weights[wish.term] * np.array(wish.steps, dtype=np.int64)[shared]
    if plan.in_person:
        total += weights["distance"] * _nearness(segment, plan, found, rows["spot"])
    return total


def _nearness(segment: Segment, plan: Plan, found: Found, spot: NDArray[np.int32]) -> Ints:
    reached = np.where(found.telehealth & plan.telehealth, HALF, 0).astype(np.int64)
    here = places_of(found.here)
    here = here[spot[here] >= 0]
    if plan.radius is not None and len(here):
        spots, back = np.unique(spot[here], return_inverse=True)
        points = PointColumn(np.ones(len(spots), np.bool_), segment.spots["lat"][spots], segment.spots["lon"][spots])
        place = plan.need.place
        # Beyond the radius, where only those are looked at whom telehealth reaches, it is less than HALF.
        near = Distances(place.lat, place.lon, points).nearness(np.arange(len(spots)), plan.radius)
        reached[here] = np.maximum(reached[here], near[back])
    return reached


def best_of(segment: Segment, rows: Ints, points: Ints, k: int) -> Ints:
    """Places within `rows` of the best `k`: most points, shorter known wait, smaller id."""
    pool = np.arange(len(rows))
    if len(pool) > k:
        pool = pool[points >= np.partition(points, len(points) - k)[len(points) - k]]
    packed = segment.rows[rows[pool]]
    return pool[np.lexsort((packed["id"], packed["wait"], -points[pool]))][:k]


class Best(NamedTuple):
    """The best of one index, best first: row, id, points and unknown musts; and how many there are in all."""

    total: int
    rows: list[int]
    ids: list[int]
    points: list[int]
    unknown: list[int]


def _best(segment: Segment, plan: Plan, found: Found, k: int, total: int, unknown: int = 0) -> Best:
    points = points_of(segment, plan, found)
    chosen = best_of(segment, found.rows, points, k)
    rows = found.rows[chosen]
    ids: list[int] = segment.rows["id"][rows].tolist()
    return Best(total, rows.tolist(), ids, points[chosen].tolist(), [unknown] * len(chosen))


def best_options(segment: Segment, plan: Plan, visit: Visit, alive: Words, k: int) -> Best:
    """The exact best k options, and how many there are."""
    seen = _passing(segment, plan, visit, alive)
    if not len(seen.word):
        return Best(0, [], [], [], [])
    return _best(segment, plan, found_in(seen, seen.mask, plan), k, _count(seen.mask))


def options_and_possibles(segment: Segment, plan: Plan, visit: Visit, alive: Words, k: int) -> tuple[Best, Best]:
    """The exact best k options, and the best k possibles: fewest unknown musts first, then as options."""
    seen = Seen.of(segment, visit, alive)
    musts = rarest_first(plan.musts)
    for must in musts:
        seen.keep(seen.mask & may_of(seen, must))
    seen.keep(seen.mask & _Place(seen, plan).may(plan.in_person, plan.telehealth))
    seen.keep(seen.mask & ~seen.elsewhere(plan, sure=False))
    open_to = [_Place(seen, plan).yes(plan.in_person, plan.telehealth), *(yes_of(seen, must) for must in musts)]
    passing = np.bitwise_and.reduce([seen.mask, *open_to])
    options = _best(segment, plan, found_in(seen, passing, plan), k, _count(passing))
    return options, _possibles(seen, seen.mask & ~passing, open_to, (plan, k))


def _possibles(seen: Seen, mask: Words, yes: Sequence[Words], asked: tuple[Plan, int]) -> Best:
    plan, k = asked
    total, best = _count(mask), Best(_count(mask), [], [], [], [])
    planes = [np.zeros_like(mask) for _ in range(4)]  # how many musts are unknown, as bits: there are fewer than 16
    for answer in yes:
        carry = ~answer
        for place, plane in enumerate(planes):
            planes[place], carry = plane ^ carry, plane & carry
    for unknown in range(1, len(yes) + 1):
        level = mask.copy()
        for place, plane in enumerate(planes):
            level &= plane if unknown >> place & 1 else ~plane
        wanted = k - len(best.rows)
        if wanted <= 0:
            break
        if level.any():
            more = _best(seen.segment, plan, found_in(seen, level, plan), wanted, total, unknown)
            best = Best(
                total, best.rows + more.rows, best.ids + more.ids, best.points + more.points,
                best.unknown + more.unknown,
            )  # fmt: skip
    return best


def _count(mask: Words) -> int:
    return int(np.bitwise_count(mask).sum())


def _passing(segment: Segment, plan: Plan, visit: Visit, alive: Words) -> Seen:
    seen = Seen.of(segment, visit, alive)
    for number, must in enumerate(rarest_first(plan.musts, sure=True)):
        mask = seen.mask & yes_of(seen, must)
        if number % _AT_ONCE and len(mask) < _FEW:
            seen.mask = mask
            continue
        seen.keep(mask)
        if not len(seen.word):
            return seen
    seen.keep(seen.mask & _Place(seen, plan).yes(plan.in_person, plan.telehealth))
    seen.keep(seen.mask & ~seen.elsewhere(plan, sure=True))
    return seen


def all_options(segment: Segment, plan: Plan, visit: Visit, alive: Words) -> tuple[Ints, Ints]:
    """Every option's row and points, in the rows' order."""
    seen = _passing(segment, plan, visit, alive)
    found = found_in(seen, seen.mask, plan)
    order = np.argsort(found.rows, kind="stable")
    return found.rows[order], points_of(segment, plan, found)[order]


class Change(NamedTuple):
    """One loosening for one index: the must it touches, how that is then read (None: not at all, or `place`), and its
    whole plan. `term` is the wish that changes with it; `rescored`: whether points do."""

    row: str
    must: Must | None
    plan: Plan
    ring: int
    rescored: bool
    term: str | None


def relaxed(
    segment: Segment, plan: Plan, changes: Sequence[Change], visit: Visit, alive: Words
) -> list[tuple[int, int, int]]:
    """For each change how many options there then are, and the first one's row and points (-1 where there is none)."""
    seen = Seen.of(segment, visit, alive)
    failing = _Failing.of(seen, plan)
    seen, base = failing.seen, failing.seen.mask & ~failing.once
    options = found_in(seen, base, plan)
    points = points_of(segment, plan, options)
    first = best_of(segment, options.rows, points, 1)
    answers = []
    for change in changes:
        extra = found_in(seen, failing.opened_by(change), change.plan, ring=change.ring)
        pool, worth = extra, points_of(segment, change.plan, extra)
        if change.rescored:
            again = found_in(seen, base, change.plan, ring=change.ring)
            pool = _joined(extra, again)
            worth = np.concatenate([worth, points_of(segment, change.plan, again)])
        elif len(first):
            pool, worth = _joined(extra, options.at(first)), np.concatenate([worth, points[first]])
        total = len(extra.rows) + len(options.rows)
        best = best_of(segment, pool.rows, worth, 1)
        answers.append((total, *((int(pool.rows[best[0]]), int(worth[best[0]])) if len(best) else (-1, 0))))
    return answers


def _joined(one: Found, other: Found) -> Found:
    return Found(*(np.concatenate(pair) for pair in zip(vars(one).values(), vars(other).values(), strict=True)))


@dataclass
class _Failing:
    """The words in which somebody misses at most one must, and who misses which."""

    seen: Seen
    plan: Plan
    once: Words
    missed: dict[str, Words]

    @classmethod
    def of(cls, seen: Seen, plan: Plan) -> _Failing:
        missed: dict[str, Words] = {}
        once = np.zeros_like(seen.mask)
        for must in (None, *rarest_first(plan.musts, sure=True)):
            yes = _Place(seen, plan).yes(plan.in_person, plan.telehealth) if must is None else yes_of(seen, must)
            seen.mask &= ~(once & ~yes)
            once = (once | ~yes) & seen.mask
            missed["place" if must is None else must.name] = ~yes
            left = places_of(seen.mask)
            if len(left) < _WORTH_IT * len(seen.mask):
                seen, once = seen.at(left), once[left]
                missed = {name: words[left] for name, words in missed.items()}
        seen.mask &= ~seen.elsewhere(plan, sure=True)
        return cls(seen, plan, once & seen.mask, missed)

    def opened_by(self, change: Change) -> Words:
        """Who misses this must alone, and would not miss it changed."""
        alone = self.once & self.missed.get(change.row, np.uint64(0))
        seen = self.seen
        if change.row == "place":
            plan = change.plan
            return alone & _Place(seen, plan).yes(plan.in_person, plan.telehealth, change.ring)
        return alone if change.must is None else alone & yes_of(seen, change.must)
