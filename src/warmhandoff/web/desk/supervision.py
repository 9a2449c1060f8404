"""Supervision: what waits for a supervisor, consulting her about a client, and her co-signature."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.queries import client_row, open_client, verbs_on
from warmhandoff.referrals import cosigning, discharge_view, discharging, supervising
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.web.context import here
from warmhandoff.web.desk.referral_common import attempt, back, status_of
from warmhandoff.web.forms.discharge import SummaryForm
from warmhandoff.web.forms.supervision import AnswerForm, AskForm, CoSignForm
from warmhandoff.web.requests import StaffRequest, posted


@require_safe
def supervision(request: StaffRequest) -> HttpResponse:
    """Consultations and co-signatures that wait, clients nobody holds, what is overdue; and what one asked oneself."""
    context = {
        "found": supervising.waiting_for(request.actor, now=request.now), "now": here(request),
        "section": "supervision", "supervises": "supervisor" in request.actor.roles,
    }
    return render(request, "desk/supervision/supervision.html", context)


def _door(request: StaffRequest, client_id: UUID) -> None:
    client_row(request.actor, client_id)
    verbs = verbs_on(request.actor, client_id)
    if "see_clinical" not in verbs or (request.method == "POST" and "change" not in verbs):
        raise NotAllowed("Consultations are part of the chart: for those who care for her.", subject=client_id)


def _consults(request: StaffRequest, client_id: UUID, **forms: Any) -> HttpResponse:
    form, answered = forms.get("form") or AskForm(), forms.get("answered")
    found = supervising.consults_of(request.actor, client_id, now=request.now)
    answering = answered[1] if answered else None
    context = {
        "card": open_client(request.actor, client_id, now=request.now), "form": form,
        "supervisor": supervising.supervisor_of(request.actor), "now": here(request),
        "consults": [
            (one, answering if answered and answered[0] == one.id else AnswerForm(auto_id=f"id_{one.id}_%s"))
            for one in found
        ],
        "section": "clients", "may_change": "change" in verbs_on(request.actor, client_id),
    }
    status = status_of(answering) if answering else status_of(form)
    return render(request, "desk/supervision/consult.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def client_consult(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """A client's consultations, and a new question."""
    _door(request, client_id)
    form = AskForm(posted(request))

    def ask() -> None:
        supervising.ask(request.actor, client_id, form.cleaned_data["question"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, ask):
        messages.success(request, "Your supervisor finds it on her page.")
        return redirect("client_consult", client_id)
    return _consults(request, client_id, form=form)


@require_POST
def consult_answer(request: StaffRequest, client_id: UUID, consult_id: UUID) -> HttpResponse:
    """The supervisor answers."""
    supervising.must_be_hers(request.actor, client_id, consult_id)
    _door(request, client_id)
    form = AnswerForm(posted(request), auto_id=f"id_{consult_id}_%s")

    def answer() -> None:
        given = form.cleaned_data
        supervising.answer(request.actor, client_id, consult_id, decision=given["decision"], words=given["words"],
                           now=request.now)

    if form.is_valid() and attempt(form, answer):
        messages.success(request, "Answered. It is part of the chart.")
        return redirect("client_consult", client_id)
    return _consults(request, client_id, answered=(consult_id, form))


@require_http_methods(["GET", "HEAD", "POST"])
def cosign(request: StaffRequest, client_id: UUID, cosign_id: UUID) -> HttpResponse:
    """What is to be co-signed; by POST the decision."""
    cosigning.must_be_hers(request.actor, client_id, cosign_id)
    _door(request, client_id)
    asked = cosigning.open_cosign(request.actor, client_id, cosign_id)
    form = CoSignForm(posted(request))

    def decide() -> None:
        given = form.cleaned_data
        cosigning.decide(request.actor, client_id, cosign_id, agreed=given["agreed"] == "yes", words=given["words"],
                         now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, decide):
        messages.success(request, "Decided. Whoever asked sees it.")
        return redirect("supervision")
    context: dict[str, Any] = {
        "asked": asked, "form": form, "now": here(request), "section": "supervision",
        "card": open_client(request.actor, client_id, now=request.now),
    }
    if asked.referral_id:
        context["page"] = open_referral(request.actor, asked.referral_id, now=request.now)
    else:
        found = discharge_view.summaries_of(request.actor, client_id, now=request.now)
        context["summary"] = next((one for one in found.rows if one.id == asked.summary_id), None)
    return render(request, "desk/supervision/cosign.html", context, status=status_of(form))


@require_POST
def referral_cosign(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Ask for the co-signature of a transfer."""
    page = open_referral(request.actor, referral_id, now=request.now)
    if "change" not in verbs_on(request.actor, page.line.client_id):
        raise NotAllowed("This step is taken by those who care for the client.", subject=referral_id)
    cosigning.ask_for_transfer(request.actor, referral_id, now=request.now)
    messages.success(request, "Asked. It can leave once she agreed.")
    return back(referral_id)


@require_POST
def client_discharge_cosign(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Keep what is in the form of the summary, and ask for its co-signature."""
    _door(request, client_id)
    writing = discharge_view.summaries_of(request.actor, client_id, now=request.now).in_writing
    if writing is None:
        raise NotNow("No summary is being written.", subject=client_id)
    form = SummaryForm(posted(request), view=writing)

    def keep_and_ask() -> None:
        discharging.keep_summary(request.actor, client_id, form.texts(), seen=form.cleaned_data["seen"] or 0,
                                 now=request.now)
        cosigning.ask_for_summary(request.actor, client_id, now=request.now)

    if form.is_valid() and attempt(form, keep_and_ask):
        messages.success(request, "Kept, and asked. You sign it once she agreed.")
    else:
        messages.error(request, "It could not be kept: a text is too long.")
    return redirect("client_discharge", client_id)


_ONE = "clients/<uuid:client_id>/"
urlpatterns = [
    path("supervision/", supervision, name="supervision"),
    path(f"{_ONE}consult/", client_consult, name="client_consult"),
    path(f"{_ONE}consult/<uuid:consult_id>/", consult_answer, name="consult_answer"),
    path(f"{_ONE}co-sign/<uuid:cosign_id>/", cosign, name="cosign"),
    path("referrals/<uuid:referral_id>/co-sign/", referral_cosign, name="referral_cosign"),
    path(f"{_ONE}discharge/co-sign/", client_discharge_cosign, name="client_discharge_cosign"),
]
