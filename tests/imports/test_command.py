"""`warmhandoff import csv`: what it prints and the exit codes scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.imports.test_register import workbook
from tests.imports.test_sheet import ANA, BO, HEADER, MAPPING, SAMPLES, text_of
from warmhandoff.cli.import_ import import_app
from warmhandoff.directory.models import Listing
from warmhandoff.rules.refusals import BadInput

pytestmark = pytest.mark.slow

KEYS = ["rows", "added", "changed", "unchanged", "merged", "retired", "rejected"]


def run(folder: Path, data: bytes, *more: str) -> Result:
    (folder / "my.toml").write_text(MAPPING)
    (folder / "people.csv").write_bytes(data)
    return CliRunner().invoke(
        import_app, ["csv", str(folder / "people.csv"), "--mapping", str(folder / "my.toml"), *more]
    )  # fmt: skip


def test_a_clean_file_ends_with_0_and_one_document(db: None, tmp_path: Path) -> None:
    result = run(tmp_path, text_of(ANA, BO), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert list(document) == KEYS
    assert (document["rows"], document["added"], document["rejected"]) == (2, 2, [])
    assert Listing.objects.filter(practice=None).count() == 2


def test_rejected_rows_end_with_1_and_are_told(db: None, tmp_path: Path) -> None:
    result = run(tmp_path, text_of(ANA, [*BO[:2], "wizard\x1b[31m", *BO[3:]]))
    assert result.exit_code == 1
    assert "2 rows: 1 added, 0 changed, 0 unchanged, 0 merged, 1 rejected." in result.stdout
    assert "line 3: kind: unknown code" in result.stdout and "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [(b"", (), "header"), (b"a,b\n", (), "none such"), (text_of(ANA), ("--practice", "nobody"), "no practice called")],
)
def test_what_cannot_be_read_is_refused_with_2_and_writes_nothing(
    db: None, tmp_path: Path, data: bytes, more: tuple[str, ...], words: str
) -> None:
    result = run(tmp_path, data, *more)
    assert isinstance(result.exception, BadInput)
    assert result.exception.exit_code == 2 and words in result.exception.message
    assert not Listing.objects.exists()


def test_a_practices_own_and_a_dry_run(cast: Any, tmp_path: Path) -> None:
    result = run(tmp_path, text_of(ANA), "--practice", cast.practice.slug, "--dry-run")
    assert result.exit_code == 0 and "Nothing was written" in result.stdout and not Listing.objects.exists()
    run(tmp_path, text_of(ANA), "--practice", cast.practice.slug)
    assert Listing.objects.get().practice_id == cast.practice.pk


@pytest.mark.parametrize(
    ("command", "path", "rows", "added", "rejected"),
    [
        ("nppes", "nppes", 21, 5, 11), ("hsds", "hsds", 5, 4, 1), ("hsds", "hsds/services.json", 5, 4, 1),
        ("plan-net", "plan-net/bundle.json", 4, 2, 2),
    ],
)  # fmt: skip
def test_every_format_has_its_command(
    db: None, command: str, path: str, rows: int, added: int, rejected: int
) -> None:
    tried = CliRunner().invoke(import_app, [command, str(SAMPLES / path), "--dry-run", "--json"])
    result = CliRunner().invoke(import_app, [command, str(SAMPLES / path), "--json"])
    assert (tried.exit_code, result.exit_code) == (1, 1) and tried.stdout == result.stdout
    document = json.loads(result.stdout)
    assert list(document)[:7] == KEYS
    assert (document["rows"], document["added"], len(document["rejected"])) == (rows, added, rejected)
    again = CliRunner().invoke(import_app, [command, str(SAMPLES / path)])
    assert again.exit_code == 1 and f"{rows:,} rows: 0 added, 0 changed, " in again.stdout


@pytest.mark.parametrize("command", ["nppes", "hsds", "plan-net"])
def test_a_file_of_another_kind_is_refused_with_2(db: None, tmp_path: Path, command: str) -> None:
    (tmp_path / "x.json").write_text("{}")
    for path in (tmp_path / "x.json", tmp_path, tmp_path / "gone"):
        result = CliRunner().invoke(import_app, [command, str(path)])
        assert isinstance(result.exception, BadInput) and result.exception.exit_code == 2


def test_a_workbook_is_read_as_its_first_sheet(db: None, tmp_path: Path) -> None:
    small = '[source]\nname = "book"\n[key]\ncolumns = ["id"]\n[facts]\nname.column = "name"\nkind.column = "kind"\n'
    (tmp_path / "my.toml").write_text(small)
    (tmp_path / "people.xlsx").write_bytes(workbook(HEADER[:3], ANA[:3], BO[:3]))
    result = CliRunner().invoke(
        import_app, ["csv", str(tmp_path / "people.xlsx"), "--mapping", str(tmp_path / "my.toml")]
    )
    assert result.exit_code == 0 and set(Listing.objects.values_list("name", flat=True)) == {"Ana", "Bo"}
