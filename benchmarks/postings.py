"""tantivy: which listings pass, from posting lists; NumPy tests what lists cannot say, and scores all that are left."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.postgis import Tags
from benchmarks.sql import Contender, Found, Table, masks
from warmhandoff.matching import DEFAULT_WEIGHTS, Need
from warmhandoff.matching.plan import _steps


class Tantivy(Contender):
    """A document a listing: words for its codes, its point with its kind, and its telehealth groups with its kind."""

    name = "tantivy, rescored by NumPy"

    def __init__(self, table: Table) -> None:
        import tantivy

        super().__init__(table)
        self.tantivy, self.tags = tantivy, Tags(table)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", stored=False, tokenizer_name="whitespace", index_option="basic")
        builder.add_integer_field("row", fast=True)
        self.schema = builder.build()
        index = tantivy.Index(self.schema)
        writer = index.writer(heap_size=500_000_000, num_threads=1)
        kind, spot = table.values["kind"], table.spot
        order = np.lexsort((table.values["id"], spot, kind))
        for row, text in zip(order.tolist(), self._texts(order), strict=True):
            writer.add_document(tantivy.Document(words=text, row=row))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.searcher = index.searcher()
        self.bit_of_group: dict[int, int] = {}
        self.reached = np.zeros(len(self.rows), dtype=np.uint64)
        for bit, (group, rows) in enumerate(table.copies()):
            self.bit_of_group[group] = bit
            self.reached[rows] |= np.uint64(1 << bit)
        self.near = np.full(len(table.spots.lat) + 1, -1, dtype=np.int64)

    def _texts(self, order: Any) -> list[str]:
        values = self.table.values
        tags = self.tags.every()
        here = self.table.columns.codes["formats"].holds("in_person") & (self.table.spot >= 0)
        accepting = values["accepting"].tolist()
        found = []
        for row in order.tolist():
            words = [tags[row][1:-1].replace(",", " "), f"a{accepting[row]}"]
            if here[row]:
                words.append(f"s{values['spot'][row]}k{values['kind'][row]}")
            found.append(" ".join(words))
        return found

    def _word(self, word: str) -> Any:
        query = self.tantivy.Query
        return query.const_score_query(query.term_query(self.schema, "words", word, index_option="basic"), 1.0)

    def _rows(self, need: Need, circle: list[tuple[int, int]]) -> Any:
        query, must = self.tantivy.Query, self.tantivy.Occur.Must
        kind = self.table.kinds[need.kind]
        where = [f"s{at}k{kind}" for at, _ in circle]
        if "telehealth" in need.formats:
            where += [str(self.tags.of_group(group, kind)) for group in self.groups(need)]
        if not where:
            return np.zeros(0, dtype=np.int64)
        parts = [query.term_set_query(self.schema, "words", where)]
        for numbers in self.tags.asked(need):
            some = list(map(str, numbers))
            parts.append(self._word(some[0]) if len(some) == 1 else query.term_set_query(self.schema, "words", some))
        taking = ["a1"] if need.max_wait_days is None else ["a1", "a2"]
        parts.append(query.term_set_query(self.schema, "words", taking) if len(taking) > 1 else self._word("a1"))
        whole = query.boolean_query([(must, part) for part in parts])
        hits = self.searcher.search(whole, limit=len(self.rows), count=False, order_by_field="row").hits
        return np.array([row for row, _ in hits], dtype=np.int64)

    def ask(self, need: Need, k: int) -> Found:
        here = "in_person" in need.formats
        circle = self.table.circle(need) if here else []
        rows = self._rows(need, circle)
        rows = rows[self._passing(need, rows)]
        worth = self._points(need, rows, circle)
        values = self.table.values
        best = np.lexsort((values["id"][rows], values["wait_days"][rows], -worth))[:k]
        return len(rows), list(zip(values["id"][rows[best]].tolist(), worth[best].tolist(), strict=True))

    def _passing(self, need: Need, rows: Any) -> Any:
        """What the lists did not decide: waits, money, and who is left out."""
        values, payment = self.table.values, need.payment
        kept = ~np.isin(values["id"][rows], sorted(need.exclude))
        if need.max_wait_days is not None:
            kept &= (values["accepting"][rows] == 1) | (values["wait_days"][rows] <= need.max_wait_days)
        if payment.form == "budget":
            sliding = (values["sliding"][rows] == 1) & (values["sliding_floor"][rows] <= payment.budget)
            kept &= (values["fee"][rows] <= payment.budget) | sliding
        return kept

    def _points(self, need: Need, rows: Any, circle: list[tuple[int, int]]) -> Any:
        values, total = self.table.values, self.table.values["fixed"][rows].copy()
        for term, name, codes in (
            ("specialism", "specialises_in", need.concerns), ("concerns_wished", "treats", need.concerns_wished),
            ("modality", "modalities", need.modalities_wished), ("identity", "identities", need.identities_wished),
            ("times", "times", need.times),
        ):  # fmt: skip
            if codes:
                held = sum(np.bitwise_count(values[word][rows] & mask) for word, mask in masks(self.table, name, codes))
                steps = np.array(_steps(term == "times", len(codes)), dtype=np.int64)
                total += DEFAULT_WEIGHTS[term] * steps[held]
        if "in_person" in need.formats:
            total += DEFAULT_WEIGHTS["distance"] * np.maximum(self._near(rows, circle), self._far(need, rows))
        return total

    def _near(self, rows: Any, circle: list[tuple[int, int]]) -> Any:
        spots = [at for at, _ in circle]
        self.near[spots] = [close for _, close in circle]
        found = self.near[self.table.spot[rows]]
        self.near[spots] = -1
        offered = [mask for _, mask in masks(self.table, "formats", ("in_person",))][0]
        return np.where((self.table.values["formats0"][rows] & offered) != 0, found, -1)

    def _far(self, need: Need, rows: Any) -> Any:
        """Half, where telehealth is acceptable and the listing may give it where the client is."""
        if "telehealth" not in need.formats:
            return np.zeros(len(rows), dtype=np.int64)
        mask = sum(1 << self.bit_of_group[group] for group in self.groups(need))
        return np.where((self.reached[rows] & np.uint64(mask)) != 0, 500_000, 0)
