"""The discharge summary: drafted from the record, written in two parts, signed, and amended only by addenda."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.queries import client_row, verbs_on
from warmhandoff.referrals import cosigning, discharge_view, discharging
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.files import pdf
from warmhandoff.web.forms.discharge import AddendumForm, SummaryForm
from warmhandoff.web.requests import StaffRequest, posted


def _door(request: StaffRequest, client_id: UUID) -> discharge_view.Summaries:
    client_row(request.actor, client_id)
    verbs = verbs_on(request.actor, client_id)
    if "see_clinical" not in verbs or (request.method == "POST" and "change" not in verbs):
        raise NotAllowed("A discharge summary is written by those who care for her.", subject=client_id)
    return discharge_view.summaries_of(request.actor, client_id, now=request.now)


def _page(request: StaffRequest, found: discharge_view.Summaries, form: SummaryForm | None = None) -> HttpResponse:
    writing = found.in_writing
    if form is None and writing is not None:
        form = SummaryForm(view=writing)
    context: dict[str, Any] = {
        "found": found, "form": form, "now": here(request), "section": "clients",
        "may_change": "change" in verbs_on(request.actor, found.client_id),
        "co_sign": cosigning.of_writing(request.actor, found.client_id) if writing is not None else None,
    }
    return render(request, "desk/discharge/discharge.html", context, status=status_of(form) if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def client_discharge(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The page; by POST what was written is kept."""
    found = _door(request, client_id)
    if request.method != "POST":
        return _page(request, found)
    return _written(request, found, discharging.keep_summary, "Kept. Only those who care for her read it.")


@require_POST
@confirm_first
def client_discharge_sign(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Signed as it stands in the form."""
    found = _door(request, client_id)
    return _written(request, found, discharging.sign_summary, "Signed. It is locked now.")


def _written(
    request: StaffRequest, found: discharge_view.Summaries, action: Callable[..., None], said: str
) -> HttpResponse:
    if found.in_writing is None:
        raise NotNow("No summary is being written.", subject=found.client_id)
    form = SummaryForm(posted(request), view=found.in_writing)

    def do() -> None:
        seen = form.cleaned_data["seen"] or 0
        action(request.actor, found.client_id, form.texts(), seen=seen, now=request.now)

    if form.is_valid() and attempt(form, do):
        messages.success(request, said)
        return redirect("client_discharge", found.client_id)
    return _page(request, found, form)


@require_POST
def client_discharge_begin(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Draft it from the record."""
    _door(request, client_id)
    discharging.begin_summary(request.actor, client_id, now=request.now)
    messages.success(request, "Drafted from the record. Read every word before you sign it.")
    return redirect("client_discharge", client_id)


@require_POST
def client_discharge_throw(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Throw away one that is not signed."""
    _door(request, client_id)
    discharging.throw_away_summary(request.actor, client_id, now=request.now)
    messages.success(request, "Thrown away.")
    return redirect("client_discharge", client_id)


@require_http_methods(["GET", "HEAD", "POST"])
def discharge_addendum(request: StaffRequest, client_id: UUID, summary_id: UUID) -> HttpResponse:
    """Add to a signed summary."""
    discharge_view.must_be_hers(request.actor, client_id, summary_id)
    found = _door(request, client_id)
    summary = next(one for one in found.rows if one.id == summary_id)
    form = AddendumForm(posted(request))

    def add() -> None:
        given = form.cleaned_data
        discharging.add_addendum(request.actor, client_id, summary_id, part=given["part"], words=given["words"],
                                 now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, add):
        messages.success(request, "Added. What was signed stays as it was.")
        return redirect("client_discharge", client_id)
    context = {"found": found, "summary": summary, "form": form, "now": here(request), "section": "clients"}
    return render(request, "desk/discharge/addendum.html", context, status=status_of(form))


@require_safe
def discharge_pdf(request: StaffRequest, client_id: UUID, summary_id: UUID) -> HttpResponse:
    """The chart's part of a signed summary on paper."""
    discharge_view.must_be_hers(request.actor, client_id, summary_id)
    _door(request, client_id)
    return pdf(discharge_view.summary_pdf(request.actor, client_id, summary_id, "chart", now=request.now), "record.pdf")


@require_safe
def discharge_share_pdf(request: StaffRequest, client_id: UUID, summary_id: UUID) -> HttpResponse:
    """The shareable part. Handing it to anyone but her needs her release: a packet carries it under one."""
    discharge_view.must_be_hers(request.actor, client_id, summary_id)
    _door(request, client_id)
    made = discharge_view.summary_pdf(request.actor, client_id, summary_id, "shareable", now=request.now)
    return pdf(made, "summary.pdf")


_ONE = "clients/<uuid:client_id>/discharge/"
urlpatterns = [
    path(_ONE, client_discharge, name="client_discharge"),
    path(f"{_ONE}sign/", client_discharge_sign, name="client_discharge_sign"),
    path(f"{_ONE}begin/", client_discharge_begin, name="client_discharge_begin"),
    path(f"{_ONE}throw-away/", client_discharge_throw, name="client_discharge_throw"),
    path(f"{_ONE}<uuid:summary_id>/add/", discharge_addendum, name="discharge_addendum"),
    path(f"{_ONE}<uuid:summary_id>/chart.pdf", discharge_pdf, name="discharge_pdf"),
    path(f"{_ONE}<uuid:summary_id>/shareable.pdf", discharge_share_pdf, name="discharge_share_pdf"),
]
