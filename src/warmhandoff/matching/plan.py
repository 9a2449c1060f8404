"""A need, put into the terms of one index: which bit columns each must reads, and what ranking counts."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Hashable, Iterator
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np

from warmhandoff.matching.columns import Ints, millionths
from warmhandoff.matching.segment import NO_COLUMN, Segment
from warmhandoff.matching.types import Need, Payment, Weights
from warmhandoff.matching.wishes import TIMES_ENOUGH
from warmhandoff.rules.vocab import compact_members, vocabulary

T = TypeVar("T")
_KEPT = 5000
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
    weight: int
    first: int
    mask: tuple[int, ...]
    steps: tuple[int, ...]
    spelled: bytes


class Where(NamedTuple):
    """The columns of `place` for one state: its licence, the compacts that count there, and their groups."""

    state: int
    compacts: tuple[int, ...]
    groups: tuple[int, ...]
    visited: bytes
    """The groups for the kernel."""
    spelled: bytes
    """The columns for the kernel."""


class Plan(NamedTuple):
    """One need for one segment. `radius` is None where in person is not acceptable."""

    need: Need
    kind: int
    musts: tuple[Must, ...]
    wishes: tuple[Wish, ...]
    static: tuple[int, int, int]
    freshness: int
    aging: int
    """Days since the index was made: every verification is so much older."""
    distance: int | None
    radius: float | None
    telehealth: bool
    where: Where

    @property
    def in_person(self) -> bool:
        return self.radius is not None


def packed(*numbers: int) -> bytes:
    """Whole numbers as the kernel reads them."""
    return struct.pack(f"={len(numbers)}q", *numbers)


def plan_of(segment: Segment, need: Need, weights: Weights, *, aging: int = 0) -> Plan:
    in_person = "in_person" in need.formats
    return Plan(
        need,
        segment.kinds.get(need.kind, -1),
        tuple(musts_of(segment, need)),
        tuple(_wishes(segment, need, weights)),
        (weights["wait"], weights["trust"], weights["responsiveness"]),
        weights["freshness"],
        aging,
        weights["distance"] if in_person else None,
        need.radius_miles if in_person else None,
        "telehealth" in need.formats,
        _where(segment, need.place.state),
    )


def rescored_plan(plan: Plan, segment: Segment, need: Need, weights: Weights) -> Plan:
    """The plan of a loosened need, for ranking and `place` alone: its musts are those of the need it came from."""
    before, in_person = plan.need, "in_person" in need.formats
    same = need.concerns is before.concerns and need.times is before.times
    return Plan(
        need, plan.kind, plan.musts, plan.wishes if same else tuple(_wishes(segment, need, weights)), plan.static,
        plan.freshness, plan.aging, weights["distance"] if in_person else None,
        need.radius_miles if in_person else None, "telehealth" in need.formats, plan.where,
    )  # fmt: skip


@cache
def freshness_by_age() -> Ints:
    """Millionths of the freshness of each age in days; the last stands for all that are older, and is 0."""
    return np.array([millionths(math.pow(2.0, -days / 90)) for days in range(FRESH_DAYS)], dtype=np.int64)


@cache
def compacts_with(state: str) -> tuple[str, ...]:
    """The compacts that this state is a member of."""
    return tuple(code for code in vocabulary("compacts").entries if state in compact_members(code))


def _kept(segment: Segment, key: Hashable, made: T) -> T:
    """Musts and wishes are few, and come again in need after need."""
    if len(segment.plans) >= _KEPT:
        segment.plans.clear()
    segment.plans[key] = made
    return made


def _where(segment: Segment, state: str) -> Where:
    found: Where | None = segment.plans.get(("place", state))
    if found is not None:
        return found
    codes = [code for code in compacts_with(state) if code in segment.columns["compacts"]]
    names = [f"state:{state}", *(f"compact:{code}" for code in codes), "licence:unknown"]
    column = segment.column("licensed_states", state)
    compacts = tuple(segment.column("compacts", code) for code in codes)
    formats = [segment.column("formats", code) for code in ("telehealth", "in_person")]
    unknown = [segment.unknown(field) for field in ("formats", "licensed_states")]
    spelled = packed(column, *formats, *unknown, len(compacts), *compacts)
    groups = tuple(segment.group_of.get(name, -1) for name in names)
    return _kept(segment, ("place", state), Where(column, compacts, groups, packed(len(groups), *groups), spelled))


_CODED = (
    ("concerns", "treats", ALL),
    ("modalities_must", "modalities", ALL),
    ("identities_must", "identities", ALL),
    ("access", "access", ALL),
    ("age_group", "age_groups", ALL),
    ("participants", "participants", ALL),
    ("languages", "languages", ANY),
)


_HOW = {name: (field, how) for name, field, how in (*_CODED, ("times", "times", ANY))}


def musts_of(segment: Segment, need: Need) -> Iterator[Must]:
    """Every must the need asks, but kind, exclude and place, in the order of the contract's table."""
    kept, payment = segment.plans, need.payment
    yield kept.get(("level", need.level)) or _coded(segment, "level", "levels", ALL, need.level)
    key = ("accepting", need.max_wait_days, need.any_wait)
    yield kept.get(key) or _kept(segment, key, _accepting(segment, need))
    for name, field, how in _CODED:
        codes = getattr(need, name)
        if codes:
            yield kept.get((name, codes)) or _coded(segment, name, field, how, codes)
    if payment.form != "any":
        way = (payment.plan, payment.accepts_out_of_network, payment.budget)
        yield kept.get(way) or _kept(segment, way, _payment(segment, payment))
    if need.times:
        yield kept.get(("times", need.times)) or _coded(segment, "times", "times", ANY, need.times)


