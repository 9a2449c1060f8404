"""Files from anywhere, through the importer: refused with a reason or read, never a fault, and all or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imports.test_sheet import ANA, BO, HEADER, MAPPING, SAMPLES
from warmhandoff.directory.models import Fact, ImportRun, Listing
from warmhandoff.imports import sheet
from warmhandoff.imports.hsds import import_hsds
from warmhandoff.imports.inputs import of_bytes
from warmhandoff.imports.mapping import parse_mapping
from warmhandoff.imports.plan_net import import_plan_net
from warmhandoff.imports.register import import_register
from warmhandoff.imports.telling import json_of
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


FORMATS: dict[str, tuple[str, Callable[..., Any]]] = {
    "nppes": (
        "nppes/npidata_pfile_20251103-20251109.csv",
        lambda file, **how: import_register([file], practice_id=None, now=NOW, **how),
    ),
    "places": (
        "nppes/pl_pfile_20251103-20251109.csv",
        lambda file, **how: import_register([file], practice_id=None, now=NOW, **how),
    ),
    "hsds": (
        "hsds/services.json", lambda file, **how: [import_hsds([file], file.name, practice_id=None, now=NOW, **how)],
    ),
    "plan-net": (
        "plan-net/bundle.json",
        lambda file, **how: [import_plan_net([file], file.name, practice_id=None, now=NOW, **how)],
    ),
}  # fmt: skip
PIECES = [b'"', b",", b"\n", b"\x00", b"\xff", b"null", b"[]", b"{}", b"1e999", b"-1", b"true", b"\\ud800", b"{", b"]",
          b'"id"', b"\xef\xbb\xbf", b"9" * 400, b"\r", b":", b'""', b"2084P0800X", b"a" * 3000]  # fmt: skip


def damaged(data: bytes, chance: Random) -> bytes:
    """A file with a few bytes cut out, doubled, or replaced by something that means something to its format."""
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.choice([0, 0, 1, 3, 40, 400]))
        data = data[:place] + chance.choice([b"", data[place:end] * 2, chance.choice(PIECES)]) + data[end:]
    return data if chance.random() < 0.9 else data[: chance.randrange(len(data) + 1)]


ODD = [None, "", "x", "\ud800", "\x00", 0, -1, 1e300, True, [], {}, [[]], [7], {"id": 7}, "9" * 400, ["a"],
       {"coding": 3}]  # fmt: skip


def twisted(data: bytes, chance: Random) -> bytes:
    """A JSON document that is still one, with some of its values replaced by what nobody would put there."""
    document = json.loads(data)
    for _ in range(chance.randrange(1, 8)):
        where: Any = document
        while True:
            if not where:
                break
            key = chance.choice(list(where) if isinstance(where, dict) else range(len(where)))
            if not isinstance(where[key], (dict, list)) or chance.random() < 0.1:
                where[key] = deepcopy(chance.choice(ODD))
                break
            where = where[key]
    return json.dumps(document).encode()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_damaged_files_of_every_format(db: None, name: str) -> None:
    from django.db import transaction

    sample, bring_in = FORMATS[name]
    whole, read = (SAMPLES / sample).read_bytes(), 0
    count = max(20, COUNT // len(FORMATS)) if COUNT > 120 else 20
    for seed in range(count):
        chance = Random(f"{name} {seed}")
        change = twisted if sample.endswith(".json") and seed % 2 else damaged
        file = of_bytes(change(whole, chance), sample.rpartition("/")[2])
        with transaction.atomic():
            try:
                dry = bring_in(file, dry_run=True)
                assert not Listing.objects.exists() and not ImportRun.objects.exists()
                told = bring_in(file)
            except BadInput as refusal:
                assert refusal.exit_code == 2 and all(problem.reason for problem in refusal.problems)
                assert not Listing.objects.exists() and not ImportRun.objects.exists(), "nothing of it is written"
            else:
                document = json.loads("".join(json_of(told)))
                assert document == json.loads("".join(json_of(dry))), "the dry run said something else"
                landed = sum(document[name] for name in ("added", "changed", "unchanged", "merged"))
                assert document["rows"] == landed + len(document["rejected"])
                again = json.loads("".join(json_of(bring_in(file))))
                assert again["added"] == again["changed"] == again["retired"] == 0, "twice is once"
                read += 1
            transaction.set_rollback(True)
    assert read > count // 20, "some are read"


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
