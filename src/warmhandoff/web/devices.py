"""The cookie by which the limiter knows a browser again (accounts/devices.py says what it is for)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse

from warmhandoff.accounts.devices import LIFE, marked
from warmhandoff.core import clock
from warmhandoff.web.middleware import Respond


def _note(sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
    request.signed_in_now = user  # type: ignore[attr-defined]


# However someone came in: by password, with a second factor, or by the link that made her account.
user_logged_in.connect(_note, dispatch_uid="device cookie")


class Remember:
    """Marks the browser of whoever signed in with this request."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        user = getattr(request, "signed_in_now", None)
        if user is not None:
            name = settings.DEVICE_COOKIE_NAME
            response.set_cookie(
                name, marked(request.COOKIES.get(name, ""), user, now=getattr(request, "now", None) or clock.now()),
                max_age=LIFE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
            )
        return response
