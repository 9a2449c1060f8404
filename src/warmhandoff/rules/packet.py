"""What a packet holds: for each class the client released and the sender chose, what is pertinent, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from warmhandoff.rules import part2

SCHEMA = 2
# Classes a packet can hold, with why one would send them. Each is off until chosen.
WHY = {
    "contact": "so that they can reach the client, or know who is calling",
    "logistics": "so that the first session can be booked without asking again",
    "reason": "so that they know what help is looked for, and what the client hopes for",
    "background": "so that the client does not have to tell it all again",
    "risk": "so that they can keep the client safe from the first day",
    "diagnoses": "where the recipient's work depends on them",
    "medications": "where the recipient prescribes or must know of them",
    "course": "so that care goes on from where it is",
    "discharge_summary": "so that they know how the care that ended went",
    "substance_use": "where the help looked for depends on it; a notice of federal law goes along",
}
# What the record has no fields for: the clinician types or pastes it for the packets of one referral.
WRITTEN = ("risk", "diagnoses", "medications", "course", "substance_use")
MOST_CHARACTERS = 20_000  # of one written part
NOTICE = (
    "Shared with the client's permission and for the purpose named above. Please share it with nobody else unless the "
    "client allows it or the law asks for it."
)
UNNAMED = "A client (name not shared)"


@dataclass(frozen=True)
class Later:
    """What makes a packet an amendment: which version it is, of which day's packet, and what changed since."""

    edition: int
    of: date
    changed: str


@dataclass(frozen=True)
class PacketFacts:
    """Everything a packet could draw on. `lines` maps a class of information to (label, text) pairs.

    release_summary: on what it is shared; it is the statement of scope where part 2 asks for one.
    """

    sender: str
    sender_contact: str
    recipient: str
    client: str
    purpose: str
    release_summary: str
    prepared_on: date
    lines: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    later: Later | None = None
    notice: str = NOTICE


def compose(facts: PacketFacts, classes: Sequence[str], titles: Mapping[str, str]) -> dict[str, Any]:
    """The packet's content for these classes, in the order of WHY: a plain structure, the same for screen and PDF.

    `titles` gives each class its heading. Classes nobody chose leave no trace; a chosen class about which the record
    says nothing says so, since an empty page could be taken for "nothing to report".
    """
    unknown = [code for code in classes if code not in WHY]
    if unknown:
        raise ValueError(f"a packet cannot hold {unknown}")
    sections = []
    for code in WHY:
        if code not in classes:
            continue
        lines = [{"label": label, "text": text} for label, text in facts.lines.get(code, ()) if text.strip()]
        sections.append({"class": code, "title": titles[code], "lines": lines})
    return {
        "schema": SCHEMA,
        "version": facts.later.edition if facts.later else 1,
        "amends": facts.later.of.isoformat() if facts.later else None,
        "changed": facts.later.changed if facts.later else "",
        "from": facts.sender,
        "from_contact": facts.sender_contact,
        "to": facts.recipient,
        # Without the class "contact" the packet names nobody: the client calls by herself.
        "client": facts.client if "contact" in classes else UNNAMED,
        "purpose": facts.purpose,
        "prepared_on": facts.prepared_on.isoformat(),
        "release": facts.release_summary,
        "classes": [code for code in WHY if code in classes],
        "part2": part2.attached(classes, facts.release_summary),
        "sections": sections,
        "notice": facts.notice,
    }


def fingerprint(content: Mapping[str, Any], rendered: bytes) -> str:
    """SHA-256 (hex) over the canonical content and the rendered bytes: what the preview showed is what leaves."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(len(canonical).to_bytes(8, "big") + canonical + rendered).hexdigest()


def as_json(content: Mapping[str, Any], sha256: str) -> bytes:
    """The packet as data, for a program at the recipient's: the frozen content with its fingerprint (`schema`)."""
    return json.dumps({**content, "sha256": sha256}, ensure_ascii=False, indent=1).encode()


def schema() -> dict[str, Any]:
    """The JSON Schema of packet.json. With substance_use the notice of 42 CFR 2.32 is there, and only then."""
    text = {"type": "string"}
    line = {"type": "object", "required": ["label", "text"], "additionalProperties": False,
            "properties": {"label": text, "text": text}}
    section = {"type": "object", "required": ["class", "title", "lines"], "additionalProperties": False, "properties": {
        "class": {"enum": list(WHY)}, "title": text, "lines": {"type": "array", "items": line}}}
    notice = {"type": "object", "required": ["notice", "scope", "version"], "additionalProperties": False,
              "properties": {name: {"type": "string", "minLength": 1} for name in ("notice", "scope", "version")}}
    properties = {
        "schema": {"const": SCHEMA}, "version": {"type": "integer", "minimum": 1},
        "amends": {"type": ["string", "null"], "format": "date"}, "changed": text, "from": text, "from_contact": text,
        "to": text, "client": text, "purpose": text, "prepared_on": {"type": "string", "format": "date"},
        "release": text, "classes": {"type": "array", "items": {"enum": list(WHY)}, "uniqueItems": True},
        "part2": {"oneOf": [{"type": "null"}, notice]}, "sections": {"type": "array", "items": section},
        "notice": text, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
    holds = {"properties": {"classes": {"contains": {"const": part2.CLASS}}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A referral packet as its recipient gets it: packet.json",
        "description": "The same content as the page and the PDF. `classes` are what the client's release covers and "
        "the sender chose; `part2` is the notice of 42 CFR 2.32 with the scope of the consent.",
        "type": "object", "required": sorted(properties), "additionalProperties": False, "properties": properties,
        "if": holds, "then": {"properties": {"part2": notice}}, "else": {"properties": {"part2": {"type": "null"}}},
    }
