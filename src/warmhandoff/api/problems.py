"""Refusals as problem details (RFC 9457). Status, code and title are those of the tree in rules/refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from warmhandoff.api.table import ROOT
from warmhandoff.rules.refusals import BadInput, NoToken, Refusal

KIND = "application/problem+json"
FAULT = "fault"


def kinds(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal, as the tree draws them."""
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


def of(refusal: Refusal) -> HttpResponse:
    """What a program gets in place of an answer."""
    document = _document(refusal.code, refusal.title, refusal.status, refusal.message)
    if isinstance(refusal, BadInput):
        document["errors"] = [{"field": problem.field, "detail": problem.reason} for problem in refusal.problems]
    response = _response(document)
    if isinstance(refusal, NoToken):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Warm Handoff"'
    return response


def wrong_method(allowed: list[str]) -> HttpResponse:
    """405: the address is there, and takes other methods."""
    response = _response(_document("wrong_method", "Not with this method", 405, f"Use {' or '.join(allowed)}."))
    response.headers["Allow"] = ", ".join(allowed)
    return response


def fault(number: str) -> HttpResponse:
    """500: a mistake of ours, with the number by which the operator finds it in the log."""
    detail = f"Something went wrong here. Nothing was lost. Fault number {number}."
    return _response(_document(FAULT, "A mistake of ours", 500, detail))


def _document(code: str, title: str, status: int, detail: str) -> dict[str, Any]:
    kind = f"{settings.BASE_URL}{ROOT}docs#{code}"
    return {"type": kind, "title": title, "status": status, "detail": detail, "code": code}


def _response(document: dict[str, Any]) -> HttpResponse:
    # As ASCII: what is quoted from a request may hold half a character, which UTF-8 cannot.
    return HttpResponse(json.dumps(document), status=document["status"], content_type=KIND)
