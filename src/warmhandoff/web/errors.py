"""Every refusal and fault as a page: what happened, that nothing was lost, and the way on."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse

from warmhandoff.rules.refusals import NoRelease, Refusal

log = logging.getLogger("warmhandoff.web")
_PAGES = {403, 404, 409, 422, 429, 500, 503}


def page(status: int, message: str = "", request: HttpRequest | None = None) -> HttpResponse:
    """The page for `status`; rendered without context processors, so that it needs neither session nor database."""
    template = loader.get_template(f"errors/{status if status in _PAGES else 422}.html")
    return HttpResponse(template.render({"message": message}), status=status)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, NoRelease) and (asked := _where_to_ask(request)):
        return HttpResponse(loader.get_template("errors/no_release.html").render(
            {"message": refusal.message, "ask_now": asked}
        ), status=refusal.status)  # fmt: skip
    return page(refusal.status, refusal.message, request)


def _where_to_ask(request: HttpRequest) -> str:
    """Where a release for this referral is prepared, for staff who came through its door; "" anywhere else."""
    match = request.resolver_match
    referral_id = match.kwargs.get("referral_id") if match else None
    staff = getattr(getattr(request, "actor", None), "side", "") == "referrer"
    return f"{reverse('referral_release', args=[referral_id])}?draft=again" if referral_id and staff else ""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(422)


def server_error(request: HttpRequest) -> HttpResponse:
    return page(500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    why = "This form was open for too long, or came from elsewhere. Go back, reload the page, and send it again."
    log.warning("a form without its token, or sent from elsewhere, was refused")
    return page(403, why)
