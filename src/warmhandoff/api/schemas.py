"""JSON Schemas (draft 2020-12) of what the API takes and gives, built on those that `match` ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from warmhandoff.directory.fields import FIELDS
from warmhandoff.matching import MUST_NAMES, schema
from warmhandoff.rules.access import SCOPES
from warmhandoff.rules.vocab import vocabulary

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_DATE: Schema = {"type": "string", "format": "date"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_UUID: Schema = {"type": "string", "format": "uuid"}
_NUMBER: Schema = {"type": "number"}
# What the listing schema does not describe: facts that are for people.
_SHAPES: dict[str, Schema] = {
    "flag": _FLAG, "date": _DATE, "npi": {"type": "string", "pattern": "^[0-9]{10}$"}, "number": _NUMBER,
    "codes": {"type": "array", "items": _TEXT}, "whole": _WHOLE,
}  # fmt: skip
STATES_AND_KINDS: dict[str, Schema] = {
    "state": {"enum": list(vocabulary("states").entries)}, "kind": {"enum": list(vocabulary("kinds").entries)},
}  # fmt: skip


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(one: Schema) -> Schema:
    return {**one, "type": [one["type"], "null"]}


def _said(one: Schema, words: str) -> Schema:
    return {**one, "description": words}


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(words: str, properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """An object with these properties and no others, all of them required but the optional ones."""
    return {
        "type": "object", "description": words, "properties": dict(properties),
        "required": [name for name in properties if name not in optional], "additionalProperties": False,
    }  # fmt: skip


def shipped(name: str) -> Schema:
    """A schema of matching/schemas as a component: its dialect is the document's."""
    found: Schema = json.loads(schema(name))
    return {key: value for key, value in found.items() if key != "$schema"}


def _problem() -> Schema:
    error = _object("One fault of what was sent.", {"field": _or_null(_TEXT), "detail": _TEXT})
    return _object(
        "Why not (RFC 9457).",
        {
            "type": _said({"type": "string", "format": "uri"}, "Names the kind of problem, and explains it."),
            "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
            "code": _said(_TEXT, "The kind of problem in a word; \"fault\" for a mistake of ours."),
            "errors": _said(_list_of(error), "Every fault, where what was sent cannot be understood."),
        },
        optional=("errors",),
    )  # fmt: skip


def _practice() -> Schema:
    practice = {"name": _TEXT, "slug": _TEXT, "state": _TEXT, "zip": _TEXT, "time_zone": _TEXT}
    program = {"name": _TEXT, "scopes": _list_of({"enum": list(SCOPES)}), "expires_at": _TIME}
    return _object(
        "Whom the token belongs to.",
        {"practice": _object("The practice.", practice), "program": _object("Who was given the token.", program)},
    )


def _fact(name: str, known: Mapping[str, Schema]) -> Schema:
    value = known.get(name) or _SHAPES.get(FIELDS[name].shape, _TEXT)
    return _object(
        FIELDS[name].label,
        {
            "value": value, "days": _said(_WHOLE, "since it was last seen or verified"), "dated_on": _DATE,
            "verified": _said(_FLAG, "somebody asked"),
            "known": _said(_FLAG, "still counts as known; what does not is unknown to matching"),
            "source": _TEXT, "own": _said(_FLAG, "said by this practice of a listing that all share"),
        },
    )  # fmt: skip


def _listing() -> Schema:
    known = shipped("listing")["properties"]
    facts = {name: _fact(name, known) for name in FIELDS}
    return _object(
        "One provider or service, as this practice knows it.",
        {
            "id": {"type": "integer"}, "version": _said(_TEXT, "changes with it; its ETag"), "name": _TEXT,
            "kind": STATES_AND_KINDS["kind"],
            "shared": _said(_FLAG, "by all practices of the server"), "retired": _said(_FLAG, "no longer in use"),
            "excluded": _said(_FLAG, "set aside by the practice: no option of any need"),
            "relationship": {"enum": list(vocabulary("relationships").entries)},
            "verified_days": _said(_or_null(_WHOLE), "since any fact was last verified; null: never"),
            "facts": _object("What is known; what is not there is not known.", facts, optional=tuple(facts)),
        },
    )  # fmt: skip


