"""PostgreSQL as a directory is often laid down: a row a listing, a GiST over kind and place, a GIN over code numbers.

Every fact that a must may name is a number in one array: codes, and for telehealth the state or compact with the kind.
Telehealth looks for its group and the rarer musts in the arrays; in person searches the circle in the GiST (on the
sphere, a thousandth wider; the exact circle is joined as for the others). The rest of the musts are bits, as for the
others. A PostGIS of the system is used: `apt-get install postgresql-15-postgis-3`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sql import Contender, Found, Table, condition, points
from warmhandoff.matching import DEFAULT_WEIGHTS, Need

INSTALL = "apt-get install postgresql-15-postgis-3 (or another version of both)"
METRES = 1609.344
WIDER = 1.001
"""The sphere of PostGIS is a little smaller than ours; the joined circle takes back what is too much."""
TAGGED = ("levels", "treats", "modalities", "age_groups", "participants", "languages", "plans", "times", "identities")
SETTINGS = ("jit = off", "work_mem = '256MB'", "maintenance_work_mem = '512MB'", "random_page_cost = 1.1",
            "max_parallel_workers_per_gather = 0", "plan_cache_mode = force_custom_plan")  # fmt: skip


def binaries() -> Path | None:
    """The folder of a PostgreSQL of the system that has PostGIS."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        version = folder.parent.name
        if (Path("/usr/share/postgresql") / version / "extension" / "postgis.control").exists():
            return folder
    return None


