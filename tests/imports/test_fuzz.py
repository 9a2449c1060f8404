"""Files from anywhere, through the importer: refused with a reason or read, never a fault, and all or nothing."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imports.test_sheet import ANA, BO, HEADER, MAPPING
from warmhandoff.directory.models import Fact, ImportRun, Listing
from warmhandoff.imports import sheet
from warmhandoff.imports.mapping import parse_mapping
from warmhandoff.rules.refusals import BadInput

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
COUNT = {"fast": 120, "ci": 1500, "nightly": 20_000}[os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast")]
CELLS = ("", "n/a", "Ana", "therapist", "wizard", "\x00", "=1+1", "@SUM(A1)", "\t+1", "é" * 999, '"', "\n", "a,b",
         "1e999", "$150", "nan", "-97.7", "91", "78704", "2026-11-01", "9999-99-99", "\u202e", "a||b")  # fmt: skip


def sheet_of(seed: int) -> bytes:
    """A sheet that is nearly right: known columns, odd cells, ragged rows, one of several encodings."""
    chance, text = Random(seed), io.StringIO()
    writer = csv.writer(text, lineterminator=chance.choice(["\n", "\r\n"]))
    writer.writerow(HEADER)
    for number in range(chance.randrange(12)):
        row = [str(number), *[chance.choice([good, chance.choice(CELLS)]) for good in chance.choice([ANA, BO])[1:]]]
        writer.writerow(row[: chance.choice([len(row), len(row), len(row), 3])] + ["x"] * chance.choice([0, 0, 0, 2]))
    data = text.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "utf-8", "latin-1", "utf-16"]), "replace")
    if chance.random() < 0.3:
        data = bytes(byte if chance.random() < 0.98 else chance.randrange(256) for byte in data)
    return data


def tried(data: bytes, practice_id: Any = None) -> bool:
    """Whether the file was read; if not, nothing of it is there. If so, its rows are all accounted for."""
    mapping = parse_mapping(MAPPING, "my.toml")
    before = (Listing.objects.count(), Fact.objects.count(), ImportRun.objects.count())
    try:
        opened = sheet.open_sheet(data, "people.csv", mapping)
        dry = sheet.import_sheet(opened, practice_id=practice_id, now=NOW, dry_run=True)
        assert (Listing.objects.count(), Fact.objects.count(), ImportRun.objects.count()) == before
        report = sheet.import_sheet(opened, practice_id=practice_id, now=NOW, dry_run=False)
    except BadInput as refusal:
        assert refusal.exit_code == 2 and all(problem.reason for problem in refusal.problems)
        assert (Listing.objects.count(), Fact.objects.count(), ImportRun.objects.count()) == before
        return False
    found, expected = report.as_json(), dry.as_json()
    assert found == expected, "the dry run said something else"
    landed = sum(found[name] for name in ("added", "changed", "unchanged", "merged"))
    assert found["rows"] == landed + len(found["rejected"])
    assert all(row["line"] >= 2 and row["reason"] for row in found["rejected"])
    again = sheet.import_sheet(opened, practice_id=practice_id, now=NOW, dry_run=False).as_json()
    assert again["added"] == again["changed"] == 0, "twice is once"
    return True


def test_nearly_right_sheets(db: None) -> None:
    from django.db import transaction

    read = 0
    for seed in range(COUNT):
        with transaction.atomic():
            read += tried(sheet_of(seed))
            transaction.set_rollback(True)
    assert COUNT // 4 < read < COUNT, "some are read and some are refused"


@pytest.mark.django_db
@settings(max_examples=COUNT, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=200).map(lambda tail: ",".join(HEADER).encode() + b"\n" + tail),
))  # fmt: skip
def test_any_bytes(data: bytes) -> None:
    tried(data)
    Listing.objects.all().delete()


def test_mappings_are_refused_with_words() -> None:
    for seed in range(COUNT):
        chance = Random(seed)
        lines = MAPPING.splitlines()
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(lines))
            lines[place] = chance.choice(["", "[", "a = 1", 'column = "\\ud800"', "[facts.nothing]", "split = 3"])
        try:
            parse_mapping("\n".join(lines), "my.toml")
        except BadInput as refusal:
            assert refusal.problems and all(problem.file == "my.toml" for problem in refusal.problems)
