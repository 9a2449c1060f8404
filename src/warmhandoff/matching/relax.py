"""Relaxations: the same need with exactly one thing changed, each counted exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from warmhandoff.matching.answer import Relaxation
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.musts import CODE_MUSTS
from warmhandoff.matching.plan import must_of, rescored_plan
from warmhandoff.matching.sweep import Change
from warmhandoff.matching.types import INT64_MAX, Need, Payment


class Loosening(NamedTuple):
    """One change. `field` is what the need calls it, `row` the must of the table that it touches."""

    field: str
    row: str
    change: str
    need: Need


def loosenings(need: Need) -> tuple[Loosening, ...]:
    """Every single change that concerns something this need asks for, in the contract's order."""
    return (
        *_without_a_code(need),
        *_without(need),
        *_payments(need),
        *_radii(need),
        *_formats(need),
        Loosening("accepting", "accepting", "waitlist", _with(need, "any_wait", True)),
    )


def _without_a_code(need: Need) -> Iterator[Loosening]:
    for name in CODE_MUSTS:
        codes: tuple[str, ...] = getattr(need, name)
        for code in codes:
            fewer = tuple(other for other in codes if other != code)
            yield Loosening(name, name, f"drop:{code}", _with(need, name, fewer))


def _without(need: Need) -> Iterator[Loosening]:
    for name in ("age_group", "participants", "languages", "times"):
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


def relaxed(asked: Sequence[Asked]) -> tuple[Relaxation, ...]:
    """Each loosening with its exact total and the first option of the changed need."""
    need = asked[0].plan.need
    changed = loosenings(need)
    found = [one.relaxed([_change(one, loosening) for loosening in changed], radii_of(need)) for one in asked]
    answers = []
    for number, loosening in enumerate(changed):
        total, firsts = 0, []
        for one, part in zip(asked, found, strict=True):
            count, row, points = part[number]
            total += count
            if row >= 0:
                firsts.append(one.part.key(row, points))
        best = min(firsts)[-1] if firsts else None
        answers.append(Relaxation(loosening.field, loosening.change, total, best))
    return tuple(answers)


def radii_of(need: Need) -> list[float]:
    """The circles that any loosening looks at: the need's own first."""
    if need.radius_miles is None:
        return []
    return [need.radius_miles * times for times in ((1, 2, 4) if "in_person" in need.formats else (1,))]


def _change(asked: Asked, loosening: Loosening) -> Change:
    segment = asked.part.segment
    must = None if loosening.row == "place" else must_of(segment, loosening.need, loosening.row)
    rescored = loosening.field in RESCORED
    plan = rescored_plan(asked.plan, segment, loosening.need) if rescored else asked.plan
    ring = {"x2": 1, "x4": 2}.get(loosening.change, 0)
    return Change(loosening.row, must, plan, ring, rescored, _TERMS.get(loosening.field))
