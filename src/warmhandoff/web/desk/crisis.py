"""Crisis help that always stands: for staff, and in plain words for clients, even when the database is not there.

These pages are answered before sessions are read (see `BeforeAll` in the settings' middleware): they ask nothing, write
nothing, need no script, and leave whoever is signed in signed in. The numbers come first. What needs the database,
the place where she is and her safety plan, is one step further (crisis_path.py).
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import path
from django.utils import translation
from django.views.decorators.http import require_safe

from warmhandoff.rules.crisis import lines, table

Respond = Callable[[HttpRequest], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def _page(template: str, language: str) -> HttpResponse:
    """Rendered without a request, so that no context processor can ask for a session or a row."""
    context = {"lines": lines()[1:], "means": table()["means"], "language": language}
    with translation.override(language):
        return HttpResponse(loader.get_template(template).render(context))


@login_not_required
@require_safe
def crisis(request: HttpRequest) -> HttpResponse:
    return _page("crisis/crisis.html", "en")


@login_not_required
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    """For clients, in English."""
    return _page("portal/help_now.html", "en")


@login_not_required
@require_safe
def help_now_es(request: HttpRequest) -> HttpResponse:
    """For clients, in Spanish."""
    return _page("portal/help_now.html", "es")


STANDING: dict[str, View] = {"crisis/": crisis, "c/help-now/": help_now, "c/ayuda/": help_now_es}


class BeforeAll:
    """Answers the standing pages before anything that could fail: sessions and accounts live in the database."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = STANDING.get(request.path_info.removeprefix("/"))
        return view(request) if view else self.respond(request)


urlpatterns = [path(address, view, name=view.__name__) for address, view in STANDING.items()]
