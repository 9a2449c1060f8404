"""The page that explains the API, and the same as Markdown for the documentation: both read off the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from warmhandoff.api import problems
from warmhandoff.api.openapi import ABOUT
from warmhandoff.api.schemas import components
from warmhandoff.api.table import ENDPOINTS, ROOT, Endpoint
from warmhandoff.rules.access import SCOPES


@dataclass(frozen=True)
class Row:
    """One property or parameter in words."""

    name: str
    kind: str
    words: str


@dataclass(frozen=True)
class Kind:
    """One kind of refusal; not its class, which a template would call."""

    code: str
    status: int
    title: str


@dataclass(frozen=True)
class Section:
    """One endpoint as it is explained."""

    line: Endpoint
    address: str
    needs: str
    parameters: list[Row]
    body: list[Row]
    answer: list[Row]
    refusals: list[Kind]


def page_context() -> dict[str, Any]:
    """What the page shows."""
    return {
        "about": ABOUT, "root": ROOT, "sections": sections(), "scopes": list(SCOPES.items()),
        "kinds": list(_kinds().values()),
    }  # fmt: skip


def sections() -> list[Section]:
    """Every endpoint, in the order of the table."""
    by_code = _kinds()
    return [
        Section(
            line, f"{ROOT}{line.path}", _needs(line),
            [Row(one.name, in_words(one.schema), one.words) for one in line.parameters],
            rows(line.body), rows(line.answer), [by_code[code] for code in line.refusals],
        )
        for line in ENDPOINTS
    ]  # fmt: skip


def _kinds() -> dict[str, Kind]:
    return {kind.code: Kind(kind.code, kind.status, kind.title) for kind in problems.kinds()}


def _needs(line: Endpoint) -> str:
    return {"": "no token", "any": "any token in force"}.get(line.needs, f"the scope {line.needs}")


def rows(name: str) -> list[Row]:
    """The properties of a schema; those within an object or a list follow it as a.b or a[].b, to the second step."""
    return list(_rows(components().get(name, {}), "", 2)) if name else []


def _rows(schema: dict[str, Any], before: str, deep: int) -> Any:
    for name, one in schema.get("properties", {}).items():
        yield Row(f"{before}{name}", in_words(one), one.get("description", ""))
        inner = one.get("items", one)
        if deep > 1 and inner.get("type") == "object" and name != "facts":
            yield from _rows(inner, f"{before}{name}[]." if "items" in one else f"{before}{name}.", deep - 1)


def in_words(schema: Any) -> str:
    """A schema's type for people: "text", "whole number from 1 to 100, else 50"."""
    words = _kind(schema)
    if "minimum" in schema and "maximum" in schema and schema["maximum"] < 2**31:
        words += f" from {schema['minimum']} to {schema['maximum']}"
    if "default" in schema:
        words += f", else {str(schema['default']).lower()}"
    return words


_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
          "object": "object", "array": "list", "null": "null"}  # fmt: skip


def _kind(schema: Any) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        codes = [str(code) for code in schema["enum"] if code]
        return ", ".join(codes) if len(codes) <= 8 else f"a code: {', '.join(codes[:4])}, and {len(codes) - 4} more"
    if "oneOf" in schema:
        return "object, one of several"
    kinds = schema.get("type", "object")
    words = [_PLAIN[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    if "format" in schema:
        words[0] = str(schema["format"])
    return " or ".join(words) + (f" of {_kind(schema['items'])}" if "items" in schema else "")
