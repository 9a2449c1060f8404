"""A need, put into the terms of one index: which bit columns each must reads, and what ranking counts."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from warmhandoff.matching.columns import Ints, millionths
from warmhandoff.matching.segment import NO_COLUMN, Segment
from warmhandoff.matching.types import Need, Weights
from warmhandoff.matching.wishes import TIMES_ENOUGH, applying
from warmhandoff.rules.vocab import compact_members, vocabulary

FRESH_DAYS = 2048
ALL, ANY, WAIT, BUDGET = range(4)
"""How a must is read from bits: every column; any column; open or on a list short enough; fee or sliding scale."""


class Must(NamedTuple):
    """`yes` and `unknown` are columns (ALL, ANY), or what WAIT and BUDGET read, in the order of their readers.

    WAIT: yes (open, waitlist), unknown (accepting, wait), number (first slice, slices, values within the limit; -1
    for any wait that is known). BUDGET: yes (sliding,), unknown (fee, sliding, floor), number (fee's three, floor's three).
    """

    name: str
    how: int
    yes: tuple[int, ...]
    unknown: tuple[int, ...]
    number: tuple[int, ...] = ()


class Wish(NamedTuple):
    """A term that counts shared codes: its mask in a packed row from word `first`, and millionths for each count."""

    term: str
    weight: int
    first: int
    mask: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
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
    state: int
    compacts: tuple[int, ...]
    groups: tuple[int, ...]

    @property
    def in_person(self) -> bool:
        return self.radius is not None


def plan_of(segment: Segment, need: Need, weights: Weights, *, aging: int = 0) -> Plan:
    compacts = [code for code in compacts_with(need.place.state) if code in segment.columns["compacts"]]
    terms = applying(need)
    groups = [f"state:{need.place.state}", *(f"compact:{code}" for code in compacts), "licence:unknown"]
    return Plan(
        need=need,
        kind=segment.kinds.get(need.kind, -1),
        musts=tuple(musts_of(segment, need)),
        wishes=tuple(_wishes(segment, need, weights)),
        static=(weights["wait"], weights["trust"], weights["responsiveness"]),
        freshness=weights["freshness"],
        aging=aging,
        distance=weights["distance"] if "distance" in terms else None,
        radius=need.radius_miles if "in_person" in need.formats else None,
        telehealth="telehealth" in need.formats,
        state=segment.column("licensed_states", need.place.state),
        compacts=tuple(segment.column("compacts", code) for code in compacts),
        groups=tuple(segment.group_of.get(name, -1) for name in groups),
    )


@cache
def freshness_by_age() -> Ints:
    """Millionths of the freshness of each age in days; the last stands for all that are older, and is 0."""
    return np.array([millionths(math.pow(2.0, -days / 90)) for days in range(FRESH_DAYS)], dtype=np.int64)


@cache
def compacts_with(state: str) -> tuple[str, ...]:
    """The compacts that this state is a member of."""
    return tuple(code for code in vocabulary("compacts").entries if state in compact_members(code))


def musts_of(segment: Segment, need: Need) -> Iterator[Must]:
    """Every must the need asks, but kind, exclude and place, in the order of the contract's table."""
    yield _coded(segment, "level", "levels", ALL, (need.level,))
    yield accepting_of(segment, need)
    for name, field, how, codes in (
        ("concerns", "treats", ALL, need.concerns),
        ("modalities_must", "modalities", ALL, need.modalities_must),
        ("identities_must", "identities", ALL, need.identities_must),
        ("access", "access", ALL, need.access),
        ("age_group", "age_groups", ALL, (need.age_group,) if need.age_group else ()),
        ("participants", "participants", ALL, (need.participants,) if need.participants else ()),
        ("languages", "languages", ANY, need.languages),
    ):
        if codes:
            yield _coded(segment, name, field, how, codes)
    if need.payment.form != "any":
        yield payment_of(segment, need)
    if need.times:
        yield _coded(segment, "times", "times", ANY, need.times)


def must_of(segment: Segment, need: Need, name: str) -> Must | None:
    """One must of this need; None where it asks nothing."""
    return next((must for must in musts_of(segment, need) if must.name == name), None)


def _coded(segment: Segment, name: str, field: str, how: int, codes: Sequence[str]) -> Must:
    columns = segment.columns[field]
    return Must(name, how, tuple(columns.get(code, NO_COLUMN) for code in codes), (segment.unknown(field),))


def accepting_of(segment: Segment, need: Need) -> Must:
    is_open, unknown = segment.column("accepting", "open"), segment.unknown("accepting")
    if need.max_wait_days is None and not need.any_wait:
        return Must("accepting", ANY, (is_open,), (unknown,))
    limit = (0, 0, -1) if need.any_wait else _number(segment, "wait_days", need.max_wait_days or 0)
    waiting = segment.column("accepting", "waitlist")
    return Must("accepting", WAIT, (is_open, waiting), (unknown, segment.unknown("wait_days")), limit)


def payment_of(segment: Segment, need: Need) -> Must:
    payment = need.payment
    if payment.form == "plan":
        yes, unknown = [segment.column("plans", payment.plan or "")], [segment.unknown("plans")]
        if payment.accepts_out_of_network:
            yes.append(segment.column("out_of_network", "yes"))
            unknown.append(segment.unknown("out_of_network"))
        return Must("payment", ANY, tuple(yes), tuple(unknown))
    budget = payment.budget or 0
    numbers = (*_number(segment, "fee", budget), *_number(segment, "sliding_floor", budget))
    unknown = [segment.unknown(field) for field in ("fee", "sliding_scale", "sliding_floor")]
    return Must("payment", BUDGET, (segment.column("sliding_scale", "yes"),), tuple(unknown), numbers)


def _number(segment: Segment, field: str, limit: int) -> tuple[int, int, int]:
    values = segment.values[field]
    return segment.columns["slices"][field], len(values).bit_length(), bisect_right(values, limit)


def _wishes(segment: Segment, need: Need, weights: Weights) -> Iterator[Wish]:
    for term, field, codes in (
        ("specialism", "specialises_in", need.concerns),
        ("concerns_wished", "treats", need.concerns_wished),
        ("modality", "modalities", need.modalities_wished),
        ("identity", "identities", need.identities_wished),
        ("times", "times", need.times),
    ):
        if codes:
            first, places = segment.mask_at[field]
            mask = sum(1 << places[code] for code in codes if code in places)
            words = tuple(mask >> shift & 0xFFFFFFFF for shift in range(0, max(1, len(places)), 32))
            yield Wish(term, weights[term], first, words, _steps(term == "times", len(codes)))


@cache
def _steps(times: bool, count: int) -> tuple[int, ...]:
    """Millionths of the term for 0, 1, ... shared codes."""
    enough = TIMES_ENOUGH if times else count
    return tuple(millionths(min(1, shared / enough)) for shared in range(count + 1))
