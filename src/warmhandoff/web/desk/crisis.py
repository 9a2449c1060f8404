"""Crisis help: always there, for everyone, even when the database is not.

The page is answered before sessions are read (see `BeforeAll` in the settings' middleware), asks nothing, writes
nothing and needs no script. The numbers come first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import path
from django.utils import translation
from django.views.decorators.http import require_safe

Respond = Callable[[HttpRequest], HttpResponse]
ADDRESS = "crisis/"


@login_not_required
@require_safe
def crisis(request: HttpRequest) -> HttpResponse:
    """Rendered without a request, so that no context processor can ask for a session or a row."""
    with translation.override("en"):
        return HttpResponse(loader.get_template("crisis/crisis.html").render({}))


class BeforeAll:
    """Answers the crisis page before anything that could fail: sessions and accounts live in the database."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == f"/{ADDRESS}":
            return crisis(request)
        return self.respond(request)


urlpatterns = [path(ADDRESS, crisis, name="crisis")]
