"""The cookie by which the limiter knows a browser again (accounts/devices.py says what it is for)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from warmhandoff.accounts.devices import LIFE, marked
from warmhandoff.core import clock
from warmhandoff.web.middleware import Respond


class Remember:
    """Marks the browser of whoever signed in with this request, in whichever way."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request.user.pk
        response = self.respond(request)
        if request.user.is_authenticated and request.user.pk != before:
            name = settings.DEVICE_COOKIE_NAME
            now = getattr(request, "now", None) or clock.now()
            response.set_cookie(
                name, marked(request.COOKIES.get(name, ""), request.user, now=now),
                max_age=LIFE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
            )
        return response
