"""Relaxations: the same need with exactly one thing changed, each counted exactly."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from warmhandoff.matching import compiled
from warmhandoff.matching.answer import Relaxation
from warmhandoff.matching.compiled import Spelled
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.musts import CODE_MUSTS
from warmhandoff.matching.plan import kept_in, must_of, rescored_plan
from warmhandoff.matching.sweep import Change
from warmhandoff.matching.types import INT64_MAX, Need, Payment


class Loosening(NamedTuple):
    """One change. `field` is what the need calls it, `row` the must of the table that it touches."""

    field: str
    row: str
    change: str
    need: Need


def _without_a_code(name: str, need: Need) -> Iterator[Loosening]:
    codes: tuple[str, ...] = getattr(need, name)
    for code in codes:
        fewer = tuple(other for other in codes if other != code)
        yield Loosening(name, name, f"drop:{code}", _with(need, name, fewer))


def _without(name: str, need: Need) -> Iterator[Loosening]:
    asked = getattr(need, name)
    if asked:
        yield Loosening(name, name, "drop", _with(need, name, () if isinstance(asked, tuple) else None))


def _with(need: Need, name: str, value: object) -> Need:
    """The need with one field changed. Many times quicker than `replace`, which goes through all twenty fields."""
    other = object.__new__(Need)
    other.__dict__.update(need.__dict__)
    other.__dict__[name] = value
    return other


def _payments(need: Need) -> Iterator[Loosening]:
    payment = need.payment
    changed = []
    if payment.form == "plan" and not payment.accepts_out_of_network:
        changed.append(("out_of_network", replace(payment, accepts_out_of_network=True)))
    if payment.form == "budget" and payment.budget is not None:
        for change, percent in (("+25%", 125), ("+50%", 150)):
            budget = min(payment.budget * percent // 100, INT64_MAX)
            changed.append((change, replace(payment, budget=budget)))
    if payment.form != "any":
        changed.append(("drop", Payment(form="any")))
    for change, other in changed:
        yield Loosening("payment", "payment", change, _with(need, "payment", other))


def _radii(need: Need) -> Iterator[Loosening]:
    if "in_person" in need.formats and need.radius_miles is not None:
        for times in (2, 4):
            wider = _with(need, "radius_miles", need.radius_miles * times)
            yield Loosening("radius_miles", "place", f"x{times}", wider)


def _formats(need: Need) -> Iterator[Loosening]:
    for added in ("telehealth", "in_person"):
        if added in need.formats or (added == "in_person" and need.radius_miles is None):
            continue
        yield Loosening("formats", "place", f"add:{added}", _with(need, "formats", (*need.formats, added)))


_TERMS = {"concerns": "specialism", "times": "times"}
"""Loosenings that change a wish as well."""
RESCORED = ("concerns", "times", "radius_miles", "formats")
"""Loosenings that change what a listing's points are, and not only who is an option."""


def _waiting(need: Need) -> Iterator[Loosening]:
    yield Loosening("accepting", "accepting", "waitlist", _with(need, "any_wait", True))


class _Sort(NamedTuple):
    """Loosenings of one sort: what of a need they depend on, and they."""

    depends: Callable[[Need], Hashable]
    made: Callable[[Need], Iterable[Loosening]]


_SORTS = (
    *(_Sort(attrgetter(name), partial(_without_a_code, name)) for name in CODE_MUSTS),
    *(_Sort(attrgetter(name), partial(_without, name)) for name in ("age_group", "participants", "languages", "times")),
    _Sort(attrgetter("payment.plan", "payment.accepts_out_of_network", "payment.budget"), _payments),
    _Sort(attrgetter("formats", "radius_miles"), _radii),
    _Sort(attrgetter("formats", "radius_miles"), _formats),
    _Sort(attrgetter("any_wait"), _waiting),
)


def loosenings(need: Need) -> tuple[Loosening, ...]:
    """Every single change that concerns something this need asks for, in the contract's order."""
    return tuple(chain.from_iterable(sort.made(need) for sort in _SORTS))


def relaxed(asked: Sequence[Asked]) -> tuple[Relaxation, ...]:
    """Each loosening with its exact total and the first option of the changed need."""
    found = [totals(one) for one in asked]
    answers = []
    for number, loosening in enumerate(loosenings(asked[0].need)):
        total, firsts = 0, []
        for one, part in zip(asked, found, strict=True):
            count, row, points = part[number]
            total += count
            if row >= 0:
                firsts.append(one.part.key(row, points))
        best = min(firsts)[-1] if firsts else None
        answers.append(Relaxation(loosening.field, loosening.change, total, best))
    return tuple(answers)


def totals(asked: Asked) -> list[tuple[int, int, int]]:
    """For each loosening, in order: how many options there then are in this part, the first one's row and points."""

    def changes() -> list[Change]:
        return [_change(asked, one) for one in loosenings(asked.need)]

    return asked.relaxed(_spelled(asked), changes, radii_of(asked.need))


def radii_of(need: Need) -> tuple[float, ...]:
    """The circles that any loosening looks at: the need's own first."""
    if need.radius_miles is None:
        return ()
    radius = need.radius_miles
    return (radius, radius * 2, radius * 4) if "in_person" in need.formats else (radius,)


def _change(asked: Asked, loosening: Loosening) -> Change:
    segment = asked.part.segment
    must = None if loosening.row == "place" else must_of(segment, loosening.need, loosening.row)
    rescored = loosening.field in RESCORED
    plan = rescored_plan(asked.plan, segment, loosening.need) if rescored else asked.plan
    ring = {"x2": 1, "x4": 2}.get(loosening.change, 0)
    return Change(loosening.row, must, plan, ring, rescored, _TERMS.get(loosening.field))


def _spelled(asked: Asked) -> Spelled:
    """All loosenings of a need for the kernel; each sort is spelled once for what it depends on."""
    need, segment = asked.need, asked.part.segment
    memory = segment.scratch.get("loosened")
    if memory is None:
        memory = segment.scratch["loosened"] = tuple({} for _ in _SORTS)
    parts = []
    for sort, kept in zip(_SORTS, memory, strict=True):
        key = sort.depends(need)
        parts.append(kept.get(key) or kept_in(kept, key, _sort_spelled(asked, sort)))
    return Spelled(sum(part.number for part in parts), b"".join([part.said for part in parts]))


def _sort_spelled(asked: Asked, sort: _Sort) -> Spelled:
    made = sort.made(asked.need)
    said = [compiled.spelled_change(_change(asked, one), one.field == "formats") for one in made]
    return Spelled(len(said), b"".join(said))