def _given_facts() -> Schema:
    known = shipped("listing")["properties"]
    values = {name: known.get(name) or _SHAPES.get(FIELDS[name].shape, _TEXT) for name in FIELDS}
    either = {name: {"anyOf": [value, {"type": "null"}], "description": FIELDS[name].label}
              for name, value in values.items()}  # fmt: skip
    return _said(_object("Facts by name; null is not known.", either, optional=tuple(either)), "Facts by name.")


def _written() -> dict[str, Schema]:
    """What a program sends to write."""
    verified = _said(_FLAG, "checked today with the listing itself")
    relationship = {"enum": list(vocabulary("relationships").entries)}
    return {
        "NewListing": _object(
            "A listing to enter.", {"facts": _given_facts(), "relationship": relationship, "verified": verified},
            optional=("relationship", "verified"),
        ),
        "ChangedListing": _object(
            "Facts to change.", {"facts": _given_facts(), "verified": verified}, optional=("verified",)
        ),
        "StillTrue": _object("Which facts hold.", {"facts": _list_of({"enum": list(FIELDS)})}),
    }  # fmt: skip


def _listings() -> Schema:
    counts = {"total": _WHOLE, "page": _WHOLE, "pages": _WHOLE}
    return _object("One page of listings.", {**counts, "listings": _list_of(_ref("Listing"))})


def _answer() -> Schema:
    named = {"id": {"type": "integer"}, "name": _or_null(_TEXT), "score": _NUMBER, "points": {"type": "integer"}}
    term = _object("One wish's part in a score.", {"t": _NUMBER, "weight": _WHOLE, "share": _NUMBER, "tq": _WHOLE})
    option = _object("A listing that passes every must.", {
        **named, "terms": {"type": "object", "additionalProperties": term}, "miles": _or_null(_NUMBER),
        "format": {"enum": list(vocabulary("formats").entries)}, "payment": _TEXT,
    })  # fmt: skip
    possible = _object(
        "Of which something is not known: what to ask.", {**named, "ask": _list_of({"enum": list(MUST_NAMES)})}
    )
    relaxation = _object(
        "The same need with one thing changed.",
        {"must": _TEXT, "change": _TEXT, "total": _WHOLE, "best": _or_null({"type": "integer"})},
    )
    return _object(
        "The document of warmhandoff match --json.",
        {
            "total": _WHOLE, "options": _list_of(option), "possible_total": _WHOLE, "possibles": _list_of(possible),
            "relaxations": _said(_list_of(relaxation), "Where asked for, or fewer than k options."),
        },
        optional=("relaxations",),
    )  # fmt: skip


def _looks() -> Schema:
    sides = ["referrer", "client", "recipient", "system", "api", "stranger"]
    look = _object(
        "One entry of the audit.",
        {
            "number": _WHOLE, "at": _TIME, "side": {"enum": sides},
            "who": _said(_or_null(_UUID), "the member or program"), "name": _or_null(_TEXT), "verb": _TEXT,
            "subject": _said(_TEXT, "what it was done to; where refused, the kind of refusal"), "refused": _FLAG,
            "clients": _said(_WHOLE, "how many clients it concerned; who they are is not told here"),
        },
    )  # fmt: skip
    older = _said(_or_null(_WHOLE), "ask with before= this for the entries before; null at the beginning")
    return _object("One page of the audit, newest first.", {"entries": _list_of(look), "older": older})


@cache
def components() -> dict[str, Schema]:
    """Every schema by its name. Callers leave it as it is."""
    return {
        "Problem": _problem(), "Practice": _practice(), "Listing": _listing(), "Listings": _listings(),
        **_written(), "Need": shipped("need"), "Answer": _answer(), "Looks": _looks(),
        "OpenApi": {"type": "object", "required": ["openapi", "info", "paths"]},
    }  # fmt: skip
