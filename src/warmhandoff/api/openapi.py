"""The OpenAPI 3.1 document, made from the table."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from warmhandoff import __version__
from warmhandoff.api import problems
from warmhandoff.api.schemas import components
from warmhandoff.api.table import ROOT, Endpoint, by_path
from warmhandoff.rules.access import SCOPES

TITLE = "Warm Handoff"
ABOUT = (
    "What other software may ask a referral desk in the name of a practice: its directory (to read, and to keep the "
    "practice's own listings), matching, and who looked at what. An administrator lets a program in and says what it "
    "may do; it shows its token with every request. No scope reaches a client's record."
)


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "description": ABOUT,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": settings.BASE_URL + ROOT.rstrip("/")}],
        "paths": {
            f"/{path}": {method.lower(): _operation(line) for method, line in lines.items()}
            for path, lines in by_path()
        },
        "components": {"schemas": components(), "responses": _responses(), "securitySchemes": {"token": _TOKEN}},
    }  # fmt: skip


_TOKEN = {
    "type": "http", "scheme": "bearer",
    "description": "A token that begins with wh_. Scopes: " + "; ".join(f"{k} ({v.words})" for k, v in SCOPES.items()),
}  # fmt: skip


def _operation(line: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": line.name, "summary": line.title, "description": line.words,
        "security": [{"token": [] if line.needs == "any" else [line.needs]}] if line.needs else [],
        "parameters": [
            {"name": one.name, "in": one.place, "required": one.place == "path" or one.required,
             "description": one.words, "schema": dict(one.schema)}
            for one in line.parameters
        ],
        "responses": {"200": _answer(line), **_refusals(line)},
    }  # fmt: skip
    if line.body:
        content = {"application/json": {"schema": _ref("schemas", line.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _answer(line: Endpoint) -> dict[str, Any]:
    schema = _ref("schemas", line.answer) if line.answer else {"type": "string"}
    return {"description": line.title, "content": {line.kind: {"schema": schema}}}


def _refusals(line: Endpoint) -> dict[str, Any]:
    """One entry for each status: two refusals may share one."""
    by_code = {kind.code: kind for kind in problems.kinds()}
    found = {str(by_code[code].status): _ref("responses", code) for code in line.refusals}
    return {**found, "default": _ref("responses", problems.FAULT)}


def _responses() -> dict[str, Any]:
    content = {problems.KIND: {"schema": _ref("schemas", "Problem")}}
    told = {kind.code: {"description": kind.title, "content": content} for kind in problems.kinds()}
    return {**told, problems.FAULT: {"description": "A mistake of ours, or a wrong method", "content": content}}