def must_of(segment: Segment, need: Need, name: str) -> Must | None:
    """One must of this need, by its row in the contract's table; None where it asks nothing."""
    if name in _HOW:
        codes = getattr(need, name)
        return (segment.plans.get((name, codes)) or _coded(segment, name, *_HOW[name], codes)) if codes else None
    if name == "accepting":
        return _accepting(segment, need)
    return _payment(segment, need.payment) if need.payment.form != "any" else None


def _coded(segment: Segment, name: str, field: str, how: int, asked: str | tuple[str, ...]) -> Must:
    columns = segment.columns[field]
    yes = tuple(columns.get(code, NO_COLUMN) for code in ((asked,) if isinstance(asked, str) else asked))
    return _kept(segment, (name, asked), _must(segment, name, how, (yes, (segment.unknown(field),), ())))


Reads = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _must(segment: Segment, name: str, how: int, reads: Reads) -> Must:
    yes, unknown, number = reads
    counts = [segment.rarity[column] for column in yes]
    common = (min(counts) if how == ALL else sum(counts)) + sum(segment.rarity[column] for column in unknown)
    if how == BUDGET:
        common = len(segment.rows)
    spelled = packed(how, len(yes), len(unknown), len(number), *yes, *unknown, *number)
    return Must(common, name, how, *reads, spelled)


def _accepting(segment: Segment, need: Need) -> Must:
    is_open, unknown = segment.column("accepting", "open"), segment.unknown("accepting")
    if need.max_wait_days is None and not need.any_wait:
        return _must(segment, "accepting", ANY, ((is_open,), (unknown,), ()))
    limit = (0, 0, -1) if need.any_wait else _number(segment, "wait_days", need.max_wait_days or 0)
    waiting = segment.column("accepting", "waitlist")
    reads = ((is_open, waiting), (unknown, segment.unknown("wait_days")), limit)
    return _must(segment, "accepting", WAIT, reads)


def _payment(segment: Segment, payment: Payment) -> Must:
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


_WISHED = (
    ("specialism", "specialises_in", "concerns"),
    ("concerns_wished", "treats", "concerns_wished"),
    ("modality", "modalities", "modalities_wished"),
    ("identity", "identities", "identities_wished"),
    ("times", "times", "times"),
)


def _wishes(segment: Segment, need: Need, weights: Weights) -> Iterator[Wish]:
    for term, field, asked in _WISHED:
        codes = getattr(need, asked)
        if codes:
            weight = weights[term]
            yield segment.plans.get((field, weight, codes)) or _wish(segment, (term, weight), field, codes)


def _wish(segment: Segment, weighing: tuple[str, int], field: str, codes: tuple[str, ...]) -> Wish:
    (term, weight), (first, places) = weighing, segment.mask_at[field]
    mask = sum(1 << places[code] for code in codes if code in places)
    words = tuple(mask >> shift & 0xFFFFFFFF for shift in range(0, max(1, len(places)), 32))
    steps = _steps(term == "times", len(codes))
    made = Wish(term, weight, first, words, steps, packed(weight, first, len(words), len(steps), *words, *steps))
    return _kept(segment, (field, weight, codes), made)


@cache
def _steps(times: bool, count: int) -> tuple[int, ...]:
    """Millionths of the term for 0, 1, ... shared codes."""
    enough = TIMES_ENOUGH if times else count
    return tuple(millionths(min(1, shared / enough)) for shared in range(count + 1))
