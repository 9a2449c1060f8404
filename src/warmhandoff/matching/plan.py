"""A need, put into the terms of one index: which bit columns each must reads, and what ranking counts."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import NamedTuple, TypeVar

import numpy as np

from warmhandoff.matching.columns import Ints, millionths
from warmhandoff.matching.segment import ALIVE, NO_COLUMN, STATIC_ORDER, Segment
from warmhandoff.matching.types import Codes, Need, Payment, Weights
from warmhandoff.matching.wishes import TIMES_ENOUGH
from warmhandoff.rules.vocab import compact_members, vocabulary

K = TypeVar("K")
T = TypeVar("T")
_KEPT = 5000
_MOST_WISHED = 30
"""With so many codes of a wish, Python puts the need into the index's terms."""
FRESH_DAYS = 2048
ALL, ANY, WAIT, BUDGET = range(4)
"""How a must is read from bits: every column; any column; open or on a list short enough; fee or sliding scale."""


class Must(NamedTuple):
    """`yes` and `unknown` are columns (ALL, ANY), or what WAIT and BUDGET read, in the order of their readers.

    WAIT: yes (open, waitlist), unknown (accepting, wait), number (first slice, slices, values within the limit; -1
    for any wait that is known). BUDGET: yes (sliding,), unknown (fee, sliding, floor), number (fee's three,
    floor's three).
    """

    common: int
    """How many positions do not fail it, at most: the rarest must is read first."""
    sure: int
    """About how many positions surely pass it: what counts where possibles are not asked for."""
    name: str
    how: int
    yes: tuple[int, ...]
    unknown: tuple[int, ...]
    number: tuple[int, ...]
    spelled: bytes
    """The same for the kernel, as its whole numbers."""


class Wish(NamedTuple):
    """A term that counts shared codes: its mask in a packed row from word `first`, and millionths for each count."""

    term: str
    first: int
    mask: tuple[int, ...]
    steps: tuple[int, ...]
    spelled: bytes


class Where(NamedTuple):
    """The columns of `place` for one state: its licence, the compacts that count there, and their groups."""

    state: int
    compacts: tuple[int, ...]
    groups: tuple[int, ...]
    spelled: bytes


class Plan(NamedTuple):
    """One need for one segment."""

    need: Need
    kind: int
    musts: Sequence[Must]
    """In the order of the contract's table."""
    wishes: Sequence[Wish]
    weights: Weights
    aging: int
    """Days since the index was made: every verification is so much older."""
    where: Where

    @property
    def in_person(self) -> bool:
        return "in_person" in self.need.formats

    @property
    def telehealth(self) -> bool:
        return "telehealth" in self.need.formats

    @property
    def radius(self) -> float | None:
        """Miles; None where in person is not acceptable."""
        return self.need.radius_miles if self.in_person else None


class _Coded(NamedTuple):
    """A must over one list of codes: its name in a need, the field of listings that it reads, and how."""

    name: str
    field: str
    how: int


_CODED = (
    _Coded("level", "levels", ALL),
    _Coded("concerns", "treats", ALL),
    _Coded("modalities_must", "modalities", ALL),
    _Coded("identities_must", "identities", ALL),
    _Coded("access", "access", ALL),
    _Coded("age_group", "age_groups", ALL),
    _Coded("participants", "participants", ALL),
    _Coded("languages", "languages", ANY),
    _Coded("times", "times", ANY),
)
_asked = attrgetter(*(coded.name for coded in _CODED))
_CODED_AT = {coded.name: place for place, coded in enumerate(_CODED)}


NUMBERS = {name: number for number, name in enumerate((*_CODED_AT, "accepting", "payment"))} | {"place": 15}
"""Which must is which, for the kernel."""


class _Wished(NamedTuple):
    """A term over one list of codes: the field of listings that it counts in, and the field of a need it counts."""

    term: str
    field: str
    name: str


_WISHED = (
    _Wished("specialism", "specialises_in", "concerns"),
    _Wished("concerns_wished", "treats", "concerns_wished"),
    _Wished("modality", "modalities", "modalities_wished"),
    _Wished("identity", "identities", "identities_wished"),
    _Wished("times", "times", "times"),
)
_TERMS = tuple(wished.term for wished in _WISHED)
WEIGHED = (*_TERMS, "distance", *STATIC_ORDER, "freshness")
"""The terms in the order in which the kernel has their weights."""
_wished = attrgetter(*(wished.name for wished in _WISHED))
_NAMES = (tuple(_CODED_AT), tuple(wished.name for wished in _WISHED), WEIGHED)


