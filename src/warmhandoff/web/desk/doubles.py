"""Are these the same? What may be one listing twice, and what was merged, with the way back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.directory.doubles import count_to_review, merges, pairs_to_review
from warmhandoff.directory.merging import decide, undo
from warmhandoff.web.context import here
from warmhandoff.web.requests import StaffRequest


@require_safe
def doubles(request: StaffRequest) -> HttpResponse:
    context = {
        "section": "listings", "now": here(request), "pairs": pairs_to_review(request.actor),
        "count": count_to_review(request.actor),
    }  # fmt: skip
    return render(request, "desk/listings/doubles.html", context)


@require_POST
def double_answer(request: StaffRequest, likeness_id: int) -> HttpResponse:
    """ "Same", "different" or "later"."""
    answer = request.POST.get("answer", "")
    decide(request.actor, likeness_id, answer, now=request.now)
    said = {
        "same": _("They are one listing now. You can undo this under “Merged”."),
        "different": _("Noted: they are two. You are not asked again."),
        "later": _("You are asked again in a month."),
    }
    messages.success(request, said[answer])
    return redirect("doubles")


@require_safe
def merged(request: StaffRequest) -> HttpResponse:
    context = {"section": "listings", "now": here(request), "merges": merges(request.actor)}
    return render(request, "desk/listings/merged.html", context)


@require_POST
def merge_undo(request: StaffRequest, merge_id: UUID) -> HttpResponse:
    undo(request.actor, merge_id, now=request.now)
    messages.success(request, _("They are two listings again, each as it was."))
    return redirect("merged")


urlpatterns = [
    path("network/same/", doubles, name="doubles"),
    path("network/same/<int:likeness_id>/", double_answer, name="double_answer"),
    path("network/merged/", merged, name="merged"),
    path("network/merged/<uuid:merge_id>/undo/", merge_undo, name="merge_undo"),
]
