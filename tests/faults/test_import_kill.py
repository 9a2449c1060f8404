"""kill -9 of an import at random points: run again, it goes on, and comes to the same end and the same report."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.importing import make
from tests.faults.places import PYTHON, ROOT, database

KILLS = int(os.environ.get("WARMHANDOFF_TEST_IMPORT_KILLS", "3"))
SEED = int(os.environ.get("WARMHANDOFF_TEST_SEED", "20261123"))
ROWS = 4_000 + 600 * KILLS
BATCH = 20
_LISTINGS = (
    "SELECT source_key, name, kind, city, state, zip, npi, facts_now, retired_at FROM directory_listing "
    "ORDER BY source_key"
)
_FACTS = (
    "SELECT listing.source_key, fact.field, fact.value, fact.seen_on, fact.verified_on FROM directory_fact AS fact "
    "JOIN directory_listing AS listing ON listing.id = fact.listing_id ORDER BY 1, 2, fact.id"
)


def command(env: dict[str, str], file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PYTHON, "-m", "tests.faults.importing", str(BATCH), "import", "nppes", str(file), "--json"], env=env, cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(env: dict[str, str], file: Path) -> dict[str, Any]:
    process = command(env, file)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 1, errors  # most rows are outside behavioural health
    document: dict[str, Any] = json.loads(out)
    return document


def asked(place: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=20) as held:
        return held.execute(sql).fetchall()


def state(place: Path) -> list[Any]:
    """Everything an import leaves, without the ids that differ from run to run."""
    sources = {key.replace("-", ""): name for key, name in asked(place, "SELECT id, name FROM directory_source")}
    listings = []
    for row in asked(place, _LISTINGS):
        facts = json.loads(row[7])
        for fact in facts.values():
            fact["source"] = sources[fact["source"].replace("-", "")]
        listings.append((*row[:7], facts, row[8]))
    return [listings, asked(place, _FACTS)]


def rows_done(place: Path) -> int:
    try:
        found = asked(place, "SELECT max(rows_done) FROM directory_importrun")
    except sqlite3.OperationalError:
        return 0
    return int(found[0][0] or 0)


def killed(env: dict[str, str], file: Path, place: Path, after: float) -> bool:
    """Start the import, and kill it a moment after it has landed more than was there. False: it came to its end."""
    before, process = rows_done(place), command(env, file)
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline and rows_done(place) <= before:
        time.sleep(0.01)
    time.sleep(after)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def test_an_import_that_is_killed_goes_on_to_the_same_end(tmp_path: Path, say: Callable[[str], None]) -> None:
    file = tmp_path / "npidata_pfile_20050523-20261108.csv"
    make(file, ROWS)
    chance = random.Random(SEED)
    with database("sqlite", tmp_path / "whole") as env, database("sqlite", tmp_path / "torn") as other:
        for one in (env, other):
            subprocess.run([PYTHON, "-m", "warmhandoff", "manage", "migrate", "-v0"], env=one, cwd=ROOT, check=True)
        whole = finished(env, file)
        place = tmp_path / "torn" / "data" / "warmhandoff.sqlite3"
        kills, done = 0, [0]
        while kills < KILLS and killed(other, file, place, chance.uniform(0, 0.05)):
            kills += 1
            done.append(rows_done(place))
        told = finished(other, file)
    assert kills == KILLS, f"the import was over after {kills} kills"
    assert done == sorted(done) and done[1] > 0, f"each run went on where the last one was: {done}"
    assert told == whole, "the report is of the whole file"
    assert told["rows"] == ROWS and told["added"] > 100
    assert state(place) == state(tmp_path / "whole" / "data" / "warmhandoff.sqlite3")
    assert asked(place, "PRAGMA integrity_check") == [("ok",)]
    runs = asked(place, "SELECT count(*), count(finished_at) FROM directory_importrun")
    assert runs == [(1, 1)], "one run, gone on with"
    assert not list((place.parent / "imports").iterdir()), "nothing is left behind"
    say(f"{kills} kills at rows {done[1:]} of {ROWS}")
