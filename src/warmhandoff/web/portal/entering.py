"""Coming in by link and code, changing the language, and leaving. Looking at the link page changes nothing."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import Resolver404, path, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.clients.inviting import redeem
from warmhandoff.core.addresses import address_of
from warmhandoff.web.link_forms import ClientLinkForm, Entrance, TokenForm, link_page
from warmhandoff.web.portal import session
from warmhandoff.web.portal.door import GONE, page

# Pages that may be asked for again after the language was changed.
_PAGES = frozenset({
    "portal_link", "portal", "portal_referral", "portal_release", "portal_revoke", "portal_handed_back", "portal_left",
    "portal_allow_less", "signer", "signer_take_back",
})  # fmt: skip


def _enter(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    now = cast(Any, request).now
    actor, referral_id = redeem(typed["token"], typed["code"], now=now, address=address_of(request))
    session.start(request, actor, referral_id, "portal")
    return redirect("portal_referral", referral_id) if referral_id else redirect("portal")


def _show(request: HttpRequest, form: TokenForm, status: int) -> HttpResponse:
    return page(request, "portal/link.html", {"form": form, "hours": settings.CLIENT_LINK_HOURS}, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """The form for link and code. Only sending it opens anything: scanners that fetch links change nothing."""
    session.speak(request)
    return link_page(request, Entrance(ClientLinkForm, _enter, _show))


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    session.switch(request, request.POST.get("language", ""))
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The page the switch was pressed on, if it is one of ours that can be asked for again."""
    came_from = request.headers.get("Referer", "")
    first = reverse("portal" if session.KEY in request.session else "portal_link")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return first
    place = urlsplit(came_from).path
    try:
        return place if resolve(place).url_name in _PAGES else first
    except Resolver404:
        return first


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """ "Leave this page": the session ends while the browser already shows something else."""
    signed_in = request.user.is_authenticated
    session.end(request)
    return HttpResponse(status=204, headers={} if signed_in else {"Clear-Site-Data": GONE})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def handed_back(request: HttpRequest) -> HttpResponse:
    """The end of the client's view on the clinician's device: the session ends, and staff sign in again."""
    session.speak(request)
    if request.method == "POST":
        return _out(request, "portal_handed_back")
    return page(request, "portal/handed_back.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def left(request: HttpRequest) -> HttpResponse:
    """The end of a visit on her own device."""
    session.speak(request)
    if request.method == "POST":
        return _out(request, "portal_left")
    return page(request, "portal/left.html")


def _out(request: HttpRequest, then: str) -> HttpResponse:
    session.end(request)
    response = redirect(then)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


urlpatterns = [
    path("c/", link, name="portal_link"),
    path("c/language/", language, name="portal_language"),
    path("c/leave/", leave, name="portal_leave"),
    path("c/handed-back/", handed_back, name="portal_handed_back"),
    path("c/left/", left, name="portal_left"),
]
