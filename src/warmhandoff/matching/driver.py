"""One need put to one part of a directory, by whichever driver runs: the compiled kernel, or NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmhandoff.matching import sweep
from warmhandoff.matching.columns import Ints
from warmhandoff.matching.plan import Plan, plan_of
from warmhandoff.matching.sweep import Best, Change
from warmhandoff.matching.types import Need, Weights
from warmhandoff.matching.view import Directory, Part
from warmhandoff.matching.visiting import visit_of


@dataclass(frozen=True)
class Asked:
    """A part of the directory, without the listings this need excludes, and the need in the part's terms."""

    part: Part
    plan: Plan
    weights: Weights

    @classmethod
    def of(cls, directory: Directory, need: Need, weights: Weights) -> list[Asked]:
        return [
            cls(part, plan_of(part.segment, need, weights, aging=part.aging), weights) for part in directory.leaving_out(need.exclude)
        ]

    def options_and_possibles(self, k: int) -> tuple[Best, Best]:
        """The exact best k options and possibles, with the totals."""
        segment, plan = self.part.segment, self.plan
        radii = [] if plan.radius is None else [plan.radius]
        visit = visit_of(segment, plan, radii, plan.telehealth)
        return sweep.options_and_possibles(segment, plan, visit, self.part.alive, k)

    def all_options(self) -> tuple[Ints, Ints]:
        """Every option's row and points, in the rows' order."""
        segment, plan = self.part.segment, self.plan
        radii = [] if plan.radius is None else [plan.radius]
        visit = visit_of(segment, plan, radii, plan.telehealth)
        return sweep.all_options(segment, plan, visit, self.part.alive)

    def relaxed(self, changes: Sequence[Change], radii: Sequence[float]) -> list[tuple[int, int, int]]:
        """For each change the options there then are, and the first one's row and points."""
        visit = visit_of(self.part.segment, self.plan, radii, telehealth=True)
        return sweep.relaxed(self.part.segment, self.plan, changes, visit, self.part.alive)
