"""The read API of Open Referral HSDS 3.0: the listings that all practices of the server share, as services.

Open to everybody where WARMHANDOFF_PUBLIC_DIRECTORY says so; else to members who are signed in, and nobody else learns
that it is there. What is written here is what `warmhandoff export hsds` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.core import clock
from warmhandoff.directory.exporting import shared_one, shared_page
from warmhandoff.exports.hsds import VERSION, service_of

MOST_A_PAGE = 100
_PROFILE = "https://docs.openreferral.org/en/3.0/hsds/"
_SCHEMA = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json"
_NESTED = ("phones", "languages", "cost_options", "schedules", "service_at_locations", "attributes")
View = Callable[..., JsonResponse]


def _open(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **more: Any) -> JsonResponse:
        if not settings.PUBLIC_DIRECTORY and getattr(request, "actor", None) is None:
            raise Http404
        return view(request, **more)

    return login_not_required(require_safe(guarded))


@_open
def about(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"version": VERSION, "profile": _PROFILE, "openapi_url": _SCHEMA})


@_open
def services(request: HttpRequest) -> JsonResponse:
    """A page of services. Parameters: search, page, per_page, modified_after, minimal, full."""
    size = min(MOST_A_PAGE, max(1, _whole(request.GET, "per_page", 50)))
    number = max(1, _whole(request.GET, "page", 1))
    found, total = shared_page(
        request.GET.get("search", "")[:200], first=(number - 1) * size, size=size, today=clock.now().date(),
        changed_after=_day(request.GET.get("modified_after", "")),
    )  # fmt: skip
    pages = max(1, -(-total // size))
    return JsonResponse({
        "total_items": total, "total_pages": pages, "page_number": number, "size": len(found),
        "first_page": number == 1, "last_page": number >= pages, "empty": not found,
        "contents": [_shown(service_of(one), request.GET) for one in found],
    })  # fmt: skip


@_open
def service(request: HttpRequest, service_id: UUID) -> JsonResponse:
    """One service with everything nested in it."""
    found = shared_one(service_id)
    if found is None:
        raise Http404
    return JsonResponse(service_of(found))


def _shown(document: dict[str, Any], given: QueryDict) -> dict[str, Any]:
    if given.get("minimal") == "true":
        return {"id": document["id"], "modified_date": document["last_modified"]}
    if given.get("full") == "true":
        return document
    return {name: value for name, value in document.items() if name not in _NESTED}


def _whole(given: QueryDict, name: str, otherwise: int) -> int:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


urlpatterns = [
    path("", about, name="hsds"),
    path("services", services, name="hsds_services"),
    path("services/<uuid:service_id>", service, name="hsds_service"),
]
