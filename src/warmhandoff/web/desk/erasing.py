"""Erasing what was only ever a draft, and a client who was added by mistake; else the reason, and closing instead."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.clients import erasing as clients
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.referrals import erasing as referrals
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.desk.referral_common import can, open_page
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def referral_erase(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Erase a draft after one more look at it, or say why it stays."""
    opened = open_page(request, referral_id, "change")
    _must_change(request, opened.page.line.client_id)
    if request.method == "POST":
        client_id = referrals.erase_draft(request.actor, referral_id, now=request.now)
        messages.success(request, "The draft is erased. Only the audit knows that there was one.")
        return redirect("client", client_id)
    reason = referrals.why_not(request.actor, referral_id)
    context = opened.context(reason=reason, may_close=can(opened.page, "close", "end"))
    return render(request, "desk/referrals/erase.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def client_erase(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Erase a client who was added by mistake, or say why her record stays."""
    card = open_client(request.actor, client_id, now=request.now)
    _must_change(request, client_id)
    if request.method == "POST":
        clients.erase_client(request.actor, client_id, now=request.now)
        messages.success(request, "Erased. Only the audit knows that something was here.")
        return redirect("clients")
    reason = clients.why_not(request.actor, client_id)
    return render(request, "desk/clients/erase.html", {"card": card, "reason": reason, "section": "clients"})


def _must_change(request: StaffRequest, client_id: UUID) -> None:
    if "change" not in verbs_on(request.actor, client_id):
        raise NotAllowed("What was written by mistake is erased by those who care for the client.")


urlpatterns = [
    path("referrals/<uuid:referral_id>/erase/", referral_erase, name="referral_erase"),
    path("clients/<uuid:client_id>/erase/", client_erase, name="client_erase"),
]
