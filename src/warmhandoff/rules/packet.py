"""What a packet holds: for each class the client released and the sender chose, what is pertinent, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SCHEMA = 1
# Classes a packet can hold today, with why one would send them. Each is off until chosen.
WHY = {
    "contact": "so that they can reach the client, or know who is calling",
    "logistics": "so that the first session can be booked without asking again",
    "reason": "so that they know what help is looked for, and what the client hopes for",
    "background": "so that the client does not have to tell it all again",
    "risk": "so that they can keep the client safe from the first day",
    "diagnoses": "where the recipient's work depends on them",
    "medications": "where the recipient prescribes or must know of them",
    "course": "so that care goes on from where it is",
}


@dataclass(frozen=True)
class PacketFacts:
    """Everything a packet could draw on. `lines` maps a class of information to (label, text) pairs."""

    sender: str
    sender_contact: str
    recipient: str
    client: str
    purpose: str
    release_summary: str
    prepared_on: date
    lines: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


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
        "from": facts.sender,
        "from_contact": facts.sender_contact,
        "to": facts.recipient,
        # Without the class "contact" the packet names nobody: the client calls by herself.
        "client": facts.client if "contact" in classes else "A client (name not shared)",
        "purpose": facts.purpose,
        "prepared_on": facts.prepared_on.isoformat(),
        "release": facts.release_summary,
        "classes": [code for code in WHY if code in classes],
        "sections": sections,
        "notice": "Shared with the client's permission and for the purpose named above. Please share it with nobody "
        "else unless the client allows it or the law asks for it.",
    }


def fingerprint(content: Mapping[str, Any], rendered: bytes) -> str:
    """SHA-256 (hex) over the canonical content and the rendered bytes: what the preview showed is what leaves."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(len(canonical).to_bytes(8, "big") + canonical + rendered).hexdigest()
