"""Headers, refusals, and the door: who acts and what time it is are settled once, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect

from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.accounts.sessions import Live
from warmhandoff.core import clock, faults
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Refusal
from warmhandoff.web import errors, signed_in, too_late

_UNDERSTOOD = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)
Respond = Callable[[HttpRequest], HttpResponse]

# Pages that show no client: open before a second factor is set up. All others of staff lead to the set-up.
WITHOUT_CLIENTS = frozenset({
    "today", "find_someone", "find_print", "listings", "listing", "listing_add", "listing_edit", "listing_relation",
    "listing_still_true", "listing_retire", "contacts_paste", "contact_confirm", "directory_import", "directory_land",
    "directory_columns", "directory_mapping", "directory_mapping_remove",
    "colleagues", "sign_out", "jump", "account", "account_password", "account_factors", "account_factor_remove",
    "account_codes", "account_session_end", "account_calendar", "account_still_here",
    "permissions", "member", "invitation_end",
    "invitation_again", "api_clients", "api_client_renew", "api_client_end", "doubles", "double_answer", "merged",
    "merge_undo", "fresh", "shared_counts", "listing_call", "listing_report", "listing_history", "listing_claim",
    "listing_ask", "claim_confirm", "crisis_near", "practice_texts", "network_expected", "network_expected_remove",
    "network_circle", "network_goals", "network_calendar", "network_group_add", "network_group_end",
    "network_group_touch", "network_known", "network_touch", "network_outreach_done", "network_outreach_drop",
    "network_followed_up", "network_outreach_calendar",
})  # fmt: skip
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
        request.actor = request.signed_in = None  # type: ignore[attr-defined]
        request.user = AnonymousUser()
        found = signed_in.find(request, request.now)  # type: ignore[attr-defined]
        if isinstance(found, str):
            if found == "idle" and request.method == "POST":
                return too_late.page(request)
            signed_in.leave(request, found)
        elif found is not None:
            self._let_in(request, found)
        return self.respond(request)

    def _let_in(self, request: HttpRequest, live: Live) -> None:
        request.user = live.membership.user
        request.signed_in = live  # type: ignore[attr-defined]
        request.practice = live.membership.practice  # type: ignore[attr-defined]
        request.actor = actor_of_membership(live.membership)  # type: ignore[attr-defined]

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Whoever lacks a second factor is led to where one is set up, from every page that would show clients."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or not actor.lacks_second_factor or not getattr(view, "login_required", True):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in WITHOUT_CLIENTS:
            return None
        messages.info(request, "To see clients, set up a second factor first. It takes a minute; this is the page.")
        return redirect("account_factors")
