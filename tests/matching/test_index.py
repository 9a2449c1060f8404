"""The index on disk: mapped back it answers the same, damage is noticed, and other indexes lie over it."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic import columns_of
from tests.matching import oracle
from tests.matching.strategies import listings, need
from warmhandoff.matching import Directory, explain, parse_listing, parse_need, search
from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.storage import META, NoIndex, checked_whole, opened, saved

pytestmark = pytest.mark.slow

Raw = dict[str, Any]


def parsed(rows: list[Raw]) -> list[Any]:
    return [parse_listing(row) for row in rows]


@settings(max_examples=30)
@given(listings(), need(), st.integers(1, 5))
def test_written_and_mapped_back_it_answers_the_same(rows: list[Raw], asked: Raw, k: int) -> None:
    with TemporaryDirectory() as folder:
        saved(built(Columns.of(parsed(rows))), Path(folder) / "index", version=7)
        segment, facts = opened(Path(folder) / "index")
        checked_whole(Path(folder) / "index")
        assert facts == {"version": 7}
        mapped = Directory.of_segments([segment])
        assert search(mapped, parse_need(asked), k, True).as_json() == oracle.answer(asked, rows, k, relax=True)
        for row in rows:
            assert explain(mapped, parse_need(asked), row["id"]).as_json() == oracle.explanation(asked, row)


@settings(max_examples=30)
@given(listings(), listings(), st.sets(st.integers(-5, 40), max_size=4), need(), st.integers(1, 5))
def test_listings_laid_over_others_answer_as_one_directory(
    shared: list[Raw], own: list[Raw], without: set[int], asked: Raw, k: int
) -> None:
    laid = Directory.of(parsed(shared)).overlaid(parsed(own), without)
    mine = {row["id"] for row in own}
    rows = own + [row for row in shared if row["id"] not in mine | without]
    assert search(laid, parse_need(asked), k, True).as_json() == oracle.answer(asked, rows, k, relax=True)
    assert len(laid) == len(rows)


@settings(max_examples=30)
@given(listings(), need(), st.integers(0, 500))
def test_an_index_that_was_made_days_ago(rows: list[Raw], asked: Raw, days: int) -> None:
    older = [
        row | ({} if row.get("verified_days") is None else {"verified_days": row["verified_days"] + days})
        for row in rows
    ]
    aged = Directory.of_segments([built(Columns.of(parsed(rows)))], aging=days)
    assert search(aged, parse_need(asked), 5).as_json() == oracle.answer(asked, older, 5, relax=False)


def test_the_bytes_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = [{"id": n, "kind": "therapist", "lat": 30 + n % 3, "lon": -97, "treats": ["ocd"][: n % 2]} for n in range(9)]
    saved(built(Columns.of(parsed(rows))), tmp_path / "one")
    saved(built(Columns.of(parsed(rows[::-1]))), tmp_path / "other")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes()


@pytest.mark.parametrize("name", [META, "bits", "rows"])
def test_what_is_cut_short_is_no_index(tmp_path: Path, name: str) -> None:
    saved(built(Columns.of(parsed([{"id": 1, "kind": "therapist"}]))), tmp_path / "index")
    file = tmp_path / "index" / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(NoIndex):
        opened(tmp_path / "index")


def test_a_changed_byte_is_found_by_the_whole_check(tmp_path: Path) -> None:
    saved(built(Columns.of(parsed([{"id": 1, "kind": "therapist"}]))), tmp_path / "index")
    file = tmp_path / "index" / "rows"
    data = bytearray(file.read_bytes())
    data[0] ^= 1
    file.write_bytes(data)
    with pytest.raises(NoIndex, match="damaged"):
        checked_whole(tmp_path / "index")


WRITING = """
import sys
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path
from warmhandoff.matching import parse_listing
from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.storage import saved
listings = [parse_listing({"id": n, "kind": "therapist", "lat": 30 + n / 1e4, "lon": -97}) for n in range(2000)]
index = built(Columns.of(listings))
print("ready", flush=True)
for number in range(1000):
    saved(index, Path(sys.argv[1]) / str(number))
"""


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="this system has no advice about large pages")
def test_large_files_are_mapped_in_large_pages_where_the_system_has_them(tmp_path: Path, say: Any) -> None:
    saved(built(columns_of(60_000, 0.2)), tmp_path / "index")
    segment, _ = opened(tmp_path / "index")
    assert segment.bits.nbytes > 2 << 20
    touched = int(segment.bits[:, ::512].max())
    about = (tmp_path / "index" / "bits").as_posix()
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").partition(about)[2].splitlines()[:40]
    flags = next(line for line in lines if line.startswith("VmFlags:"))
    large = next(line for line in lines if line.startswith("FilePmdMapped:"))
    say(f"of {segment.bits.nbytes >> 10} kB of bits {large.split()[1]} kB lie in large pages here")
    assert touched and " hg" in flags


@pytest.mark.faults
@pytest.mark.parametrize("trial", range(8))
def test_killed_while_writing_it_leaves_only_whole_indexes(tmp_path: Path, trial: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.02 + 0.037 * trial)
        child.kill()
    named = [folder for folder in tmp_path.iterdir() if not folder.name.startswith(".")]
    for folder in named:
        checked_whole(folder)
