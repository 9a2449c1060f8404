"""The benchmarks measure like with like: contenders answer as the engine does, and no figure is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import changes, goals, limit
from benchmarks.contenders import contenders
from benchmarks.measuring import interleaved, paired
from benchmarks.one_pass import OnePass
from benchmarks.postgis import Tags
from benchmarks.sql import Sqlite, Table
from benchmarks.synthetic import columns_of, needs_of
from warmhandoff.matching import DEFAULT_WEIGHTS, Directory, native, parse_need
from warmhandoff.matching.building import built
from warmhandoff.matching.driver import Asked
from warmhandoff.matching.relax import totals

COLUMNS = columns_of(500, 0.2)
WIDE = {"kind": "therapist", "radius_miles": 700, "modalities_must": [], "languages": ["en"], "age_group": None}
NEEDS = [parse_need(raw | WIDE | {"concerns": raw["concerns"][: number % 2]})
         for number, (_, raw) in enumerate(needs_of(12))]  # fmt: skip


class _Sqlite(Sqlite):
    """Counts relaxations too, which the benchmark asks of the databases that read columns."""

    def add(self, name: str, columns: dict[str, object]) -> None:
        self.database.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)  # type: ignore[attr-defined]
        self.database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)


def test_a_database_gives_the_engines_answers_and_counts_every_relaxation_in_one_pass(tmp_path: Path) -> None:
    directory = Directory.of_segments([built(COLUMNS)])
    database = _Sqlite(Table(COLUMNS), tmp_path)
    one_pass, options = OnePass(database), 0  # type: ignore[arg-type]
    for need in NEEDS:
        asked = Asked.of(directory, need, DEFAULT_WEIGHTS)[0]
        best = asked.best_options(5)
        assert database.ask(need, 5) == (best.total, list(zip(best.ids, best.points, strict=True)))
        assert one_pass.relax(need) == [total for total, _, _ in totals(asked)]
        options += best.total
    assert options > 10


def test_who_is_missing_or_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from contextlib import ExitStack

    every = {"SQLite", "PostgreSQL", "PostGIS", "DuckDB", "Polars", "tantivy"}
    with ExitStack() as stack:
        found = list(contenders(Table(COLUMNS), tmp_path, stack, every - {"SQLite"}))
    assert [one.name for one in found] == ["SQLite"]
    assert {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()} == every


def test_an_answer_that_differs_is_counted_and_the_shortest_time_kept(capsys: pytest.CaptureFixture[str]) -> None:
    works = {"one": lambda need: 1, "same": lambda need: 1, "other": lambda need: 2}
    times, wrong = interleaved(works, NEEDS[:4], rounds=2, burst=3)
    assert wrong == 8 or wrong == 16  # whoever answered first is held right
    assert capsys.readouterr().out.count("WRONG") == wrong
    assert paired({"a": [2.0, 9.0, 8.0], "b": [1.0, 3.0, 8.0]}, "a", "b") == 2.0
    assert all(0 < one < 1e6 for spent in times.values() for one in spent)


def test_goals_tell_what_is_reached_what_is_not_and_what_was_not_measured() -> None:
    lines = list(goals.table([("10% unknown", {"wrong": 0, "bytes": 301, "kernel/SQLite": 30}), ("95%", {"wrong": 1})]))
    said = {goal.key: line for goal, line in zip(goals.GOALS, lines[1:], strict=False)}
    assert said["wrong"].endswith("1 !") and said["wrong"].count("!") == 1
    assert "301 !" in said["bytes"] and "!" not in said["kernel/SQLite"]
    assert said["bound"].count("not measured") == 2
    assert len({goal.key for goal in goals.GOALS}) == len(goals.GOALS)


@pytest.mark.skipif(native.kernel() is None, reason="the kernel is not built here")
def test_the_bound_counts_fewer_bytes_than_the_index_has_and_more_than_none() -> None:
    directory = Directory.of_segments([built(COLUMNS)])
    found = limit.limit_of(directory, NEEDS, rounds=1)
    assert found is not None
    assert 0.1 < found.kilobytes < directory.parts[0].segment.bytes_held() / 1e3
    assert found.batch > 0 and found.times == found.batch / found.bound


def test_changes_are_measured_on_listings_that_are_there(tmp_path: Path) -> None:
    directory = Directory.of_segments([built(COLUMNS)])
    ids = changes.some_ids(directory)
    assert set(ids) <= set(COLUMNS.ids.tolist()) and len(set(ids)) == changes.TRIES
    assert changes.in_the_index(directory, ids[:5]) > 0
    commits = changes.by_sqlite(tmp_path, COLUMNS.ids.tolist(), ids[:5])
    assert commits.keys() == {"SQLite", "SQLite, flushed"} and min(commits.values()) > 0


def test_numbers_for_codes_are_told_apart() -> None:
    tags = Tags(Table(COLUMNS))
    codes = [tags.of_code(name, code) for name in tags.first for code in COLUMNS.codes[name].bit]
    groups = [tags.of_group(group, kind) for group, _ in tags.table.copies() for kind in tags.table.kinds.values()]
    assert len({*codes, *groups}) == len(codes) + len(groups)
