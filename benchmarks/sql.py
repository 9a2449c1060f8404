"""The same question put to databases: options only, the best k by points, and how many there are in all.

Tuned for each: rows clustered by kind and ZIP, telehealth copies clustered by state and kind (by compact for compacts),
code lists as bits in whole numbers, all terms that do not depend on the need summed beforehand. The ZIPs in the circle
with their millionths of nearness are worked out by NumPy and handed over, for every contender alike.
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warmhandoff.matching import DEFAULT_WEIGHTS, Need
from warmhandoff.matching.columns import CodeColumn, Columns, PointColumn
from warmhandoff.matching.distance import Distances
from warmhandoff.matching.plan import _steps, compacts_with

MASKS = ("levels", "treats", "specialises_in", "modalities", "age_groups", "participants", "languages", "plans",
         "formats", "times", "identities")  # fmt: skip
BITS = 60
NEVER = 2**40
Found = tuple[int, list[tuple[int, int]]]
"""How many options, and (id, points) of the best."""


class Table:
    """The listings as whole-number columns, and the distinct points they stand at."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.kinds = dict(columns.kind.bit)
        self.states = dict(columns.codes["licensed_states"].bit)
        point = columns.point
        keys = np.where(point.known, point.lat * 1e6 + point.lon, np.nan)
        distinct, first, back = np.unique(keys, return_index=True, return_inverse=True)
        self.spot = np.where(point.known, back, -1)
        self.spots = PointColumn(np.ones(len(distinct), np.bool_), point.lat[first], point.lon[first])
        self.values = self._values()

    def _values(self) -> dict[str, Any]:
        columns, weights = self.columns, DEFAULT_WEIGHTS
        found: dict[str, Any] = {"id": columns.ids, "spot": self.spot, "kind": _place_of(columns.kind)}
        waiting = np.where(columns.accepting.holds("waitlist"), 2, 0)
        found["accepting"] = np.where(columns.accepting.holds("open"), 1, waiting)
        for name in MASKS:
            for number, word in enumerate(words_of(columns.codes[name])):
                found[f"{name}{number}"] = word
        for name in ("fee", "sliding_floor", "wait_days"):
            found[name] = np.where(columns.wholes[name].known, columns.wholes[name].values, NEVER)
        for name, field in (("sliding", "sliding_scale"), ("out_of_network", "out_of_network")):
            flag = columns.flags[field]
            found[name] = (flag.known & flag.values).astype(np.int64)
        fixed = ("wait", "trust", "responsiveness", "freshness")
        found["fixed"] = sum(weights[term] * columns.static[term] for term in fixed)
        return found

    def copies(self) -> Iterator[tuple[int, Any]]:
        """Telehealth copies: (group, rows) for each state by its number, and each compact after them."""
        codes = self.columns.codes
        offered = codes["formats"].holds("telehealth")
        for state, number in self.states.items():
            yield number, np.flatnonzero(offered & codes["licensed_states"].holds(state))
        for compact in codes["compacts"].bit:
            yield self.group(compact), np.flatnonzero(offered & codes["compacts"].holds(compact))

    def group(self, compact: str) -> int:
        return 100 + self.columns.codes["compacts"].bit[compact]

    def circle(self, need: Need) -> list[tuple[int, int]]:
        """The points within the radius, with the millionths of their nearness."""
        assert need.radius_miles is not None
        box = np.flatnonzero(np.abs(self.spots.lat - need.place.lat) <= need.radius_miles / 68.5)
        distances = Distances(need.place.lat, need.place.lon, self.spots.take(box))
        inside = np.flatnonzero(distances.within(need.radius_miles).yes)
        near = distances.nearness(inside, need.radius_miles)
        return list(zip(box[inside].tolist(), near.tolist(), strict=True))


def _place_of(column: CodeColumn) -> Any:
    found = np.zeros(len(column.known), dtype=np.int64)
    for code, place in column.bit.items():
        found[column.holds(code)] = place
    return found


