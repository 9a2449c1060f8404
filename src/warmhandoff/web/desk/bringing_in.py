"""Colleagues by the handful (a pasted list) and by the thousand (a file)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.directory.column_mappings import kept_mappings
from warmhandoff.directory.listing import may_change
from warmhandoff.directory.pasting import MOST, PastedContact, add_pasted, read_pasted
from warmhandoff.directory.queries import names_in_network
from warmhandoff.directory.uploads import Uploaded, drop_upload, keep_upload, open_upload
from warmhandoff.imports.mapping import shipped
from warmhandoff.imports.sheet import is_recognised
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.web.context import here
from warmhandoff.web.desk.columns import remembered
from warmhandoff.web.desk.columns import urlpatterns as columns
from warmhandoff.web.desk.file_reports import file_of, report_page, run
from warmhandoff.web.forms.listing import PastedForm, PasteForm, UploadForm
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.forms.problems import sentence, tell
from warmhandoff.web.requests import StaffRequest

PastedForms = forms.formset_factory(PastedForm, extra=0, max_num=MOST, absolute_max=MOST)


@require_http_methods(["GET", "HEAD", "POST"])
def contacts_paste(request: StaffRequest) -> HttpResponse:
    """Paste; see what was read; add it."""
    may_change(request.actor)
    if request.method != "POST":
        return _paste_page(request, PasteForm())
    if "form-TOTAL_FORMS" in request.POST:
        return _add(request)
    form = PasteForm(request.POST)
    contacts: list[PastedContact] = []
    if form.is_valid():
        try:
            contacts = read_pasted(form.cleaned_data["text"])
            if not contacts:
                form.add_error("text", _("No names were found in this. Try one name a line."))
        except BadInput as refusal:
            tell(form, refusal)
    if form.errors:
        return _paste_page(request, form, status=422)
    known = names_in_network(request.actor)
    initial = [{**vars(contact), "keep": contact.name.casefold() not in known} for contact in contacts]
    return _preview(request, PastedForms(initial=initial))


def _paste_page(request: StaffRequest, form: PasteForm, status: int = 200) -> HttpResponse:
    return render(request, "desk/listings/paste.html", {"section": "listings", "form": form}, status=status)


def _preview(request: StaffRequest, formset: Any, status: int = 200) -> HttpResponse:
    known = names_in_network(request.actor)
    rows = [(form, str(form["name"].value() or "").casefold() in known) for form in formset.forms]
    context = {
        "section": "listings", "formset": formset, "rows": rows, "relationships": choices_of("relationships"),
        "relationship": request.POST.get("relationship", "met"),
    }  # fmt: skip
    return render(request, "desk/listings/preview.html", context, status=status)


def _add(request: StaffRequest) -> HttpResponse:
    formset = PastedForms(request.POST)
    if not formset.forms:  # nothing came along: begin again
        return _paste_page(request, PasteForm(), status=422)
    if not formset.is_valid():
        return _preview(request, formset, status=422)
    kept = [form for form in formset.forms if form.cleaned_data.get("keep")]
    contacts = [PastedContact(**{k: v for k, v in form.cleaned_data.items() if k != "keep"}) for form in kept]
    relationship = request.POST.get("relationship", "met")
    try:
        if not contacts:
            raise BadInput(Problem("Tick at least one.", field="relationship"))
        made = add_pasted(request.actor, contacts, now=request.now, relationship=relationship)
    except BadInput as refusal:
        _tell_each(kept, formset.forms, refusal)
        return _preview(request, formset, status=422)
    messages.success(request, ngettext(
        "One contact was added. It is marked until you confirm it.",
        "%(count)d contacts were added. Each is marked until you confirm it.", len(made),
    ) % {"count": len(made)})  # fmt: skip
    return redirect("listings")


def _tell_each(kept: list[Any], forms_shown: list[Any], refusal: BadInput) -> None:
    for problem in refusal.problems:
        place, _dot, name = (problem.field or "").partition(".")
        if place.isdigit():
            kept[int(place)].add_error(name, sentence(problem.reason))
        else:
            forms_shown[0].add_error(None, sentence(problem.reason))


def _mappings() -> dict[str, str]:
    return {name: mapping.title for name, mapping in shipped().items()}


@require_http_methods(["GET", "HEAD", "POST"])
def directory_import(request: StaffRequest) -> HttpResponse:
    """Send a file; see what importing it would do. Nothing is written to the network yet."""
    may_change(request.actor)
    if request.method != "POST":
        return _upload_page(request, UploadForm(mappings=_mappings()))
    form = UploadForm(request.POST, request.FILES, mappings=_mappings())
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    file, own = form.cleaned_data["file"], form.cleaned_data["own_mapping"]
    try:
        mapping = _text_of(own) if own else form.cleaned_data["mapping"]
        upload = keep_upload(request.actor, file.name, mapping, file.read(), now=request.now)
    except BadInput as refusal:
        tell(form, refusal)
        return _upload_page(request, form, status=422)
    return _try_out(request, open_upload(request.actor, upload), form)


def _text_of(file: Any) -> str:
    if file.size > 200_000:
        raise BadInput(Problem("is too large for a mapping", field="own_mapping"))
    try:
        return str(file.read().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(Problem("is not UTF-8", field="own_mapping")) from error


def _upload_page(request: StaffRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {
        "section": "listings", "form": form, "now": here(request), "mappings": kept_mappings(request.actor),
    }  # fmt: skip
    return render(request, "desk/listings/upload.html", context, status=status)


def _try_out(request: StaffRequest, upload: Uploaded, form: UploadForm) -> HttpResponse:
    """The trial run; of a file nobody has described yet, the page where its columns are."""
    more: dict[str, Any] = {}
    try:
        if not upload.mapping and not is_recognised(file_of(upload)):
            known = remembered(request, upload)
            if known is None:
                return redirect("directory_columns", upload.id)
            upload, more = known.upload, {"read_by": known.name, "strange": known.strange}
        report = run(request, upload, dry_run=True)
    except BadInput as refusal:
        drop_upload(request.actor, upload.id)
        for problem in refusal.problems[:20]:
            form.add_error(None, sentence(str(problem)))
        return _upload_page(request, form, status=422)
    return report_page(request, upload, report, landed=False, **more)


@require_POST
def directory_land(request: StaffRequest, upload_id: UUID) -> HttpResponse:
    """Import what was looked at, or throw it away."""
    upload = open_upload(request.actor, upload_id)
    if request.POST.get("drop"):
        drop_upload(request.actor, upload_id)
        messages.info(request, _("The file was thrown away. Nothing was imported."))
        return redirect("directory_import")
    report = run(request, upload, dry_run=False)
    drop_upload(request.actor, upload_id)
    return report_page(request, upload, report, landed=True)


urlpatterns = [
    path("network/paste/", contacts_paste, name="contacts_paste"),
    path("network/import/", directory_import, name="directory_import"),
    path("network/import/<uuid:upload_id>/", directory_land, name="directory_land"),
    *columns,
]
