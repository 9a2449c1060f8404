"""Writes the JSON Schemas from the vocabularies, into the package and into docs/reference/schemas/.

Run it again after a vocabulary grew: `.venv/bin/python tests/tools/make_schemas.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from warmhandoff.matching.listing import VOCABULARY_OF
from warmhandoff.matching.need import CODE_LISTS, ONE_CODE, REQUIRED
from warmhandoff.rules.vocab import vocabulary

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "src/warmhandoff/matching/schemas", ROOT / "docs/reference/schemas")
INT64 = 2**63 - 1
LAT = {"type": "number", "minimum": -90, "maximum": 90}
LON = {"type": "number", "minimum": -180, "maximum": 180}
ZIP = {"type": "string", "pattern": "^[0-9]{5}$"}
PLAN = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^\S(.*\S)?$"}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
WHOLE = {"type": "integer", "minimum": 0, "maximum": INT64}
ID = {"type": "integer", "minimum": -INT64 - 1, "maximum": INT64}


def code(name: str) -> dict:
    if name == "languages":  # 7,900 codes: the shape here, the list in rules/vocab
        return {"type": "string", "pattern": "^[a-z]{2,3}$", "description": "ISO 639-1, or 639-3 where there is none"}
    return {"enum": list(vocabulary(name).entries)}


def listed(items: dict) -> dict:
    return {"type": "array", "items": items}


def nullable(schema: dict) -> dict:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def said(schema: dict, description: str) -> dict:
    return {**schema, "description": description}


def listing() -> dict:
    properties = {
        "id": ID,
        "kind": code("kinds"),
        "name": nullable({"type": "string"}),
        "zip": said(nullable(ZIP), "gives the point where lat and lon are not both given"),
        "lat": nullable(LAT),
        "lon": nullable(LON),
        "state": said(nullable(code("states")), "for people; where a listing may work is licensed_states"),
        **{name: nullable(listed(code(source))) for name, source in VOCABULARY_OF.items()},
        "plans": nullable(listed(PLAN)),
        "out_of_network": nullable({"type": "boolean"}),
        "fee": said(nullable(WHOLE), "cents a session"),
        "sliding_scale": nullable({"type": "boolean"}),
        "sliding_floor": said(nullable(WHOLE), "cents a session"),
        "accepting": nullable(code("accepting")),
        "wait_days": said(nullable(WHOLE), "expected days to the first appointment"),
        "trust": said(nullable(SHARE), "this practice's own relationship; left out: 0"),
        "responsiveness": nullable(SHARE),
        "verified_days": said(nullable(WHOLE), "days since the facts were last verified"),
        "openings": nullable(WHOLE),
    }
    return document(
        "listing",
        "One line of listings.jsonl. A field left out or null is unknown, except trust (0) and compacts (none); an "
        "empty list is a known none. A field that is not named here is left unread, with a warning. Not to be said "
        "here: specialises_in lies within treats, and an id occurs once.",
        {"properties": properties, "required": ["id", "kind"]},
    )


def payment() -> dict:
    def only(properties: dict, *required: str) -> dict:
        absent = {name: {"type": "null"} for name in ("plan", "accepts_out_of_network", "budget", "any")}
        return {
            "type": "object",
            "properties": {**absent, **properties},
            "required": list(required),
            "additionalProperties": False,
        }

    by_plan = {"plan": PLAN, "accepts_out_of_network": {"type": ["boolean", "null"]}}
    return {
        "oneOf": [
            only(by_plan, "plan"),
            only({"budget": said(WHOLE, "cents a session")}, "budget"),
            only({"any": {"const": True}}, "any"),
        ]
    }


def place() -> dict:
    by_zip = {"zip": ZIP, **{name: {"type": "null"} for name in ("lat", "lon", "state")}}
    by_point = {"lat": LAT, "lon": LON, "state": code("states"), "zip": {"type": "null"}}
    return {
        "oneOf": [
            {"type": "object", "properties": by_zip, "required": ["zip"], "additionalProperties": False},
            {
                "type": "object",
                "properties": by_point,
                "required": ["lat", "lon", "state"],
                "additionalProperties": False,
            },
        ]
    }


def asked(name: str, source: str) -> dict:
    """An optional code: null and the empty text ask nothing."""
    one = code(source)
    return one if name in REQUIRED else {"enum": [*one["enum"], "", None]}


def need_properties() -> dict:
    lists = {name: nullable(listed(code(source))) for name, source in CODE_LISTS.items()}
    lists["formats"] = {"type": "array", "items": code("formats"), "minItems": 1}
    return {
        **{name: asked(name, source) for name, source in ONE_CODE.items()},
        **lists,
        "payment": payment(),
        "place": place(),
        "radius_miles": nullable({"type": "number", "exclusiveMinimum": 0, "maximum": sys.float_info.max}),
        "max_wait_days": said(nullable(WHOLE), "null: listings with a waiting list are no options"),
        "exclude": nullable(listed(ID)),
    }


def need_body() -> dict:
    in_person = {"properties": {"formats": {"contains": {"const": "in_person"}}}, "required": ["formats"]}
    radius = {"properties": {"radius_miles": {"type": "number"}}, "required": ["radius_miles"]}
    return {
        "properties": need_properties(),
        "required": list(REQUIRED),
        "additionalProperties": False,
        "if": in_person,
        "then": radius,
    }


def need() -> dict:
    about = "need.json. A field left out, null or empty asks nothing; a field that is not named here is refused."
    return document("need", about, need_body())


def clients() -> dict:
    body = {
        "properties": {"client": {"type": "string", "minLength": 1}, "need": {"type": "object", **need_body()}},
        "required": ["client", "need"],
        "additionalProperties": False,
    }
    return document("clients", "One line of clients.jsonl. Not to be said here: a client occurs once.", body)


def document(name: str, description: str, body: dict) -> dict:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Warm Handoff: {name}",
        "description": description,
        "type": "object",
        **body,
    }


def texts() -> dict[str, str]:
    """File name -> the schema's text, as it is committed."""
    made = {"need": need(), "listing": listing(), "clients": clients()}
    return {f"{name}.json": json.dumps(body, indent=1, ensure_ascii=False) + "\n" for name, body in made.items()}


def main() -> None:
    for name, text in texts().items():
        for folder in FOLDERS:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
