"""A file that was sent: tried out or landed, and the report of either."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from warmhandoff.directory.uploads import Uploaded
from warmhandoff.imports.inputs import Input, of_bytes
from warmhandoff.imports.mapping import parse_mapping, shipped
from warmhandoff.imports.sheet import Report, import_sheet, open_sheet
from warmhandoff.imports.workbook import as_csv, is_workbook
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.web.context import here
from warmhandoff.web.requests import StaffRequest

MOST_ROWS = 20_000
REJECTED_SHOWN = 50


def file_of(upload: Uploaded) -> Input:
    """What was sent, as a CSV file: of a workbook its first sheet."""
    file = of_bytes(upload.data, upload.name)
    return as_csv(file) if is_workbook(file) else file


def run(request: StaffRequest, upload: Uploaded, *, dry_run: bool) -> Report:
    """Import what was sent into the practice's own network, or tell what that would do."""
    mapping = shipped().get(upload.mapping)
    if mapping is None and upload.mapping:
        mapping = parse_mapping(upload.mapping, "your mapping")
    sheet = open_sheet(file_of(upload), upload.name, mapping)
    if sheet.rows > MOST_ROWS:
        reason = f"has {sheet.rows:,} rows; over {MOST_ROWS:,} go through `warmhandoff import csv` on the server"
        raise BadInput(Problem(reason, field="file"))
    return import_sheet(sheet, practice_id=request.actor.practice_id, now=request.now, dry_run=dry_run)


def report_page(request: StaffRequest, upload: Uploaded, report: Report, *, landed: bool, **more: Any) -> HttpResponse:
    """The report of a trial run, with the way on, or of a landing. `more`: `read_by`, the name of a kept mapping, and
    `strange`, how many words of the file it says nothing of."""
    document = report.as_json()
    context = {
        "section": "listings", "upload": upload, "report": document, "landed": landed, "now": here(request),
        "rejected": document["rejected"][:REJECTED_SHOWN],
        "more_rejected": max(0, len(document["rejected"]) - REJECTED_SHOWN), **more,
    }  # fmt: skip
    return render(request, "desk/listings/report.html", context)