class _Memory(NamedTuple):
    """Where an index has what needs name, and what was made of it: musts and wishes come again in need after need.

    native/asking.c reads the first seven, by their places.
    """

    names: tuple[tuple[str, ...], ...]
    """The fields of `read`, those of `counted`, and the terms in the order in which the kernel has their weights."""
    kinds: Mapping[str, int]
    where: dict[str, Where]
    read: tuple[tuple[int, int, int, Mapping[str, int]], ...]
    """In the order of _CODED: number of the must, how, column of the unknown, column of each code."""
    accepting: dict[tuple[int | None, bool], Must]
    payment: dict[tuple[str | None, bool, int | None], Must]
    counted: tuple[tuple[int, int, int, Mapping[str, int], list[tuple[int, ...]]], ...]
    """In the order of _WISHED: number of the term, first word of the mask, words, each code's bit, and the millionths
    for 0, 1, ... shared, by how many are asked."""
    coded: tuple[dict[str | Codes, Must], ...]
    """In the order of _CODED."""
    wished: tuple[dict[Codes, Wish], ...]
    """In the order of _WISHED."""

    @classmethod
    def of(cls, segment: Segment) -> _Memory:
        read = tuple(
            (NUMBERS[one.name], one.how, segment.unknown(one.field), segment.columns[one.field]) for one in _CODED
        )
        counted = []
        for number, (term, field, _) in enumerate(_WISHED):
            first, places = segment.mask_at[field]
            steps = [_steps(term == "times", count) if count else () for count in range(_MOST_WISHED)]
            counted.append((number, first, _words(places), places, steps))
        return cls(_NAMES, segment.kinds, {}, read, {}, {}, tuple(counted), tuple({} for _ in _CODED),
                   tuple({} for _ in _WISHED))  # fmt: skip


