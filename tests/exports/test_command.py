"""`warmhandoff export` and the page: exit codes, whole files or none, and who may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cast import NOW, Cast
from tests.exports.listings import EVERYTHING, make_listing
from warmhandoff.cli.export import export_app
from warmhandoff.cli.import_ import import_app
from warmhandoff.core import clock
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory.fields import checked
from warmhandoff.directory.models import Listing
from warmhandoff.exports import files
from warmhandoff.rules.refusals import BadInput, Unavailable

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "name", "bring"),
    [("csv", "a.csv", "csv"), ("hsds", "a.json", "hsds"), ("hsds", "a.zip", "hsds"), ("fhir", "a.json", "plan-net"),
     ("fhir", "a.ndjson", "plan-net")],
)  # fmt: skip
def test_out_and_in_again(cast: Cast, tmp_path: Path, kind: str, name: str, bring: str) -> None:
    make_listing(checked(EVERYTHING))
    path = tmp_path / name
    result = CliRunner().invoke(export_app, [kind, str(path), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"file": str(path), "listings": 1, "size": path.stat().st_size}
    assert list(tmp_path.iterdir()) == [path]
    result = CliRunner().invoke(import_app, [bring, str(path), "--practice", cast.practice.slug])
    assert result.exit_code == 0 and Listing.objects.filter(practice=cast.practice).count() == 1


def test_no_file_is_replaced_and_no_half_file_left(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_listing(checked(EVERYTHING))
    (tmp_path / "a.csv").write_text("mine")
    wrong = (["csv", "a.csv"], ["csv", "a.pdf"], ["hsds", "b.csv"], ["csv", "b.csv", "--practice", "nobody"])
    for kind, name, *more in wrong:
        arguments = [kind, str(tmp_path / name), *more]
        result = CliRunner().invoke(export_app, arguments)
        assert isinstance(result.exception, BadInput) and result.exception.exit_code == 2
    result = CliRunner().invoke(export_app, ["csv", str(tmp_path / "no" / "b.csv")])
    assert isinstance(result.exception, Unavailable) and result.exception.exit_code == 4

    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    result = CliRunner().invoke(export_app, ["csv", str(tmp_path / "c.csv")])
    assert isinstance(result.exception, Unavailable)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"] and (tmp_path / "a.csv").read_text() == "mine"


def test_the_page_asks_first_and_writes_who_took_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make_listing(checked({**EVERYTHING, "name": "Own Person"}), practice_id=cast.practice.pk)
    make_listing(checked({**EVERYTHING, "name": "Shared Person"}), key="2", source="other")
    web = cast.web()
    assert "One listing is in your network." in web.get("/network/export/").content.decode()
    asked = {"what": "network", "form": "csv.csv"}
    assert web.post("/network/export/", asked).status_code == 422
    assert not AuditEntry.objects.filter(verb="export").exists()
    answer = web.post("/network/export/", {**asked, "sure": "on"})
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Disposition"] == 'attachment; filename="network-2026-11-23.csv"'
    assert "Own Person" in text and "Shared Person" not in text
    answer = web.post("/network/export/", {"what": "shared", "form": "hsds.json", "sure": "on"})
    page = json.loads(b"".join(answer.streaming_content))
    assert [service["name"] for service in page["contents"]] == ["Shared Person"]
    entries = AuditEntry.objects.filter(verb="export", subject_kind="directory", membership_id=cast.clinician.pk)
    assert entries.count() == 2