def words_of(column: CodeColumn) -> Iterator[Any]:
    """Bits in words of 60, which every database keeps as plain whole numbers."""
    for first in range(0, len(column.bit), BITS):
        word = np.zeros(len(column.known), dtype=np.int64)
        for code, place in column.bit.items():
            if first <= place < first + BITS:
                word |= column.holds(code).astype(np.int64) << (place - first)
        yield word


def masks(table: Table, name: str, codes: Sequence[str]) -> list[tuple[str, int]]:
    bit = table.columns.codes[name].bit
    found: dict[str, int] = {}
    for code in codes:
        word, place = divmod(bit[code], BITS)
        found[f"{name}{word}"] = found.get(f"{name}{word}", 0) | 1 << place
    return list(found.items())


def conditions(table: Table, need: Need) -> dict[str, str]:
    """Each must but kind, place and exclude, as SQL over one row. Whole numbers only: nothing to escape."""
    found = {}
    for must, name, codes in (
        ("level", "levels", (need.level,)), ("concerns", "treats", need.concerns),
        ("modalities_must", "modalities", need.modalities_must),
        ("identities_must", "identities", need.identities_must),
        ("age_group", "age_groups", (need.age_group,) if need.age_group else ()),
        ("participants", "participants", (need.participants,) if need.participants else ()),
    ):  # fmt: skip
        if codes:
            found[must] = " AND ".join(f"({column} & {mask}) = {mask}" for column, mask in masks(table, name, codes))
    for name, codes in (("languages", need.languages), ("times", need.times)):
        if codes:
            found[name] = "(" + " OR ".join(f"({c} & {m}) <> 0" for c, m in masks(table, name, codes)) + ")"
    most = NEVER - 1 if need.any_wait else need.max_wait_days
    wait = "" if most is None else f" OR (accepting = 2 AND wait_days <= {most})"
    found["accepting"] = f"(accepting = 1{wait})"
    payment = need.payment
    if payment.form == "plan" and payment.plan:
        [(column, mask)] = masks(table, "plans", (payment.plan,))
        other = " OR out_of_network = 1" if payment.accepts_out_of_network else ""
        found["payment"] = f"(({column} & {mask}) <> 0{other})"
    elif payment.form == "budget":
        found["payment"] = f"(fee <= {payment.budget} OR (sliding = 1 AND sliding_floor <= {payment.budget}))"
    return found


def condition(table: Table, need: Need) -> str:
    """Every must but kind and place."""
    parts = list(conditions(table, need).values())
    if need.exclude:
        parts.append(f"id NOT IN ({', '.join(map(str, sorted(need.exclude)))})")
    return " AND ".join(parts)


def points(table: Table, need: Need) -> str:
    """The points of one row, but for the distance."""
    weights = DEFAULT_WEIGHTS
    sums = ["fixed"]
    for term, name, codes in (
        ("specialism", "specialises_in", need.concerns), ("concerns_wished", "treats", need.concerns_wished),
        ("modality", "modalities", need.modalities_wished), ("identity", "identities", need.identities_wished),
        ("times", "times", need.times),
    ):  # fmt: skip
        if not codes:
            continue
        steps = _steps(term == "times", len(codes))
        held = [f"(({column} >> {place}) & 1)" for column, mask in masks(table, name, codes)
                for place in range(BITS) if mask >> place & 1]  # fmt: skip
        cases = " ".join(f"WHEN {count} THEN {weights[term] * step}" for count, step in enumerate(steps))
        sums.append(f"(CASE {' + '.join(held)} {cases} END)")
    return " + ".join(sums)


