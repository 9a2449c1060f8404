"""Everything that is held about one client, to be handed to her; and the record of one referral, to be kept."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.clients.exporting import export_record, waiting_for_record
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.referrals.recording import referral_record
from warmhandoff.rules.record import DAYS_TO_ANSWER
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.files import download, pdf
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def client_record(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """What the copy holds and for whom it is; by POST the file itself."""
    card = open_client(request.actor, client_id, now=request.now)
    if "see_clinical" not in verbs_on(request.actor, client_id):
        raise NotAllowed("A client's whole record is taken out by those who care for her.")
    if request.method == "POST":
        packed = export_record(request.actor, client_id, now=request.now)
        return download(packed, "application/zip", "record.zip")
    page = {
        "card": card, "asked": waiting_for_record(request.actor).get(client_id), "days": DAYS_TO_ANSWER,
        "now": here(request), "section": "clients",
    }
    return render(request, "desk/clients/record.html", page)


@require_safe
def referral_record_pdf(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """One referral from the need to the outcome, to keep or print."""
    return pdf(referral_record(request.actor, referral_id, now=request.now), "referral.pdf")


urlpatterns = [
    path("clients/<uuid:client_id>/record/", client_record, name="client_record"),
    path("referrals/<uuid:referral_id>/record.pdf", referral_record_pdf, name="referral_record_pdf"),
]
