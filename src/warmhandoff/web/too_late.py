"""What was sent after the idle limit: nothing is done with it, the person is told, and her words are given back."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

from warmhandoff.web import signed_in

# Nothing secret is written back into a page, and nothing that a person has not typed herself.
_NEVER = ("password", "code", "token", "answer", "new", "old")
_SHORTEST = 12  # characters; what is shorter is chosen or typed again in a moment


def page(request: HttpRequest) -> HttpResponse:
    """Sign out, and show the longer things that were typed, to be copied. They are kept nowhere."""
    typed = [
        value for name, values in request.POST.lists() for value in values
        if " " in value.strip() and len(value) >= _SHORTEST and not name.startswith(("csrf", *_NEVER))
    ]
    signed_in.leave(request)
    context = {"typed": typed, "next": _came_from(request), "idle": settings.IDLE_MINUTES}
    return HttpResponse(loader.get_template("desk/signing/too_late.html").render(context), status=403)


def _came_from(request: HttpRequest) -> str:
    """The page with the form: a path of ours, from the Referer the browser sends within one origin."""
    came = urlsplit(request.headers.get("Referer", ""))
    return came.path if came.netloc == request.get_host() and came.path.startswith("/") else "/"
