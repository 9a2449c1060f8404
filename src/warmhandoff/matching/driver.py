"""One need put to one part of a directory, by whichever driver runs: the compiled kernel, or NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from warmhandoff.matching import compiled, sweep
from warmhandoff.matching.columns import Ints
from warmhandoff.matching.native import kernel
from warmhandoff.matching.plan import Plan, plan_of
from warmhandoff.matching.sweep import Best, Change
from warmhandoff.matching.types import Need, Weights
from warmhandoff.matching.view import Directory, Part
from warmhandoff.matching.visiting import Visit, visit_of


def driver_name() -> str:
    """Which driver answers in this process, in words."""
    return "NumPy" if kernel() is None else "the compiled kernel"


class Asked(NamedTuple):
    """A part of the directory and the need in the part's terms."""

    part: Part
    plan: Plan
    weights: Weights

    @classmethod
    def of(cls, directory: Directory, need: Need, weights: Weights) -> list[Asked]:
        return [
            cls(part, plan_of(part.segment, need, weights, aging=part.aging), weights) for part in directory.parts
        ]

    @property
    def _asking(self) -> compiled.Asking:
        return self.part.segment, self.plan, self.part.alive_at, self.plan.need.exclude

    def _visit(self) -> Visit:
        radii = [] if self.plan.radius is None else [self.plan.radius]
        return visit_of(self.part.segment, self.plan, radii, self.plan.telehealth)

    def best_options(self, k: int) -> Best:
        """The exact best k options and their total, without the possibles."""
        found = compiled.options_and_possibles(self._asking, k, possibles=False)
        if found is not None:
            return found[0]
        return sweep.best_options(self.part.segment, self.plan, self._visit(), self.part.alive, k)

    def options_and_possibles(self, k: int) -> tuple[Best, Best]:
        """The exact best k options and possibles, with the totals."""
        found = compiled.options_and_possibles(self._asking, k)
        if found is not None:
            return found
        return sweep.options_and_possibles(self.part.segment, self.plan, self._visit(), self.part.alive, k)

    def all_options(self) -> tuple[Ints, Ints]:
        """Every option's row and points, in the rows' order."""
        found = compiled.all_options(self._asking)
        if found is not None:
            return found
        return sweep.all_options(self.part.segment, self.plan, self._visit(), self.part.alive)

    def relaxed(self, changes: Sequence[Change], radii: Sequence[float]) -> list[tuple[int, int, int]]:
        """For each change the options there then are, and the first one's row and points."""
        found = compiled.relaxed(self._asking, changes, radii)
        if found is not None:
            return found
        visit = visit_of(self.part.segment, self.plan, radii, telehealth=True)
        return sweep.relaxed(self.part.segment, self.plan, changes, visit, self.part.alive)
