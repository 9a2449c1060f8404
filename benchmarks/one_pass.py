"""Every loosening's total by a database, in one pass over the listings of the kind: who misses one must at most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.sql import Duckdb, Postgresql, conditions, masks, words_of
from warmhandoff.matching import Need, loosenings
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.plan import compacts_with
from warmhandoff.matching.relax import Loosening, radii_of

NOWHERE = 9


class OnePass:
    """A table of one row a listing, in the order of kind and point, in a database that is a contender already."""

    def __init__(self, database: Duckdb | Postgresql) -> None:
        self.within, self.table = database, database.table
        self.name = f"{database.name}, one pass"
        self._add()

    def _add(self) -> None:
        columns = self.table.columns
        values = dict(self.table.values)
        values |= {"licensed": _only(columns, "licensed_states"), "joined": _only(columns, "compacts")}
        order = np.lexsort((values["id"], values["spot"], values["kind"]))
        self.within.add("everyone", {name: column[order] for name, column in values.items()})

    def relax(self, need: Need) -> list[int]:
        every = loosenings(need)
        who, more = self._who(f"kind = {self.table.kinds[need.kind]}")
        rows = {**conditions(self.table, need), "place": self._place(need, 0), **more}
        missed = {must: f"m{number}" for number, must in enumerate(rows)}
        misses = ", ".join(f"CASE WHEN {rows[must]} THEN 0 ELSE 1 END AS {name}" for must, name in missed.items())
        counts = ", ".join(
            f"count(*) FILTER (WHERE missed = {missed[one.row]} AND {self._loosened(one)})" for one in every
        )
        left_out = f"AND id NOT IN ({', '.join(map(str, sorted(need.exclude)))})" if need.exclude else ""
        question = (
            f"SELECT {counts} FROM (SELECT *, {' + '.join(missed.values())} AS missed FROM (SELECT *, {misses} FROM ("
            f"SELECT everyone.*, COALESCE(close, {NOWHERE}) AS ring FROM everyone LEFT JOIN {self.within.near} "
            f"ON spot = place WHERE {who} {left_out}) AS placed {self.within.fence}) "
            f"AS judged {self.within.fence}) AS counted WHERE missed <= 1"
        )
        rings = self._rings(need)
        [found] = self.within.fetched(question, self.within.parameters(rings))
        return list(found)

    def _who(self, kind: str) -> tuple[str, dict[str, str]]:
        """Which rows the pass goes over, and what else is a must: those of the kind, which stand together."""
        return kind, {}

    def _loosened(self, one: Loosening) -> str:
        if one.row == "place":
            return self._place(one.need, {"x2": 1, "x4": 2}.get(one.change, 0))
        return conditions(self.table, one.need).get(one.row, "true")

    def _place(self, need: Need, ring: int) -> str:
        bit = self.table.columns.codes["compacts"].bit
        states = 1 << self.table.states[need.place.state]
        joined = sum(1 << bit[code] for code in compacts_with(need.place.state) if code in bit)
        [(word, here)], [(_, far)] = (masks(self.table, "formats", (code,)) for code in ("in_person", "telehealth"))
        ways = []
        if "in_person" in need.formats:
            ways.append(f"(({word} & {here}) <> 0 AND ring <= {ring})")
        if "telehealth" in need.formats:
            ways.append(f"(({word} & {far}) <> 0 AND ((licensed & {states}) <> 0 OR (joined & {joined}) <> 0))")
        return f"({' OR '.join(ways)})"

    def _rings(self, need: Need) -> list[tuple[int, int]]:
        found: dict[int, int] = {}
        for ring, radius in enumerate(radii_of(need)):
            for at, _ in self.table.circle(replace(need, radius_miles=radius)):
                found.setdefault(at, ring)
        return list(found.items())


class WholePass(OnePass):
    """The same over every row, whatever its kind: as where kind is a must like the others, and rows stand anyhow."""

    def __init__(self, other: OnePass) -> None:
        self.within, self.table = other.within, other.table
        self.name = f"{other.within.name}, every row"

    def _who(self, kind: str) -> tuple[str, dict[str, str]]:
        return "true", {"kind": kind}


def _only(columns: Columns, name: str) -> Any:
    [word] = words_of(columns.codes[name])
    return word
