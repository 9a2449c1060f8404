"""What was shared on a lawful basis other than a release, read by link and code; nothing is answered there.

In English, like everything between professionals. A GET of the link's page changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.core.addresses import address_of
from warmhandoff.referrals import basis_links
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.files import download
from warmhandoff.web.link_forms import Entrance, RecipientLinkForm, TokenForm, link_page
from warmhandoff.web.without_account import without_account

KEY = "shared"
LONGEST = timedelta(hours=1)


def _now(request: HttpRequest) -> datetime:
    return cast(datetime, cast(Any, request).now)


def _enter(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    now = _now(request)
    link = basis_links.open_basis_link(typed["token"], typed["code"], now=now, address=address_of(request))
    request.session.cycle_key()
    request.session[KEY] = {"id": str(link), "started_at": now.isoformat()}
    return redirect("shared_page")


def _form_page(request: HttpRequest, form: TokenForm, status: int) -> HttpResponse:
    return render(request, "reply/link.html", {"form": form}, status=status)


@without_account
@require_http_methods(["GET", "HEAD", "POST"])
def shared_link(request: HttpRequest) -> HttpResponse:
    """The form for link and code. Only sending it opens anything."""
    return link_page(request, Entrance(RecipientLinkForm, _enter, _form_page))


def _link_of(request: HttpRequest) -> UUID:
    held = request.session.get(KEY)
    if held is None or _now(request) - datetime.fromisoformat(held["started_at"]) > LONGEST:
        request.session.pop(KEY, None)
        raise NotThere
    return UUID(held["id"])


@without_account
@require_safe
def shared_page(request: HttpRequest) -> HttpResponse:
    """What was shared, as it was frozen."""
    now = _now(request)
    try:
        shown = basis_links.shared_page(_link_of(request), now=now)
    except NotThere:
        return render(request, "reply/ended.html", status=404)
    context = {"shown": shown, "prepared_on": date.fromisoformat(shown.content["prepared_on"]),
               "now": now.astimezone(ZoneInfo(shown.time_zone)), "file_url": "shared_page_pdf"}  # fmt: skip
    return render(request, "reply/shared.html", context)


@without_account
@require_safe
def shared_page_pdf(request: HttpRequest) -> HttpResponse:
    """The same as PDF."""
    try:
        return download(basis_links.shared_file(_link_of(request), now=_now(request)), "application/pdf", "packet.pdf")
    except NotThere:
        return render(request, "reply/ended.html", status=404)


urlpatterns = [
    path("r/shared/", shared_link, name="shared_link"),
    path("r/shared/page/", shared_page, name="shared_page"),
    path("r/shared/page.pdf", shared_page_pdf, name="shared_page_pdf"),
]
