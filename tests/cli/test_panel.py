"""`warmhandoff panel`: files in, an assignment out; faults with file, line and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.matching.examples import LISTING, NEED
from warmhandoff.cli.panel import panel
from warmhandoff.rules.refusals import BadInput


def run(folder: Path, clients: str, *arguments: str) -> Result:
    rows = [LISTING | {"openings": 1}, LISTING | {"id": 2, "name": "Full\u001b[31m", "openings": 0}]
    (folder / "listings.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "clients.jsonl").write_text(clients, encoding="utf-8")
    app = typer.Typer()
    app.command()(panel)
    return CliRunner().invoke(app, [str(folder / "clients.jsonl"), "--directory", str(folder), *arguments])


TWO = "\n".join(json.dumps({"client": name, "need": NEED}) for name in ("A-17", "A-18"))


def test_one_json_document(tmp_path: Path) -> None:
    result = run(tmp_path, TWO, "--json", "--k", "2")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [(one["client"], one["first"], one["options"]) for one in answer["assigned"]] == [("A-17", 1, [1, 2])]
    assert [(one["client"], one["options"]) for one in answer["unmatched"]] == [("A-18", [1, 2])]
    assert answer["unmatched"][0]["relaxations"][0]["total"] == 2
    assert answer["optimal"] is True
    assert answer["total_score"] == pytest.approx(answer["assigned"][0]["score"], abs=1e-6)
    assert answer["bound"] == {"assigned": 1, "total_score": answer["total_score"]}


def test_words_for_people(tmp_path: Path) -> None:
    said = run(tmp_path, TWO).stdout
    assert "1 of 2 clients have a first option." in said
    assert "A-18: no opening is left." in said
    assert "\u001b" not in said


def test_every_fault_with_its_line_and_field(tmp_path: Path) -> None:
    lines = [
        TWO, json.dumps({"client": "A-17", "need": NEED}), "{", json.dumps({"client": "", "need": []}),
        json.dumps({"client": "B", "need": NEED | {"kind": "wizard"}}),
        json.dumps({"client": "C", "need": NEED, "x": 1}),
    ]  # fmt: skip
    refusal = run(tmp_path, "\n".join(lines), "--json").exception
    assert isinstance(refusal, BadInput)
    assert [(one.line, one.field) for one in refusal.problems] == [
        (3, "client"), (4, None), (5, "client"), (5, "need"), (6, "need.kind"), (7, "x"),
    ]  # fmt: skip
