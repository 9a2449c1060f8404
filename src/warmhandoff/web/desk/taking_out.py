"""The directory taken out as a file, by the form it is to have."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.directory.exporting import how_many, note_export
from warmhandoff.directory.listing import may_change
from warmhandoff.exports.files import FORMS, export
from warmhandoff.web.context import here
from warmhandoff.web.forms.browsing import ExportForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def directory_export(request: StaffRequest) -> HttpResponse | FileResponse:
    """Choose and confirm; with POST the file itself, which is written whole before any of it leaves."""
    may_change(request.actor)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind, ending = form.cleaned_data["form"].split(".")
        return _file(request, kind, f".{ending}", shared=form.cleaned_data["what"] == "shared")
    context = {
        "section": "listings", "form": form, "own": how_many(request.actor.practice_id), "shared": how_many(None),
    }  # fmt: skip
    return render(request, "desk/listings/export.html", context, status=422 if request.method == "POST" else 200)


def _file(request: StaffRequest, kind: str, ending: str, *, shared: bool) -> FileResponse:
    practice_id = None if shared else request.actor.practice_id
    name = f"{'directory' if shared else 'network'}-{here(request).date()}{ending}"
    note_export(request.actor, now=request.now)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it when it has been sent
    export(kind, file, name, practice_id)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMS[kind, ending].media)


urlpatterns = [path("network/export/", directory_export, name="directory_export")]
