"""What a client keeps: the letter about her referral, words for her first call, and her safety plan."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.referrals.client_view import client_page
from warmhandoff.referrals.safety import own_safety_plan, safety_plan_pdf
from warmhandoff.referrals.talking import shared_texts, talk_pdf
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.portal.door import ClientRequest, for_client, page


@for_client
@require_safe
def letter(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """The letter and the words for her own first call, as they were shared with her."""
    shown = client_page(request.actor, referral_id, now=request.now)
    texts = shared_texts(request.actor, referral_id)
    if not texts:
        raise NotThere(subject=referral_id)
    call = [line for line in texts["call"].splitlines() if line.strip()]
    context = {"shown": shown, "letter": texts["letter"], "call_title": call[0], "call": call[1:]}
    return page(request, "portal/letter.html", context, zone=shown.zone)


def _file(pdf: bytes, name: str) -> HttpResponse:
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'})


@for_client
@require_safe
def letter_copy(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    return _file(talk_pdf(request.actor, referral_id, "letter", now=request.now), "letter")


@for_client
@require_safe
def call_copy(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    return _file(talk_pdf(request.actor, referral_id, "call", now=request.now), "call")


@for_client
@require_safe
def safety_plan(request: ClientRequest) -> HttpResponse:
    """Her own plan, where it was shared with her."""
    paragraphs = own_safety_plan(request.actor, now=request.now)
    if not paragraphs:
        raise NotThere
    return page(request, "portal/safety_plan.html", {"title": paragraphs[0], "paragraphs": paragraphs[1:]})


@for_client
@require_safe
def safety_plan_copy(request: ClientRequest) -> HttpResponse:
    assert request.actor.client_id is not None  # for_client lets nobody else in
    return _file(safety_plan_pdf(request.actor, request.actor.client_id, now=request.now), "plan")


_ONE = "c/about/<uuid:referral_id>/"
urlpatterns = [
    path(f"{_ONE}letter/", letter, name="portal_letter"),
    path(f"{_ONE}letter/letter.pdf", letter_copy, name="portal_letter_copy"),
    path(f"{_ONE}letter/call.pdf", call_copy, name="portal_call_copy"),
    path("c/safety-plan/", safety_plan, name="portal_safety_plan"),
    path("c/safety-plan/plan.pdf", safety_plan_copy, name="portal_safety_plan_copy"),
]
