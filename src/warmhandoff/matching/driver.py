"""One need put to one part of a directory, by whichever driver runs: the compiled kernel, or NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

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


class Asked:
    """A need and the part of the directory that it is put to."""

    def __init__(self, part: Part, need: Need, weights: Weights) -> None:
        self.part, self.need, self.weights = part, need, weights

    @classmethod
    def of(cls, directory: Directory, need: Need, weights: Weights) -> list[Asked]:
        return [cls(part, need, weights) for part in directory.parts]

    @cached_property
    def plan(self) -> Plan:
        """The need in the part's terms."""
        return plan_of(self.part.segment, self.need, self.weights, aging=self.part.aging)

    def _visit(self, *, sure: bool) -> Visit:
        radii = [] if self.plan.radius is None else [self.plan.radius]
        return visit_of(self.part.segment, self.plan, radii, self.plan.telehealth, sure=sure)

    def best_options(self, k: int) -> Best:
        """The exact best k options and their total, without the possibles."""
        found = compiled.found_at_once(self.part, self.need, self.weights, k, possibles=False)
        found = found or compiled.options_and_possibles(self.part, self.plan, k, possibles=False)
        if found is not None:
            return found[0]
        return sweep.best_options(self.part.segment, self.plan, self._visit(sure=True), self.part.alive, k)

    def options_and_possibles(self, k: int) -> tuple[Best, Best]:
        """The exact best k options and possibles, with the totals."""
        found = compiled.found_at_once(self.part, self.need, self.weights, k)
        found = found or compiled.options_and_possibles(self.part, self.plan, k)
        if found is not None:
            return found
        return sweep.options_and_possibles(self.part.segment, self.plan, self._visit(sure=False), self.part.alive, k)

    def all_options(self) -> tuple[Ints, Ints]:
        """Every option's row and points, in the rows' order."""
        found = compiled.all_options(self.part, self.plan)
        if found is not None:
            return found
        return sweep.all_options(self.part.segment, self.plan, self._visit(sure=True), self.part.alive)

    def relaxed(
        self, spelled: compiled.Spelled, changes: Callable[[], Sequence[Change]], radii: Sequence[float]
    ) -> list[tuple[int, int, int]]:
        """For each change (as the kernel reads them, and as NumPy does) the options there then are, and the first one's
        row and points."""
        found = compiled.relaxed_at_once(self.part, self.need, self.weights, spelled)
        found = found or compiled.relaxed(self.part, self.plan, spelled, radii)
        if found is not None:
            return found
        visit = visit_of(self.part.segment, self.plan, radii, telehealth=True, sure=True)
        return sweep.relaxed(self.part.segment, self.plan, changes(), visit, self.part.alive)
