"""Anchors: signed heads outside the database, an hour apart, each tied to the one before."""

from __future__ import annotations

import json
import logging
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.core.test_audit_chain import actor, fill
from warmhandoff.core import anchors, audit, jobs
from warmhandoff.core.models import AuditHead

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings: Any) -> Path:
    return Path(settings.AUDIT_ANCHOR_FILE)


@pytest.fixture
def written(file: Path, now: datetime) -> str:
    """A chain that grew for three hours, anchored each time."""
    name = fill(actor(), 3, now)
    anchors.anchor(now)
    for hour in (1, 2):
        fill(actor(UUID(hex=name)), 3, now)
        anchors.anchor(now + timedelta(hours=hour))
    return name


def test_each_hour_adds_a_signed_line_that_only_its_owner_reads(written: str, file: Path) -> None:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["heads"][written][0] for line in lines] == [3, 6, 9]
    assert [line["previous"] for line in lines[1:]] == [line["mac"] for line in lines[:-1]]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    report = audit.verify()
    assert (report.sound, report.anchors) == (True, 3)


def test_one_line_an_hour_and_none_where_nothing_moved(written: str, file: Path, now: datetime) -> None:
    fill(actor(UUID(hex=written)), 1, now)
    assert anchors.anchor(now + timedelta(hours=2, minutes=30)) == 0
    assert anchors.anchor(now + timedelta(hours=3)) == 1
    assert anchors.anchor(now + timedelta(hours=4)) == 0
    assert len(file.read_text().splitlines()) == 4


def test_the_worker_anchors_by_its_clock(file: Path, now: datetime) -> None:
    fill(actor(), 1, now)
    jobs.tick(now)
    fill(actor(), 1, now)
    jobs.tick(now + timedelta(seconds=20))
    assert len(file.read_text().splitlines()) == 1
    jobs.tick(now + timedelta(hours=1))
    assert len(file.read_text().splitlines()) == 2


def test_a_line_that_was_altered_or_taken_out_is_named(written: str, file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    line = json.loads(lines[1])
    line["heads"][written][0] = 5
    file.write_text(lines[0] + json.dumps(line) + "\n" + lines[2])
    assert any("line 2" in fault and "altered" in fault for fault in audit.verify().faults)
    file.write_text(lines[0] + lines[2])
    assert audit.verify().faults == ["lines are missing before line 2 of the anchor file"]
    for nonsense in ("not JSON", "[]", '{"mac": 1}', '{"mac": "x", "signed_by": "gone", "heads": {}}'):
        file.write_text(f"{lines[0]}{nonsense}\n")
        assert len(audit.verify().faults) == 1, nonsense


def test_a_line_that_a_crash_cut_short_gives_way_to_the_next(written: str, file: Path, now: datetime) -> None:
    whole = file.read_text()
    file.write_text(whole + '{"at": "2026')
    assert audit.verify().sound
    fill(actor(UUID(hex=written)), 1, now)
    assert anchors.anchor(now + timedelta(hours=5)) == 1
    assert file.read_text().startswith(whole) and len(file.read_text().splitlines()) == 4 and audit.verify().sound


def test_a_chain_that_went_back_is_logged(written: str, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    AuditHead.objects.filter(pk=written).update(number=2)
    with caplog.at_level(logging.ERROR, logger="warmhandoff.audit"):
        anchors.anchor(now + timedelta(hours=6))
    assert "went back from 9 to 2" in caplog.text


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_tick_and_tried_again(
    file: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    fill(actor(), 1, now)
    file.parent.parent.joinpath("anchors").write_text("in the way")
    jobs.tick(now)
    assert "anchor_audit failed" in caplog.text
    os.unlink(file.parent)
    jobs.tick(now + timedelta(seconds=20))
    assert len(file.read_text().splitlines()) == 1
