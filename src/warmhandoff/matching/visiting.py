"""Which positions a query looks at: the rows within the circle and the telehealth groups, each listing once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.distance import miles
from warmhandoff.matching.plan import Plan
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.spatial import CAP_MARGIN, SURE, chord_of, eye_of, runs_of

NO_PLACE = 99
"""The ring of listings whose place is not known."""
NOT_BY_TELEHEALTH = -1
"""Of these rows those that telehealth may reach are left out: they are seen in a group."""


class Visit(NamedTuple):
    """Runs of positions [low, high). `ring`: the first radius that they lie within; how many radii there are, if none.

    `rule`: NOT_BY_TELEHEALTH, or how many of the groups before this one hold listings already seen.
    """

    low: Ints
    high: Ints
    ring: Ints
    rule: Ints


def visit_of(segment: Segment, plan: Plan, radii: Sequence[float], telehealth: bool, *, sure: bool = False) -> Visit:
    """`radii` grow; none where in person is not looked at.

    sure: only options are asked for. Who cannot surely be met by telehealth is then looked at near the client alone:
    without the rows without a place, and the group of those whose licence is not known, which comes last.
    """
    none = np.zeros(0, dtype=np.int64)
    if plan.kind < 0 or not (radii or telehealth):
        return Visit(none, none, none, none)
    _, nowhere, end = segment.kind_rows[plan.kind].tolist()
    circle = circle_of(segment, plan, radii) if radii else (none, none, none)
    near = NOT_BY_TELEHEALTH if telehealth else 0
    whole = [(nowhere, end, NO_PLACE, near)] if radii and not sure else []
    parts = [(*circle, np.full(len(circle[0]), near))]
    last = len(plan.where.groups) - 1
    for number, group in enumerate(plan.where.groups if telehealth else ()):
        if group < 0 or (sure and number == last):
            continue
        if plan.telehealth and number < last:  # whom telehealth reaches it reaches from anywhere
            whole.append((*segment.groups[group, plan.kind].tolist(), 0, number))
        else:
            cut = _split(segment, group, plan.kind, circle, len(radii))
            parts.append((*cut, np.full(len(cut[0]), number)))
    if whole:
        parts.append(tuple(np.array(whole).T))
    low, high, ring, rule = map(np.concatenate, zip(*parts, strict=True)) if len(parts) > 1 else parts[0]
    some = high > low
    return Visit(low, high, ring, rule) if some.all() else Visit(low[some], high[some], ring[some], rule[some])


def circle_of(segment: Segment, plan: Plan, radii: Sequence[float]) -> tuple[Ints, Ints, Ints]:
    """The runs of rows of the plan's kind that lie within the largest radius, with their rings."""
    place = plan.need.place
    low, high = segment.kind_caps[plan.kind : plan.kind + 2].tolist()
    caps = segment.caps[:, low:high]
    square = segment.caps_squared[low:high] + 1 - 2 * (np.array(eye_of(place.lat, place.lon)) @ caps[:3])
    touched = low + (square <= (chord_of(radii[-1]) + CAP_MARGIN + caps[3]) ** 2 + SURE).nonzero()[0]
    candidates = runs_of(segment.cap_spot[touched].astype(np.int64), segment.cap_spot[touched + 1].astype(np.int64))
    ring = rings_of((place.lat, place.lon), segment, candidates, radii)
    kept = (ring < len(radii)).nonzero()[0]
    numbers, ring = candidates[kept], ring[kept]
    begins = np.ones(len(kept), dtype=np.bool_)
    begins[1:] = (numbers[1:] != numbers[:-1] + 1) | (ring[1:] != ring[:-1])
    first = begins.nonzero()[0]
    last = np.append(first[1:], len(kept))[: len(first)] - 1
    return (
        segment.spots["start"][numbers[first]].astype(np.int64),
        segment.spots["stop"][numbers[last]].astype(np.int64),
        ring[first],
    )


def _split(
    segment: Segment, group: int, kind: int, circle: tuple[Ints, Ints, Ints], beyond: int
) -> tuple[Ints, Ints, Ints]:
    """A group's positions, cut where the circle's runs of rows begin and end: its copies stand in the rows' order."""
    low, high = segment.groups[group, kind].tolist()
    rows = segment.row_of[low - len(segment) : high - len(segment)]
    lows, highs, rings = circle
    order = np.argsort(lows, kind="stable")
    edges = np.empty(2 * len(lows) + 2, dtype=np.int64)
    edges[0], edges[-1] = low, high
    # In the rows' own type: of another, all of them would be copied first.
    edges[1:-1:2] = low + np.searchsorted(rows, lows[order].astype(rows.dtype))
    edges[2:-1:2] = low + np.searchsorted(rows, highs[order].astype(rows.dtype))
    ring = np.full(len(edges) - 1, beyond, dtype=np.int64)
    ring[1::2] = rings[order]
    return edges[:-1], edges[1:], ring


def rings_of(here: tuple[float, float], segment: Segment, spots: Ints, radii: Sequence[float]) -> Ints:
    """For each of these spots the first of the (growing) radii that it lies within, exactly; else how many radii."""
    square = 2 - 2 * (np.array(eye_of(*here)) @ segment.sphere.take(spots, axis=1))
    ring = np.full(len(spots), len(radii), dtype=np.int64)
    for number in reversed(range(len(radii))):
        limit = chord_of(radii[number]) ** 2
        inside = square <= limit
        for place in (np.abs(square - limit) <= SURE + 1e-9 * limit).nonzero()[0]:
            spot = segment.spots[spots[place]]
            inside[place] = miles(*here, float(spot["lat"]), float(spot["lon"])) <= radii[number]
        ring[inside] = number
    return ring
