"""Emergency access: opening a client one does not care for, and the review by someone else."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients import emergency
from warmhandoff.clients.emergency_rate import EmergencyRate, emergency_rate
from warmhandoff.rules.emergency import LASTS, SEARCHES
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.context import here
from warmhandoff.web.forms.emergency import EmergencyForm, ReviewForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def emergency_access(request: StaffRequest) -> HttpResponse:
    """Whom and why on one form: nothing is looked for without a reason."""
    if not emergency.may_open(request.actor):
        raise NotAllowed("Clients are opened in an emergency by those who treat or supervise, among colleagues.")
    form = EmergencyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            client_id = emergency.open_in_emergency(request.actor, form.asked(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            return redirect("client", client_id)
    page = {"form": form, "hours": int(LASTS.total_seconds() // 3600), "searches": SEARCHES, "section": "clients"}
    return render(request, "desk/clients/emergency.html", page, status=422 if form.errors else 200)


@require_safe
def emergencies(request: StaffRequest) -> HttpResponse:
    return _page(request, ReviewForm(), None)


def _page(request: StaffRequest, form: ReviewForm, at: UUID | None) -> HttpResponse:
    """What was opened in an emergency, as far as it is the reader's to know; `at`: whose form has something to mend."""
    lines = emergency.list_emergencies(request.actor, now=request.now)
    page = {
        "waiting": [
            (line, form if line.id == at else ReviewForm(auto_id=f"id_%s_{line.id}"))
            for line in lines
            if line.reviewed_at is None
        ],
        "reviewed": [line for line in lines if line.reviewed_at is not None],
        "now": here(request),
        "section": "colleagues",
        "rate": _rate(request),
    }
    return render(request, "desk/practice/emergencies.html", page, status=422 if form.errors else 200)


def _rate(request: StaffRequest) -> EmergencyRate | None:
    if "policy" not in request.actor.verbs("practice"):
        return None
    return emergency_rate(request.actor, now=request.now)


@require_POST
def emergency_review(request: StaffRequest, emergency_id: UUID) -> HttpResponse:
    form = ReviewForm(request.POST, auto_id=f"id_%s_{emergency_id}")
    words = form.cleaned_data["review"] if form.is_valid() else ""
    try:
        emergency.review(request.actor, emergency_id, words, now=request.now)
    except BadInput as refusal:
        if not form.errors:
            tell(form, refusal)
        return _page(request, form, emergency_id)
    messages.success(request, "Reviewed. It stays on the record.")
    return redirect("emergencies")


urlpatterns = [
    path("clients/emergency/", emergency_access, name="emergency_access"),
    path("practice/emergencies/", emergencies, name="emergencies"),
    path("practice/emergencies/<uuid:emergency_id>/", emergency_review, name="emergency_review"),
]