def _words(places: Mapping[str, int]) -> int:
    """How many words of 32 bits hold a mask of these codes."""
    return max(1, -(-len(places) // 32))


def memory_of(segment: Segment) -> _Memory:
    found: _Memory | None = segment.scratch.get("memory")
    if found is None:
        found = segment.scratch["memory"] = _Memory.of(segment)
    return found


def kept_in(memory: dict[K, T], key: K, made: T) -> T:
    """Remember what was made for a key; all is forgotten when it is too much."""
    if len(memory) >= _KEPT:
        memory.clear()
    memory[key] = made
    return made


def packed(*numbers: int) -> bytes:
    """Whole numbers as the kernel reads them."""
    return struct.pack(f"={len(numbers)}q", *numbers)


def plan_of(segment: Segment, need: Need, weights: Weights, *, aging: int = 0) -> Plan:
    memory = memory_of(segment)
    where = memory.where.get(need.place.state) or _where(segment, memory, need.place.state)
    kind = segment.kinds.get(need.kind, -1)
    return Plan(need, kind, _musts_of(segment, memory, need), _wishes_of(segment, memory, need), weights, aging, where)


def rescored_plan(plan: Plan, segment: Segment, need: Need) -> Plan:
    """The plan of a loosened need, for ranking and `place` alone: its musts are those of the need it came from."""
    before = plan.need
    same = need.concerns is before.concerns and need.times is before.times
    wishes = plan.wishes if same else _wishes_of(segment, memory_of(segment), need)
    return Plan(need, plan.kind, plan.musts, wishes, plan.weights, plan.aging, plan.where)


@cache
def freshness_by_age() -> Ints:
    """Millionths of the freshness of each age in days; the last stands for all that are older, and is 0."""
    return np.array([millionths(math.pow(2.0, -days / 90)) for days in range(FRESH_DAYS)], dtype=np.int64)


@cache
def compacts_with(state: str) -> tuple[str, ...]:
    """The compacts that this state is a member of."""
    return tuple(code for code in vocabulary("compacts").entries if state in compact_members(code))


def _where(segment: Segment, memory: _Memory, state: str) -> Where:
    codes = [code for code in compacts_with(state) if code in segment.columns["compacts"]]
    names = [f"state:{state}", *(f"compact:{code}" for code in codes), "licence:unknown"]
    column = segment.column("licensed_states", state)
    compacts = tuple(segment.column("compacts", code) for code in codes)
    formats = [segment.column("formats", code) for code in ("telehealth", "in_person")]
    unknown = [segment.unknown(field) for field in ("formats", "licensed_states")]
    groups = tuple(segment.group_of.get(name, -1) for name in names)
    spelled = packed(len(groups), *groups, column, *formats, *unknown, len(compacts), *compacts)
    return kept_in(memory.where, state, Where(column, compacts, groups, spelled))


def _musts_of(segment: Segment, memory: _Memory, need: Need) -> list[Must]:
    """Every must the need asks, but kind, exclude and place, in the order of the contract's table."""
    found = [
        kept.get(codes) or _read(segment, kept, coded, codes)
        for codes, kept, coded in zip(_asked(need), memory.coded, _CODED, strict=True)
        if codes
    ]
    found.insert(1, _accepting(segment, memory, need))
    if need.payment.form != "any":
        found.insert(len(found) - 1 if need.times else len(found), _payment(segment, memory, need.payment))
    return found


def must_of(segment: Segment, need: Need, name: str) -> Must | None:
    """One must of this need, by its row in the contract's table; None where it asks nothing."""
    memory, place = memory_of(segment), _CODED_AT.get(name)
    if place is not None:
        codes, kept = getattr(need, name), memory.coded[place]
        return (kept.get(codes) or _read(segment, kept, _CODED[place], codes)) if codes else None
    if name == "accepting":
        return _accepting(segment, memory, need)
    return _payment(segment, memory, need.payment) if need.payment.form != "any" else None


def _read(segment: Segment, kept: dict[str | Codes, Must], coded: _Coded, asked: str | Codes) -> Must:
    columns = segment.columns[coded.field]
    yes = tuple(columns.get(code, NO_COLUMN) for code in ((asked,) if isinstance(asked, str) else asked))
    return kept_in(kept, asked, _must(segment, coded.name, coded.how, (yes, (segment.unknown(coded.field),), ())))


Reads = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _must(segment: Segment, name: str, how: int, reads: Reads) -> Must:
    yes, unknown, number = reads
    everyone = segment.rarity[ALIVE]
    counts = [segment.rarity[column] for column in yes]
    common = (min(counts) if how == ALL else sum(counts)) + sum(segment.rarity[column] for column in unknown)
    sure = min(everyone, sum(counts))
    if how == ALL:
        sure = math.floor(everyone * math.prod(count / max(1, everyone) for count in counts))
    if how == BUDGET:
        common = sure = everyone
    spelled = packed(NUMBERS[name], how, len(yes), len(unknown), len(number), *yes, *unknown, *number)
    return Must(common, sure, name, how, *reads, spelled)


def _accepting(segment: Segment, memory: _Memory, need: Need) -> Must:
    key = (need.max_wait_days, need.any_wait)
    return memory.accepting.get(key) or kept_in(memory.accepting, key, _accepting_at_most(segment, need))


def _accepting_at_most(segment: Segment, need: Need) -> Must:
    is_open, unknown = segment.column("accepting", "open"), segment.unknown("accepting")
    if need.max_wait_days is None and not need.any_wait:
        return _must(segment, "accepting", ANY, ((is_open,), (unknown,), ()))
    limit = (0, 0, -1) if need.any_wait else _number(segment, "wait_days", need.max_wait_days or 0)
    waiting = segment.column("accepting", "waitlist")
    reads = ((is_open, waiting), (unknown, segment.unknown("wait_days")), limit)
    return _must(segment, "accepting", WAIT, reads)


def _payment(segment: Segment, memory: _Memory, payment: Payment) -> Must:
    key = (payment.plan, payment.accepts_out_of_network, payment.budget)
    return memory.payment.get(key) or kept_in(memory.payment, key, _payment_by(segment, payment))


def _payment_by(segment: Segment, payment: Payment) -> Must:
    if payment.form == "plan":
        yes, unknown = [segment.column("plans", payment.plan or "")], [segment.unknown("plans")]
        if payment.accepts_out_of_network:
            yes.append(segment.column("out_of_network", "yes"))
            unknown.append(segment.unknown("out_of_network"))
        return _must(segment, "payment", ANY, (tuple(yes), tuple(unknown), ()))
    budget = payment.budget or 0
    numbers = (*_number(segment, "fee", budget), *_number(segment, "sliding_floor", budget))
    unknown = [segment.unknown(field) for field in ("fee", "sliding_scale", "sliding_floor")]
    return _must(segment, "payment", BUDGET, ((segment.column("sliding_scale", "yes"),), tuple(unknown), numbers))


def _number(segment: Segment, field: str, limit: int) -> tuple[int, int, int]:
    values = segment.values[field]
    return segment.columns["slices"][field], len(values).bit_length(), bisect_right(values, limit)


def _wishes_of(segment: Segment, memory: _Memory, need: Need) -> list[Wish]:
    return [
        kept.get(codes) or _wish(segment, kept, wished, codes)
        for codes, kept, wished in zip(_wished(need), memory.wished, _WISHED, strict=True)
        if codes
    ]


def _wish(segment: Segment, kept: dict[Codes, Wish], wished: _Wished, codes: Codes) -> Wish:
    first, places = segment.mask_at[wished.field]
    mask = sum(1 << places[code] for code in codes if code in places)
    words = tuple(mask >> 32 * word & 0xFFFFFFFF for word in range(_words(places)))
    steps = _steps(wished.term == "times", len(codes))
    spelled = packed(_TERMS.index(wished.term), first, len(words), len(steps), *words, *steps)
    return kept_in(kept, codes, Wish(wished.term, first, words, steps, spelled))


@cache
def _steps(times: bool, count: int) -> tuple[int, ...]:
    """Millionths of the term for 0, 1, ... shared codes."""
    enough = TIMES_ENOUGH if times else count
    return tuple(millionths(min(1, shared / enough)) for shared in range(count + 1))
