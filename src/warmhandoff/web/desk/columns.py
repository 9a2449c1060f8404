"""A file whose headings are not ours: what its columns hold is chosen, tried on its first rows, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.column_mappings import (
    KeptMapping,
    keep_mapping,
    kept_mapping,
    mapping_for,
    remove_mapping,
)
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.importing import Item, Row, Unread
from warmhandoff.directory.uploads import Uploaded, open_upload, set_mapping
from warmhandoff.directory.wording import fact_in_words
from warmhandoff.imports.choosing import Choices, choices_from, guess, mapping_text, unknown_words
from warmhandoff.imports.first_look import FirstLook, look_at
from warmhandoff.imports.mapping import parse_mapping
from warmhandoff.imports.sheet import first_rows, open_sheet
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.desk.file_reports import file_of, report_page, run
from warmhandoff.web.forms.columns import ColumnsForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

PREVIEWED = 10
_FIRST = ("name", "kind")


@dataclass(frozen=True)
class PreviewLine:
    """What one row of the file would become: a name, a kind and other facts in words, or the reason why not."""

    line: int
    name: str = ""
    kind: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    field: str = ""
    reason: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def directory_columns(request: StaffRequest, upload_id: UUID) -> HttpResponse:
    """Choose; see what the first rows become; keep it and go on to the trial run of the whole file."""
    upload = open_upload(request.actor, upload_id)
    look = look_at(file_of(upload))
    kept = mapping_for(request.actor, look.header)
    form = ColumnsForm(look, posted(request), choices=_begun(kept, look, upload.name))
    if request.method == "POST":
        form.is_valid()
        form.tell_missing()
        if "keep" in request.POST and not form.errors:
            try:
                return _kept(request, upload, form)
            except BadInput as refusal:
                tell(form, refusal)
    context = {
        "section": "listings", "upload": upload, "look": look, "form": form, "kept": kept,
        "preview": _preview(request, upload, form),
    }  # fmt: skip
    return render(request, "desk/listings/columns.html", context, status=422 if form.errors else 200)


def _begun(kept: KeptMapping | None, look: FirstLook, name: str) -> Choices:
    return guess(look, name) if kept is None else choices_from(kept.choices)


def _kept(request: StaffRequest, upload: Uploaded, form: ColumnsForm) -> HttpResponse:
    text, choices = form.text(), form.choices()
    read = Uploaded(upload.id, upload.name, text, upload.data)
    report = run(request, read, dry_run=True)
    keep_mapping(
        request.actor, form.look.header, name=choices.name, choices=choices.as_json(), text=text, now=request.now
    )
    set_mapping(request.actor, upload.id, text)
    return report_page(request, read, report, landed=False, read_by=choices.name)


@dataclass(frozen=True)
class Remembered:
    """A file with the mapping that the practice keeps for its headings. `strange`: words nobody has spoken of yet."""

    upload: Uploaded
    name: str
    strange: int


def remembered(request: StaffRequest, upload: Uploaded) -> Remembered | None:
    """The file as the practice's mapping for its headings reads it; None without one.

    The mapping is made anew from what was chosen then, so that words which only this file holds are understood.
    Refuses (BadInput) what is no CSV file with a header and rows.
    """
    look = look_at(file_of(upload))
    kept = mapping_for(request.actor, look.header)
    if kept is None:
        return None
    choices = choices_from(kept.choices)
    text = mapping_text(look, choices)
    set_mapping(request.actor, upload.id, text)
    return Remembered(Uploaded(upload.id, upload.name, text, upload.data), kept.name, _strange(look, choices))


def _strange(look: FirstLook, choices: Choices) -> int:
    found = unknown_words(look, choices)
    return sum(word not in choices.words.get(fact, {}) for fact, words in found.items() for word, _ in words)


def _preview(request: StaffRequest, upload: Uploaded, form: ColumnsForm) -> list[PreviewLine]:
    """The first rows as they would land; nothing while the choices make no mapping."""
    try:
        sheet = open_sheet(file_of(upload), upload.name, parse_mapping(form.text(), "these choices"))
    except BadInput:
        return []
    return [_line(item) for item in first_rows(sheet, PREVIEWED, now=request.now)]


def _line(item: Item) -> PreviewLine:
    if isinstance(item, Row):
        facts = tuple(
            (FIELDS[name].label, words) for name in FIELDS
            if name not in _FIRST and (words := fact_in_words(name, item.facts.get(name)))
        )  # fmt: skip
        name, kind = item.facts["name"], fact_in_words("kind", item.facts["kind"])
        checked = ((_("Checked with them on"), item.verified_on.isoformat()),) if item.verified_on else ()
        return PreviewLine(item.line, name, kind, facts + checked)
    assert isinstance(item, Unread)
    label = FIELDS[item.field].label if item.field in FIELDS else item.field or ""
    return PreviewLine(item.line, field=label, reason=item.reason)


@require_safe
def directory_mapping(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """A kept mapping as the file that `warmhandoff import csv --mapping` takes."""
    kept = kept_mapping(request.actor, mapping_id)
    name = {"Content-Disposition": f'attachment; filename="{kept.name}.toml"'}
    return HttpResponse(kept.text, content_type="application/toml; charset=utf-8", headers=name)


@require_POST
def directory_mapping_remove(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Remove a kept mapping."""
    remove_mapping(request.actor, mapping_id)
    messages.info(request, _("The mapping was removed. What was imported by it stays."))
    return redirect("directory_import")


urlpatterns = [
    path("network/import/<uuid:upload_id>/columns/", directory_columns, name="directory_columns"),
    path("network/mappings/<uuid:mapping_id>/", directory_mapping, name="directory_mapping"),
    path("network/mappings/<uuid:mapping_id>/remove/", directory_mapping_remove, name="directory_mapping_remove"),
]