class Contender:
    """What contenders lay down: rows `here` by kind and point, and `far` by group and kind."""

    name = ""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.names = list(table.values)
        self.rows = np.stack([table.values[name] for name in self.names], axis=1)

    def here(self) -> Any:
        values = self.table.values
        order = np.lexsort((values["id"], values["spot"], values["kind"]))
        placed = self.table.columns.codes["formats"].holds("in_person") & (self.table.spot >= 0)
        return self.rows[order[placed[order]]]

    def far(self) -> Iterator[tuple[int, Any]]:
        values = self.table.values
        for group, members in self.table.copies():
            yield group, self.rows[members[np.lexsort((values["id"][members], values["kind"][members]))]]

    def groups(self, need: Need) -> list[int]:
        bit = self.table.columns.codes["compacts"].bit
        compacts = [self.table.group(code) for code in compacts_with(need.place.state) if code in bit]
        return [self.table.states[need.place.state], *compacts]


class Database(Contender, ABC):
    """What the databases share: two tables, one question."""

    fence = ""
    """Ends a subquery whose expressions shall be worked out once and not be copied outwards."""
    near = ""
    """The circle's points and their nearness as a table (place, close), from the parameters."""

    def parameters(self, circle: list[tuple[int, int]]) -> list[Any]:
        return [[at for at, _ in circle], [close for _, close in circle]]

    def question(self, need: Need, k: int) -> tuple[str, list[Any]]:
        table = self.table
        must, worth, kind = condition(table, need), points(table, need), table.kinds[need.kind]
        legs, values = [], []
        distance = DEFAULT_WEIGHTS["distance"]
        here = "in_person" in need.formats
        if here:
            legs.append(
                f"SELECT id, wait_days, {worth} + {distance} * close AS points FROM {self.near} "
                f"CROSS JOIN here WHERE here.kind = {kind} AND here.spot = place AND {must}"
            )
            values += self.parameters(table.circle(need))
        if "telehealth" in need.formats:
            half = 500_000 * distance if here else 0
            legs.append(
                f"SELECT id, wait_days, {worth} + {half} AS points FROM far "
                f"WHERE copy IN ({', '.join(map(str, self.groups(need)))}) AND kind = {kind} AND {must}"
            )
        return (
            "SELECT id, max(points) AS points, wait_days, count(*) OVER () AS total FROM ("
            f"{' UNION ALL '.join(legs)}) AS found GROUP BY id, wait_days ORDER BY points DESC, wait_days, id LIMIT {k}"
        ), values

    @abstractmethod
    def fetched(self, question: str, values: list[Any]) -> list[tuple[int, int, int, int]]:
        """The rows of a question: id, points, wait, and how many there are in all."""

    def ask(self, need: Need, k: int) -> Found:
        rows = self.fetched(*self.question(need, k))
        return (rows[0][3] if rows else 0), [(row[0], int(row[1])) for row in rows]


class Sqlite(Database):
    """In one file, both tables clustered (WITHOUT ROWID); whole-number columns, a large cache, the file mapped."""

    name = "SQLite"
    near = "(SELECT json_extract(value, '$[0]') AS place, json_extract(value, '$[1]') AS close FROM json_each(?))"

    def __init__(self, table: Table, folder: Path) -> None:
        super().__init__(table)
        path = folder / "contender.sqlite3"
        path.unlink(missing_ok=True)
        self.database = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-2000000", "mmap_size=8000000000",
                       "page_size=8192", "temp_store=MEMORY"):  # fmt: skip
            self.database.execute(f"PRAGMA {pragma}")
        typed = ", ".join(f"{name} INTEGER NOT NULL" for name in self.names)
        marks = ", ".join("?" * len(self.names))
        self.database.execute("BEGIN")
        self.database.execute(f"CREATE TABLE here ({typed}, PRIMARY KEY (kind, spot, id)) WITHOUT ROWID")
        self.database.executemany(f"INSERT INTO here VALUES ({marks})", (row.tolist() for row in self.here()))
        far = f"copy INTEGER NOT NULL, {typed}, PRIMARY KEY (copy, kind, id)"
        self.database.execute(f"CREATE TABLE far ({far}) WITHOUT ROWID")
        for group, rows in self.far():
            self.database.executemany(f"INSERT INTO far VALUES ({group}, {marks})", (row.tolist() for row in rows))
        self.database.execute("COMMIT")
        self.database.execute("ANALYZE")

    def parameters(self, circle: list[tuple[int, int]]) -> list[Any]:
        return [json.dumps(circle)]

    def fetched(self, question: str, values: list[Any]) -> list[tuple[int, int, int, int]]:
        return self.database.execute(question, values).fetchall()


