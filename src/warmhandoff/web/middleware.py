"""Headers, refusals, and the door: who acts and what time it is are settled once, here."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from warmhandoff.accounts.queries import actor_of_membership, membership_of
from warmhandoff.core import clock, faults
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Refusal
from warmhandoff.web import errors

_UNDERSTOOD = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)
Respond = Callable[[HttpRequest], HttpResponse]

# No nonces and no inline anything: scripts and styles come from our own files only.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}


class Headers:
    """The same protective headers on every answer: pages, files, redirects and errors alike."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.SECURE:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response


class Refusals:
    """A refusal becomes its page, and a row of the audit, written after the action was rolled back."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.encoding = "utf-8"  # as our pages ask: a sender's own choice could smuggle half characters in
        return self.respond(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return self._refused(request, exception)
        if isinstance(exception, _UNDERSTOOD):
            return None  # the framework answers these with the pages of web/errors.py
        if isinstance(exception, OperationalError):
            faults.out_of_reach(exception)
            return errors.page(503)
        return errors.page(500, f"Fault number {faults.numbered(exception)}.")

    def _refused(self, request: HttpRequest, refusal: Refusal) -> HttpResponse:
        actor, now = getattr(request, "actor", None), getattr(request, "now", None) or clock.now()
        return errors.refused(request, faults.audited(actor, refusal, now=now))


class Door:
    """Puts the time and the actor on the request; views pass both on and never look for them elsewhere."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()  # type: ignore[attr-defined]
        request.actor = self._actor(request)  # type: ignore[attr-defined]
        return self.respond(request)

    def _actor(self, request: HttpRequest) -> Actor | None:
        if not request.user.is_authenticated:
            return None
        membership = membership_of(request.user)
        if membership is None:  # the membership ended: the session ends with it
            logout(request)
            return None
        request.practice = membership.practice  # type: ignore[attr-defined]
        return actor_of_membership(membership)
