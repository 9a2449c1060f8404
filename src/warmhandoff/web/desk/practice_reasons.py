"""The practice's reasons for referring: switched off, and its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.referrals import reason_list
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.desk.referral_common import attempt
from warmhandoff.web.forms.reasons import OwnReasonForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def practice_reasons(request: StaffRequest) -> HttpResponse:
    """The list, with a button a reason; below it a reason of one's own."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("This is for an administrator of the practice.")
    if request.method != "POST":
        return _page(request, OwnReasonForm())
    if request.POST.get("do") not in ("off", "on"):
        return _add(request)
    off = request.POST.get("do") == "off"
    reason_list.switch(request.actor, request.POST.get("reason", ""), off=off, now=request.now)
    messages.success(request, "Not offered any more. What was recorded with it stays." if off else "Offered again.")
    return redirect("practice_reasons")


def _add(request: StaffRequest) -> HttpResponse:
    form = OwnReasonForm(request.POST)

    def add() -> None:
        reason_list.add_reason(request.actor, form.new(), now=request.now)

    if form.is_valid() and attempt(form, add):
        messages.success(request, "Added. It is offered from now on.")
        return redirect("practice_reasons")
    return _page(request, form)


def _page(request: StaffRequest, form: OwnReasonForm) -> HttpResponse:
    known = reason_list.reasons_of(request.actor.practice_id)
    groups = [(name, [one for one in known.reasons.values() if one.group == name]) for name in known.groups]
    page: dict[str, Any] = {
        "groups": [(name, rows) for name, rows in groups if rows], "off": known.off, "form": form,
        "section": "colleagues",
    }  # fmt: skip
    return render(request, "desk/practice/reasons.html", page, status=422 if form.errors else 200)


urlpatterns = [path("practice/reasons/", practice_reasons, name="practice_reasons")]