class Postgresql(Database):
    """Rows laid down in the order of their b-trees, (kind, spot) and (copy, kind); no just-in-time compiling.

    A circle comes as its points, and bits decide the rest: a GIN over codes or a spatial index is asked for nothing.
    """

    name = "PostgreSQL"
    fence = "OFFSET 0"
    near = "unnest(%s::bigint[], %s::bigint[]) AS near(place, close)"

    def __init__(self, table: Table, address: str) -> None:
        import psycopg

        super().__init__(table)
        self.database = psycopg.connect(address, autocommit=True)
        for setting in ("jit = off", "work_mem = '256MB'", "maintenance_work_mem = '512MB'", "random_page_cost = 1.1",
                        "max_parallel_workers_per_gather = 0"):  # fmt: skip
            self.database.execute(f"SET {setting}")
        typed = ", ".join(f"{name} bigint NOT NULL" for name in self.names)
        self.database.execute(f"CREATE UNLOGGED TABLE here ({typed})")
        self.database.execute(f"CREATE UNLOGGED TABLE far (copy bigint NOT NULL, {typed})")
        self._copy("here", [self.here()])
        self._copy("far", (np.insert(rows, 0, group, axis=1) for group, rows in self.far()))
        self.database.execute("CREATE INDEX ON here (kind, spot)")
        self.database.execute("CREATE INDEX ON far (copy, kind)")
        self.database.execute("VACUUM ANALYZE")

    def add(self, name: str, columns: dict[str, Any]) -> None:
        """One more table, in this order, with a b-tree over its kinds."""
        typed = ", ".join(f"{one} bigint NOT NULL" for one in columns)
        self.database.execute(f"CREATE UNLOGGED TABLE {name} ({typed})")
        self._copy(name, [np.stack(list(columns.values()), axis=1)])
        self.database.execute(f"CREATE INDEX ON {name} (kind)")
        self.database.execute(f"VACUUM ANALYZE {name}")

    def _copy(self, name: str, parts: Iterable[Any]) -> None:
        with self.database.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for rows in parts:
                for first in range(0, len(rows), 10_000):
                    lines = ("\t".join(map(str, row)) for row in rows[first : first + 10_000].tolist())
                    copy.write("".join(f"{line}\n" for line in lines))

    def fetched(self, question: str, values: list[Any]) -> list[tuple[int, int, int, int]]:
        return self.database.execute(question, values or None).fetchall()


class Duckdb(Database):
    """In memory, rows sorted as elsewhere, so that its zone maps tell where to look."""

    name = "DuckDB"
    near = "(SELECT unnest(?::BIGINT[]) AS place, unnest(?::BIGINT[]) AS close) AS near"

    def __init__(self, table: Table) -> None:
        import duckdb

        super().__init__(table)
        self.database = duckdb.connect()
        self.database.execute("SET threads = 1")  # more gain nothing in questions as small as these
        self.add("here", dict(zip(self.names, self.here().T, strict=True)))
        parts = [np.insert(rows, 0, group, axis=1) for group, rows in self.far()]
        self.add("far", dict(zip(["copy", *self.names], np.concatenate(parts).T, strict=True)))

    def add(self, name: str, columns: dict[str, Any]) -> None:
        listed = {key: np.ascontiguousarray(column) for key, column in columns.items()}
        self.database.register("given", listed)
        self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        self.database.unregister("given")

    def fetched(self, question: str, values: list[Any]) -> list[tuple[int, int, int, int]]:
        found: list[tuple[int, int, int, int]] = self.database.execute(question, values).fetchall()
        return found
