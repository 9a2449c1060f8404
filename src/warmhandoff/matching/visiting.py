"""Which positions a query looks at: the rows within the circle and the telehealth groups, each listing once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from warmhandoff.matching.columns import Ints
from warmhandoff.matching.plan import Plan
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.spatial import CAP_MARGIN, chord_of, eye_of, rings_of, runs_of, squares_from

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


def visit_of(segment: Segment, plan: Plan, radii: Sequence[float], telehealth: bool) -> Visit:
    """`radii` grow; none where in person is not looked at."""
    none = np.zeros(0, dtype=np.int64)
    if plan.kind < 0 or not (radii or telehealth):
        return Visit(none, none, none, none)
    parts: list[tuple[Ints, Ints, Ints, int]] = []
    first, nowhere, end = segment.kind_rows[plan.kind].tolist()
    circle = circle_of(segment, plan, radii) if radii else (none, none, none)
    if radii:
        rule = NOT_BY_TELEHEALTH if telehealth else 0
        parts.append((*circle, rule))
        parts.append((np.array([nowhere]), np.array([end]), np.array([NO_PLACE]), rule))
    if telehealth:
        parts += [
            (*_split(segment, group, plan.kind, circle, len(radii)), number)
            for number, group in enumerate(plan.where.groups)
            if group >= 0
        ]
    low, high, ring = (np.concatenate([part[place] for part in parts]) for place in range(3))
    rules = np.repeat([part[3] for part in parts], [len(part[0]) for part in parts])
    some = high > low
    return Visit(low[some], high[some], ring[some], rules[some])


def circle_of(segment: Segment, plan: Plan, radii: Sequence[float]) -> tuple[Ints, Ints, Ints]:
    """The runs of rows of the plan's kind that lie within the largest radius, with their rings."""
    place = plan.need.place
    low, high = segment.kind_caps[plan.kind : plan.kind + 2].tolist()
    x, y, z, reach = segment.caps[:, low:high]
    square = squares_from(eye_of(place.lat, place.lon), x, y, z)
    touched = low + (np.sqrt(square) <= chord_of(radii[-1]) + reach + CAP_MARGIN).nonzero()[0]
    candidates = runs_of(segment.cap_spot[touched].astype(np.int64), segment.cap_spot[touched + 1].astype(np.int64))
    spots, sphere = segment.spots[candidates], segment.sphere[:, candidates]
    ring = rings_of((place.lat, place.lon), spots, sphere, radii)
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
