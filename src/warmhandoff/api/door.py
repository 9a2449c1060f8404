"""The door of the API: in front of sessions, cookies and pages, so that a token is the only thing that opens it.

Refusals, faults and unknown addresses are answered here, each as problem details; nothing of a request is logged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import Resolver404, resolve

from warmhandoff.accounts.api_answers import once
from warmhandoff.accounts.api_clients import enter
from warmhandoff.api import asking, openapi, problems
from warmhandoff.api.answers import ANSWERS, Call
from warmhandoff.api.page import page_context
from warmhandoff.api.table import Endpoint
from warmhandoff.core import clock, faults
from warmhandoff.rules.access import SCOPES, Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NoToken, NotThere, Refusal, TooMany, Unavailable

Respond = Callable[[HttpRequest], HttpResponse]
AREA = "/api/"


class Door:
    """Middleware: what lies below /api/ is answered here and goes no further."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(AREA):
            return self.respond(request)
        request.encoding = "utf-8"  # a sender's own choice could smuggle half characters in
        try:
            request.get_host()
            found = resolve(request.path_info)
        except Resolver404:
            return problems.of(NotThere())
        except SuspiciousOperation:
            return problems.of(BadInput("This host is not served here."))
        answer: HttpResponse = found.func(request, **found.kwargs)
        return answer


class Route:
    """The view of one path: its lines by method."""

    login_required = False  # tokens, not sessions: see `Door`

    def __init__(self, lines: Mapping[str, Endpoint]) -> None:
        self.lines = lines

    def __call__(self, request: HttpRequest, **ids: int) -> HttpResponse:
        line = self.lines.get("GET" if request.method == "HEAD" else str(request.method))
        if line is None:
            return problems.wrong_method([*self.lines, *(["HEAD"] if "GET" in self.lines else [])])
        return _Visit().answer(request, line, ids)


class _Visit:
    """One request, and who turned out to ask."""

    actor: Actor | None = None
    now: datetime

    def answer(self, request: HttpRequest, line: Endpoint, ids: Mapping[str, int]) -> HttpResponse:
        try:
            self.now = clock.now()
            return self._answer(request, line, ids)
        except Refusal as refusal:
            return problems.of(self._audited(refusal))
        except OperationalError as error:
            faults.out_of_reach(error)
            return problems.of(Unavailable("The database is out of reach just now. Try again in a minute."))
        except Exception as error:  # noqa: BLE001 - the last step before an answer: a program gets no page
            return problems.fault(faults.numbered(error))

    def _answer(self, request: HttpRequest, line: Endpoint, ids: Mapping[str, int]) -> HttpResponse:
        if not line.needs:
            return _PUBLIC[line.name]()
        token = asking.token_of(request)
        if not token:
            return problems.of(NoToken())  # anyone can ask without one: that writes nothing
        entered = enter(token, address=request.META.get("REMOTE_ADDR", ""), now=self.now)
        self.actor = entered.actor
        if line.needs != "any" and line.needs not in entered.actor.scopes:
            raise NotAllowed(f"This takes the scope {line.needs}: {SCOPES[line.needs].words.lower()}.")
        asked = asking.asked(line, request.GET, ids) | asking.headers_of(line, request)
        body = asking.body_of(request) if line.body else {}
        call = Call(entered.actor, entered.practice, entered.expires_at, self.now, asked, body)
        document = self._document(line, call, request.path_info)
        response = HttpResponse(json.dumps(document, allow_nan=False), content_type=line.kind)
        if line.answer == "Listing":
            response.headers["ETag"] = f'"{document["version"]}"'
        return response

    def _document(self, line: Endpoint, call: Call, path: str) -> dict[str, Any]:
        key = call.asked.get("Idempotency-Key") if line.once else None
        if not key:
            return ANSWERS[line.name](call)
        request = f"{line.method} {path} {json.dumps(call.body, sort_keys=True)}"
        fingerprint = hashlib.sha256(request.encode()).hexdigest()
        return once(call.actor, key, fingerprint, lambda: ANSWERS[line.name](call), now=call.now)

    def _audited(self, refusal: Refusal) -> Refusal:
        """A slip of a program is no event, and waiting writes nothing; every other refusal is an entry."""
        if isinstance(refusal, (BadInput, TooMany)):
            return refusal
        return faults.audited(self.actor, refusal, now=self.now)


@cache
def _document() -> str:
    return json.dumps(openapi.document(), allow_nan=False)


def _described() -> HttpResponse:
    return HttpResponse(_document(), content_type="application/json")


def _page() -> HttpResponse:
    """Rendered without a request, so that no context processor can ask for a session or a row."""
    return HttpResponse(loader.get_template("api/docs.html").render(_context()))


@cache
def _context() -> dict[str, Any]:
    return page_context()


_PUBLIC: dict[str, Callable[[], HttpResponse]] = {"openapi": _described, "docs": _page}