class Tags:
    """Numbers for codes: a hundred and more apart for each field, and telehealth's groups by kind."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.first = {name: 1000 * (place + 1) for place, name in enumerate(TAGGED)}

    def of_code(self, name: str, code: str) -> int:
        return self.first[name] + self.table.columns.codes[name].bit[code]

    def of_group(self, group: int, kind: int) -> int:
        return 100_000 + 100 * group + kind

    def every(self) -> list[str]:
        """The array of each listing, as COPY reads it."""
        found: list[list[int]] = [[] for _ in range(len(self.table.columns.ids))]
        for name in TAGGED:
            column = self.table.columns.codes[name]
            for code, place in column.bit.items():
                for row in np.flatnonzero(column.holds(code)).tolist():
                    found[row].append(self.first[name] + place)
        kinds = self.table.values["kind"].tolist()
        for group, rows in self.table.copies():
            for row in rows.tolist():
                found[row].append(self.of_group(group, kinds[row]))
        return ["{" + ",".join(map(str, numbers)) + "}" for numbers in found]

    def rare(self, need: Need) -> list[int]:
        """The codes a need asks for of which most listings have none: what posting lists are good for."""
        every = [("treats", need.concerns), ("modalities", need.modalities_must), ("identities", need.identities_must)]
        payment = need.payment
        if payment.form == "plan" and payment.plan and not payment.accepts_out_of_network:
            every.append(("plans", (payment.plan,)))
        return [self.of_code(name, code) for name, codes in every for code in codes]

    def asked(self, need: Need) -> list[list[int]]:
        """All musts that codes decide: of each list one number is needed."""
        found = [[number] for number in self.rare(need)]
        for name, code in (("levels", need.level), ("age_groups", need.age_group), ("participants", need.participants)):
            found += [[self.of_code(name, code)]] if code else []
        for name, codes in (("languages", need.languages), ("times", need.times)):
            found += [[self.of_code(name, code) for code in codes]] if codes else []
        return found


class Postgis(Contender):
    name = "PostGIS, GiST + GIN"

    def __init__(self, table: Table, address: str) -> None:
        import psycopg

        super().__init__(table)
        self.tags = Tags(table)
        self.database = psycopg.connect(address, autocommit=True)
        for extension in ("postgis", "btree_gist"):
            self.database.execute(f"CREATE EXTENSION {extension}")
        for setting in SETTINGS:
            self.database.execute(f"SET {setting}")
        typed = ", ".join(f"{name} bigint NOT NULL" for name in self.names)
        self.database.execute(
            f"CREATE UNLOGGED TABLE listing ({typed}, here boolean NOT NULL, place geography(Point), "
            "tags int[] NOT NULL)"
        )
        with self.database.cursor() as cursor, cursor.copy("COPY listing FROM STDIN") as copy:
            for lines in self._lines():
                copy.write("".join(lines))
        self.database.execute("CREATE INDEX ON listing USING gist (kind, place) WHERE here")
        self.database.execute("CREATE INDEX ON listing USING gin (tags)")
        self.database.execute("CREATE INDEX ON listing (kind, spot)")
        self.database.execute("VACUUM ANALYZE")

    def _lines(self) -> Iterator[Iterable[str]]:
        """The rows in the order of kind and point, some at a time."""
        values, point = self.table.values, self.table.columns.point
        order, tags = np.lexsort((values["id"], values["spot"], values["kind"])), self.tags.every()
        here = self.table.columns.codes["formats"].holds("in_person") & point.known
        for first in range(0, len(order), 10_000):
            some = order[first : first + 10_000]
            lines = []
            for row, numbers in zip(some.tolist(), self.rows[some].tolist(), strict=True):
                where = f"SRID=4326;POINT({point.lon[row]} {point.lat[row]})" if point.known[row] else "\\N"
                plain = "\t".join(map(str, numbers))
                lines.append(f"{plain}\t{'t' if here[row] else 'f'}\t{where}\t{tags[row]}\n")
            yield lines

    def tagged(self, group: int, need: Need) -> str:
        """What the GIN is asked for."""
        return f"tags @> ARRAY{[group, *self.tags.rare(need)]}"

    def ask(self, need: Need, k: int) -> Found:
        table, kind = self.table, self.table.kinds[need.kind]
        must, worth = condition(table, need), points(table, need)
        distance, here = DEFAULT_WEIGHTS["distance"], "in_person" in need.formats
        legs: list[str] = []
        values: list[Any] = []
        if here:
            circle = table.circle(need)
            legs.append(
                f"SELECT id, wait_days, {worth} + {distance} * close AS points FROM listing JOIN "
                "unnest(%s::bigint[], %s::bigint[]) AS near(at, close) ON listing.spot = near.at "
                f"WHERE here AND kind = {kind}::bigint AND ST_DWithin(place, "
                f"'SRID=4326;POINT({need.place.lon} {need.place.lat})'::geography, "
                f"{(need.radius_miles or 0) * METRES * WIDER + 10}, false) "
                f"AND {must}"
            )
            values += [[at for at, _ in circle], [close for _, close in circle]]
        if "telehealth" in need.formats:
            half = 500_000 * distance if here else 0
            legs += [
                f"SELECT id, wait_days, {worth} + {half} AS points FROM listing "
                f"WHERE {self.tagged(self.tags.of_group(group, kind), need)} AND {must}"
                for group in self.groups(need)
            ]
        rows = self.database.execute(
            "SELECT id, max(points) AS points, wait_days, count(*) OVER () AS total FROM ("
            f"{' UNION ALL '.join(legs)}) AS found "
            f"GROUP BY id, wait_days ORDER BY points DESC, wait_days, id LIMIT {k}",
            values or None,
        ).fetchall()
        return (rows[0][3] if rows else 0), [(row[0], int(row[1])) for row in rows]


class PostgisEveryMust(Postgis):
    """The same table and indexes, asked as they usually are: the GIN for every must that codes decide."""

    name = "PostGIS, GIN for every must"

    def __init__(self, other: Postgis) -> None:
        vars(self).update(vars(other))

    def tagged(self, group: int, need: Need) -> str:
        asked = self.tags.asked(need)
        every = [group, *(numbers[0] for numbers in asked if len(numbers) == 1)]
        some = [f"tags && ARRAY{numbers}" for numbers in asked if len(numbers) > 1]
        return " AND ".join([f"tags @> ARRAY{every}", *some])
