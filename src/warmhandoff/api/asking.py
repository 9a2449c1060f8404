"""What a request asks for, checked against its line of the table: query, address and body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.http.request import UnreadablePostError

from warmhandoff.api.table import Endpoint, Parameter
from warmhandoff.matching import parse_object
from warmhandoff.rules.refusals import BadInput, Problem

MOST_BYTES = 64 * 1024  # a need is some hundred bytes
_FLAGS = {"true": True, "false": False}


def token_of(request: HttpRequest) -> str:
    """The bearer token of the header (RFC 6750), or nothing. Never taken from an address, where logs would keep it."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def headers_of(endpoint: Endpoint, request: HttpRequest) -> dict[str, Any]:
    """The headers that the line describes, by name; None for one that was not sent. BadInput names every fault."""
    found: dict[str, Any] = {}
    problems = []
    for one in (parameter for parameter in endpoint.parameters if parameter.place == "header"):
        text = request.headers.get(one.name)
        found[one.name] = _read(one, text) if text else None
        if (text or one.required) and found[one.name] is None:
            problems.append(Problem(f"{_wanted(one)} is needed", field=one.name))
    if problems:
        raise BadInput(*problems)
    return found


def asked(endpoint: Endpoint, query: QueryDict, ids: Mapping[str, int]) -> dict[str, Any]:
    """The parameters by name, with defaults. BadInput names every fault: unknown, given twice, not as described."""
    described = {parameter.name: parameter for parameter in endpoint.parameters if parameter.place == "query"}
    problems = [
        Problem("there is no such parameter", field=ascii(name)[1:-1][:60])
        for name in query if name not in described
    ]  # fmt: skip
    found: dict[str, Any] = dict(ids)
    for name, parameter in described.items():
        given = query.getlist(name)
        if len(given) > 1:
            problems.append(Problem("is given more than once", field=name))
            continue
        value = _read(parameter, given[0]) if given else parameter.schema.get("default")
        if given and value is None:
            problems.append(Problem(f"{_wanted(parameter)} is needed", field=name))
        found[name] = value
    if problems:
        raise BadInput(*problems)
    return found


def _read(parameter: Parameter, text: str) -> Any:
    """The value, or None for what is not as the schema says."""
    schema = parameter.schema
    if "enum" in schema:
        return text if text in schema["enum"] else None
    if schema["type"] == "boolean":
        return _FLAGS.get(text)
    if schema["type"] == "integer":
        number = int(text) if re.fullmatch("[0-9]{1,19}", text) else -1
        return number if schema["minimum"] <= number <= schema["maximum"] else None
    if schema.get("format") == "uuid":
        return UUID(text) if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) else None
    fits = len(text) <= schema.get("maxLength", 200) and re.fullmatch(schema.get("pattern", ".*"), text)
    return text if fits and text.isprintable() else None


def _wanted(parameter: Parameter) -> str:
    schema = parameter.schema
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema["type"] == "boolean":
        return "true or false"
    if schema["type"] == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    if schema.get("format") == "uuid":
        return "a UUID"
    return f"text like {schema['pattern']}" if "pattern" in schema else f"text up to {schema['maxLength']} characters"


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body, read strictly. BadInput for another type, for more than 64 KiB and for no object."""
    if request.content_type != "application/json":
        raise BadInput(Problem("application/json is needed", field="Content-Type"))
    try:
        data = request.read(MOST_BYTES + 1)
    except UnreadablePostError as error:
        raise BadInput("the body broke off") from error
    if len(data) > MOST_BYTES:
        raise BadInput(f"the body is larger than {MOST_BYTES // 1024} KiB")
    return parse_object(data)
