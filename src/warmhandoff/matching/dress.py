"""One listing found, with all that is said of it: terms and shares, miles, format and way of paying, what to ask.

In plain Python whole numbers and by the reference distance: the drivers find, this says what they found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from warmhandoff.matching.answer import Option, Possible, Term
from warmhandoff.matching.columns import MILLION, millionths
from warmhandoff.matching.distance import miles, nearness
from warmhandoff.matching.plan import ALL, ANY, FRESH_DAYS, WAIT, Must, Plan, freshness_by_age
from warmhandoff.matching.segment import STATIC_ORDER, UNKNOWN_AGE, Segment
from warmhandoff.matching.types import DEFAULT_WEIGHTS
from warmhandoff.matching.wishes import as_score

_HALF = millionths(0.5)


@dataclass(frozen=True)
class Dresser:
    """One row of one index under one plan."""

    segment: Segment
    plan: Plan
    row: int

    def option(self) -> Option:
        counted = self.counted
        weight_sum, total = self._sums()
        terms = {
            term: Term(t=tq / MILLION, weight=weight, share=as_score(weight * tq, weight_sum), tq=tq)
            for term, (weight, tq) in counted.items()
        }
        return Option(
            id=int(self.segment.rows["id"][self.row]), name=self.segment.name(self.row),
            score=as_score(total, weight_sum), points=total, terms=terms, miles=self.away,
            format="in_person" if self.is_here else "telehealth", payment=self._route(),
        )  # fmt: skip

    def possible(self) -> Possible:
        weight_sum, total = self._sums()
        return Possible(
            id=int(self.segment.rows["id"][self.row]), name=self.segment.name(self.row),
            score=as_score(total, weight_sum), points=total, ask=tuple(self._ask()),
        )  # fmt: skip

    def _sums(self) -> tuple[int, int]:
        pairs = self.counted.values()
        return sum(weight for weight, _ in pairs), sum(weight * tq for weight, tq in pairs)

    @cached_property
    def counted(self) -> dict[str, tuple[int, int]]:
        """Term -> weight and millionths, in the contract's order."""
        packed, plan = self.segment.rows[self.row], self.plan
        mask = packed["mask"].tolist()
        found = {}
        for wish in plan.wishes:
            shared = sum((mask[wish.first + place] & word).bit_count() for place, word in enumerate(wish.mask))
            found[wish.term] = (plan.weights[wish.term], wish.steps[shared])
        if plan.in_person:
            found["distance"] = (plan.weights["distance"], self._near())
        for term, tq in zip(STATIC_ORDER, packed["static"].tolist(), strict=True):
            found[term] = (plan.weights[term], tq)
        found["freshness"] = (plan.weights["freshness"], self._fresh(int(packed["age"])))
        return {term: found[term] for term in DEFAULT_WEIGHTS if term in found}

    def _fresh(self, age: int) -> int:
        if age == UNKNOWN_AGE:
            return 0
        return int(freshness_by_age()[min(age + self.plan.aging, FRESH_DAYS - 1)])

    @cached_property
    def away(self) -> float | None:
        spot = int(self.segment.rows["spot"][self.row])
        if spot < 0:
            return None
        point, place = self.segment.spots[spot], self.plan.need.place
        return miles(place.lat, place.lon, float(point["lat"]), float(point["lon"]))

    def _near(self) -> int:
        reached = _HALF if self.plan.telehealth and self._by_telehealth else 0
        if self.is_here and self.away is not None and self.plan.radius is not None:
            reached = max(reached, millionths(nearness(self.away, self.plan.radius)))
        return reached

    def _holds(self, column: int) -> bool:
        return self.segment.holds(column, self.row)

    @property
    def _by_telehealth(self) -> bool:
        offered = self._holds(self.segment.column("formats", "telehealth"))
        return offered and any(self._holds(column) for column in (self.plan.where.state, *self.plan.where.compacts))

    @cached_property
    def is_here(self) -> bool:
        """Whether in person surely passes."""
        if self.plan.radius is None or self.away is None or self.away > self.plan.radius:
            return False
        return self._holds(self.segment.column("formats", "in_person"))

    def _at_most(self, number: tuple[int, ...]) -> bool:
        first, slices, count = number
        return sum(1 << place for place in range(slices) if self._holds(first + place)) < count

    def _passes(self, must: Must) -> bool:
        """Whether this must surely passes."""
        held: Callable[[int], bool] = self._holds
        if must.how == ALL:
            return all(map(held, must.yes))
        if must.how == ANY:
            return any(map(held, must.yes))
        if must.how == WAIT:
            known = not held(must.unknown[1])
            short = known if must.number[2] < 0 else self._at_most(must.number)
            return held(must.yes[0]) or (held(must.yes[1]) and short)
        return self._at_most(must.number[:3]) or (held(must.yes[0]) and self._at_most(must.number[3:]))

    def _ask(self) -> list[str]:
        """The musts that do not surely pass: of a possible, those that are unknown, in the contract's order."""
        asked = [must.name for must in self.plan.musts if not self._passes(must)]
        if not self.is_here and not (self.plan.telehealth and self._by_telehealth):
            place = len(asked) - (asked[-1:] == ["times"])
            asked.insert(place, "place")
        return asked

    def _route(self) -> str:
        """The first way of paying that passes; asked of options only."""
        must = next((must for must in self.plan.musts if must.name == "payment"), None)
        if must is None:
            return "any"
        if must.how == ANY:
            return "plan" if self._holds(must.yes[0]) else "out_of_network"
        return "fee" if self._at_most(must.number[:3]) else "sliding"
