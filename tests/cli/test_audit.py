"""`warmhandoff audit verify|export`: what is printed, the exit codes, and that an export is an entry itself."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.cast import Cast
from tests.walls import lift
from warmhandoff.cli.audit import audit_app
from warmhandoff.core.models import AuditEntry
from warmhandoff.rules.refusals import BadInput


def run(*arguments: object) -> Result:
    return CliRunner().invoke(audit_app, [str(argument) for argument in arguments])


def test_a_sound_audit_ends_with_0(cast: Cast) -> None:
    result = run("verify")
    assert result.exit_code == 0, result.output
    assert "lakeside-counseling: 8 entries, all as they were written" in result.output
    document = json.loads(run("verify", "--json").stdout)
    assert document["sound"] and {one["practice"] for one in document["chains"]} >= {"lakeside-counseling"}


def test_a_break_ends_with_1_and_says_where(cast: Cast) -> None:
    lift()
    chain = cast.practice.pk.hex
    AuditEntry.objects.filter(chain=chain, number=3).update(verb="nothing")
    result = run("verify")
    assert result.exit_code == 1
    assert "lakeside-counseling: BROKEN at 3, altered: the entry is not what was written" in result.output
    assert "FAULT: the trigger" in result.output
    document = json.loads(run("verify", "--json").stdout)
    broken = {one["chain"]: one["broken"] for one in document["chains"]}[chain]
    assert (broken["number"], broken["kind"], document["sound"]) == (3, "altered", False)


def test_an_export_holds_every_entry_and_itself(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    result = run("export", path, "--practice", "lakeside-counseling")
    assert result.exit_code == 0, result.output
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert {line["chain"] for line in lines} == {cast.practice.pk.hex}
    assert (lines[-1]["verb"], lines[-1]["subject_kind"]) == ("export", "audit")
    assert any(line["clients"] == [cast.client.pk.hex] for line in lines)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Rosalind" not in path.read_text()


def test_all_practices_go_to_standard_output(cast: Cast) -> None:
    lines = [json.loads(line) for line in run("export", "-").stdout.splitlines()]
    assert len({line["chain"] for line in lines}) == 2


@pytest.mark.parametrize("more", [("--practice", "nowhere"), ()])
def test_what_cannot_be_exported_is_refused_and_leaves_no_entry(
    cast: Cast, tmp_path: Path, more: tuple[str, ...]
) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text("mine")
    before = AuditEntry.objects.count()
    assert isinstance(run("export", path, *more).exception, BadInput)
    assert path.read_text() == "mine" and AuditEntry.objects.count() == before
