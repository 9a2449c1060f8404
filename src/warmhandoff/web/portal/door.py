"""The door to a client's pages: her session, her language, and refusals in words she can use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Refusal
from warmhandoff.web.portal import session

GONE = '"cache", "cookies", "storage"'  # Clear-Site-Data: nothing of the visit stays in the browser

# What actions say to clients, so that the catalogue holds it.
SAID = (
    gettext_noop("This link and code do not fit together, or the link has ended. Ask for a new one."),
    gettext_noop(
        "Before you sign here, your therapist's office has to check once that it is you. Please call them."
    ),
    gettext_noop("pick one, or say that none fits"),
    gettext_noop("this is not one of the options"),
    gettext_noop("choose an answer"),
    gettext_noop("choose a number from 0 to 10"),
    gettext_noop("write your name to sign"),
    gettext_noop("when is the first session?"),
    gettext_noop("this day cannot be right"),
    gettext_noop("to allow nothing more, take it back"),
    gettext_noop("to allow more, you need to sign again"),
    gettext_noop("choose a day from today to its last day now"),
)


class ClientRequest(HttpRequest):
    """A request within the client's session."""

    actor: Actor
    now: datetime


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200, zone: str = "UTC"
) -> HttpResponse:
    """A client's page. `now` in it is the present in the practice's zone, for dates in words."""
    now = getattr(request, "now").astimezone(ZoneInfo(zone))  # noqa: B009 - set at the door, unknown to HttpRequest
    common = {
        "now": now, "show_language": True, "inside": session.KEY in request.session,
        "on_device": session.mode_of(request) == "device",
    }  # fmt: skip
    return render(request, template, {**common, **(context or {})}, status=status)


def for_client(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view inside the client's session. Without one: the page that says how to get back in."""

    @login_not_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **more: Any) -> HttpResponse:
        session.speak(request)
        actor = session.actor_of(request)
        if actor is None:
            return page(request, "portal/ended.html", status=404)
        request.actor = actor
        try:
            return view(request, *args, **more)
        except Refusal as refusal:
            audit.record_refusal(actor, refusal, now=request.now)
            return refused(request, refusal)

    return guarded


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal's page. What was meant for staff is said in other words here."""
    message = ""
    if not isinstance(refusal, (NotThere, NotNow)):
        message = _(refusal.message)
    kind = "nothing" if isinstance(refusal, NotThere) else "changed" if isinstance(refusal, NotNow) else "other"
    return page(request, "portal/refused.html", {"kind": kind, "message": message}, status=refusal.status)


def mend(form: Any, refusal: BadInput) -> None:
    """Put what an action refused on the form's fields, in the client's language."""
    for problem in refusal.problems:
        words = _(problem.reason)
        form.add_error(problem.field if problem.field in form.fields else None, words[:1].upper() + words[1:])
