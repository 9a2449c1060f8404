"""`warmhandoff match`: a need against a listings file, in words and as one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.matching.examples import LISTING, NEED, Raw
from warmhandoff.cli.match import match, printable
from warmhandoff.matching import Directory, parse_listing, parse_need, schema, search
from warmhandoff.rules.refusals import BadInput

ROWS = [
    LISTING,
    LISTING | {"id": 2, "name": None, "plans": None},
    LISTING | {"id": 3, "name": "Far Away", "zip": "79901"},
    LISTING | {"id": 4, "name": "Later \u001b[31mRed", "accepting": "waitlist"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "need.json").write_text(json.dumps(NEED), encoding="utf-8")
    (tmp_path / "listings.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return tmp_path


def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(match)
    return app


def call(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(command(), [str(argument) for argument in arguments], input=stdin)


def run(folder: Path, *arguments: object, stdin: str | None = None) -> Result:
    need = "-" if stdin is not None else folder / "need.json"
    return call(need, "--directory", folder, *arguments, stdin=stdin)


def refusal(*arguments: object, stdin: str | None = None) -> BadInput:
    result = call(*arguments, stdin=stdin)
    assert isinstance(result.exception, BadInput)
    assert result.exception.exit_code == 2
    assert result.stdout == ""
    return result.exception


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_document_is_the_engines_answer(folder: Path) -> None:
    directory = Directory.of(map(parse_listing, ROWS))
    found = document(run(folder, "--json", "--k", 2, "--relax"))
    assert found == search(directory, parse_need(NEED), 2, True).as_json()
    assert [option["id"] for option in found["options"]] == [1]
    assert found["possibles"][0]["ask"] == ["payment"]


def test_relaxations_only_when_due(folder: Path) -> None:
    assert "relaxations" not in document(run(folder, "--json", "--k", 1))
    assert "relaxations" in document(run(folder, "--json", "--k", 2))
    assert "relaxations" in document(run(folder, "--json", "--k", 1, "--relax"))


def test_the_explanation_is_the_whole_document(folder: Path) -> None:
    assert document(run(folder, "--json", "--explain", 3)) == {"id": 3, "fails": ["place"], "unknown": []}
    assert document(run(folder, "--json", "--explain", 2)) == {"id": 2, "fails": [], "unknown": ["payment"]}


def test_a_file_and_its_folder_are_the_same(folder: Path) -> None:
    assert call(folder / "need.json", "--directory", folder / "listings.jsonl").stdout == run(folder).stdout


def test_the_need_may_come_by_standard_input(folder: Path) -> None:
    need = NEED | {"payment": {"any": True}}
    found = document(run(folder, "--json", stdin=json.dumps(need)))
    assert [option["payment"] for option in found["options"]] == ["any", "any"]


def test_the_answer_in_words(folder: Path) -> None:
    lines = run(folder, "--relax").stdout.splitlines()
    assert lines[0] == "1 option; the best 1:"
    assert lines[2] == "1. Dana Alvarez (id 1): score 74.6 of 100"
    assert lines[3] == "   in person, 0.0 miles away; takes the plan"
    assert "   short wait            0.71      12   11.16" in lines
    assert " - id 2: ask about payment (score so far 74.6)" in lines
    assert " - treats: Trauma no longer needed: 1 option, first Dana Alvarez (id 1)" in lines
    assert " - any payment: 2 options, first Dana Alvarez (id 1)" in lines
    assert " - waiting lists accepted, however long: 2 options, first Dana Alvarez (id 1)" in lines


def test_no_option_is_said_and_is_an_answer(folder: Path) -> None:
    result = run(folder, stdin=json.dumps(NEED | {"level": "crisis"}))
    assert result.exit_code == 0
    assert result.stdout.startswith("No listing passes every must.\n")
    assert " - any language: still none" in result.stdout


@pytest.mark.parametrize(
    ("listing_id", "lines"),
    [
        (1, ["Dana Alvarez (id 1) passes every must: it is an option."]),
        (2, ["id 2 may be an option: it fails nothing.", "Not known, and to be asked:", " - payment"]),
        (3, ["Far Away (id 3) is not an option. It fails:", " - place"]),
    ],
)
def test_the_explanation_in_words(folder: Path, listing_id: int, lines: list[str]) -> None:
    assert run(folder, "--explain", listing_id).stdout.splitlines() == lines


def test_codes_are_explained_by_their_labels(folder: Path) -> None:
    result = run(folder, "--explain", 1, stdin=json.dumps(NEED | {"modalities_must": ["erp"]}))
    assert " - method: Exposure and Response Prevention\n" in result.stdout


def test_a_name_cannot_steer_the_terminal(folder: Path) -> None:
    result = run(folder, "--explain", 4)
    assert "\x1b" not in result.output and "Later  [31mRed (id 4)" in result.stdout
    assert printable("a\nb\u202ec") == "a b c"


def test_warnings_go_to_standard_error_alone(folder: Path) -> None:
    row: Raw = {"id": 9, "kind": "group", "colour": 1, "zip": "99999"}
    (folder / "listings.jsonl").write_text(json.dumps(row), encoding="utf-8")
    result = run(folder, "--json")
    assert document(result)["total"] == 0
    assert result.stderr.splitlines() == [
        "Warning: colour: there is no such field; left unread in 1 listing",
        "Warning: zip: not in the table of ZIPs, so the place is unknown, in 1 listing",
        "Warning: payment.plan: no listing names the plan 'aetna'",
    ]


@pytest.mark.parametrize("name", ["need", "listing", "clients"])
def test_schemas_are_printed_without_a_need(name: str) -> None:
    result = call("--schema", name)
    assert (result.exit_code, result.stdout) == (0, schema(name))


def test_bad_input_is_refused_with_file_line_and_field(folder: Path) -> None:
    need, listings = folder / "need.json", folder / "listings.jsonl"
    assert refusal("--schema", "panel").problems[0].field == "schema"
    assert refusal(need).problems[0].field == "--directory"
    assert refusal().problems[0].field == "NEED.json"
    assert refusal(need, "--directory", folder, "--k", 0).problems[0].field == "k"
    assert refusal(need, "--directory", folder, "--explain", 77).problems[0].field == "id"
    assert refusal(folder / "other.json", "--directory", folder).problems[0].file == str(folder / "other.json")
    assert refusal("-", "--directory", folder, stdin="{").problems[0].file == "standard input"
    listings.write_text('{"id": 1, "kind": "therapist"}\n{"id": 2, "kind": "therapist", "fee": -1}\n', encoding="utf-8")
    [problem] = refusal(need, "--directory", folder).problems
    assert (problem.file, problem.line, problem.field) == (str(listings), 2, "fee")


def test_help_gives_an_example() -> None:
    assert "warmhandoff match need.json --directory" in call("--help").stdout
