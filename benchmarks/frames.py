"""Polars: a frame a kind, sorted by point, and one a telehealth group; the same question as expressions."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.sql import BITS, Contender, Found, Table, masks
from warmhandoff.matching import DEFAULT_WEIGHTS, Need
from warmhandoff.matching.plan import _steps


class Polars(Contender):
    name = "Polars"

    def __init__(self, table: Table) -> None:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")  # questions are small: a second thread only waits
        import polars

        super().__init__(table)
        self.polars = polars
        self.frames: dict[tuple[int | None, int], Any] = {}
        self._split(None, self.here())
        for group, rows in self.far():
            self._split(group, rows)

    def _split(self, group: int | None, rows: Any) -> None:
        kind = rows[:, self.names.index("kind")]
        for number in self.table.kinds.values():
            part = rows[kind == number]
            columns = {name: np.ascontiguousarray(part[:, place]) for place, name in enumerate(self.names)}
            self.frames[group, number] = self.polars.DataFrame(columns)

    def _condition(self, need: Need) -> Any:
        column, table = self.polars.col, self.table
        parts = []
        for name, codes in (
            ("levels", (need.level,)), ("treats", need.concerns), ("modalities", need.modalities_must),
            ("identities", need.identities_must), ("age_groups", (need.age_group,) if need.age_group else ()),
            ("participants", (need.participants,) if need.participants else ()),
        ):  # fmt: skip
            parts += [(column(word) & mask) == mask for word, mask in masks(table, name, codes)]
        for name, codes in (("languages", need.languages), ("times", need.times)):
            if codes:
                shared = [(column(word) & mask) != 0 for word, mask in masks(table, name, codes)]
                parts.append(self.polars.any_horizontal(shared))
        taking = column("accepting") == 1
        if need.max_wait_days is not None:
            taking = taking | ((column("accepting") == 2) & (column("wait_days") <= need.max_wait_days))
        parts.append(taking)
        payment = need.payment
        if payment.form == "plan" and payment.plan:
            parts += [(column(word) & mask) != 0 for word, mask in masks(table, "plans", (payment.plan,))]
        elif payment.form == "budget":
            sliding = (column("sliding") == 1) & (column("sliding_floor") <= payment.budget)
            parts.append((column("fee") <= payment.budget) | sliding)
        if need.exclude:
            parts.append(~column("id").is_in(sorted(need.exclude)))
        return self.polars.all_horizontal(parts)

    def _points(self, need: Need) -> Any:
        column = self.polars.col
        total = column("fixed")
        for term, name, codes in (
            ("specialism", "specialises_in", need.concerns), ("concerns_wished", "treats", need.concerns_wished),
            ("modality", "modalities", need.modalities_wished), ("identity", "identities", need.identities_wished),
            ("times", "times", need.times),
        ):  # fmt: skip
            if codes:
                held: Any = sum(
                    (column(word) // (1 << place)) % 2
                    for word, mask in masks(self.table, name, codes) for place in range(BITS) if mask >> place & 1
                )  # fmt: skip
                steps = _steps(term == "times", len(codes))
                worth = [DEFAULT_WEIGHTS[term] * step for step in steps]
                total = total + held.replace_strict(list(range(len(steps))), worth, return_dtype=self.polars.Int64)
        return total

    def ask(self, need: Need, k: int) -> Found:
        polars, kind = self.polars, self.table.kinds[need.kind]
        must, worth, legs = self._condition(need), self._points(need), []
        distance, here = DEFAULT_WEIGHTS["distance"], "in_person" in need.formats
        if here:
            circle = self.table.circle(need)
            near = polars.DataFrame({"spot": [at for at, _ in circle], "close": [close for _, close in circle]},
                                    schema={"spot": polars.Int64, "close": polars.Int64})  # fmt: skip
            frame = self.frames[None, kind].lazy().filter(polars.col("spot").is_in(near["spot"].implode()) & must)
            joined = frame.join(near.lazy(), on="spot")
            legs.append(joined.select("id", "wait_days", points=worth + distance * polars.col("close")))
        if "telehealth" in need.formats:
            half = 500_000 * distance if here else 0
            legs += [
                self.frames[group, kind].lazy().filter(must).select("id", "wait_days", points=worth + half)
                for group in self.groups(need)
            ]
        found = polars.concat(legs).group_by("id", "wait_days").agg(polars.col("points").max()).collect()
        best = found.sort(["points", "wait_days", "id"], descending=[True, False, False]).head(k)
        return len(found), list(zip(best["id"].to_list(), best["points"].to_list(), strict=True))
