"""Where bytes come out, and the marks that are looked for in them in every encoding."""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader

from tests.faults.scanning import forms_of_text

CLASSES = ("contact", "logistics", "reason", "background", "own_words", "risk", "diagnoses", "medications", "course",
           "substance_use", "chart")  # fmt: skip
TRAVEL = tuple(code for code in CLASSES if code not in ("own_words", "chart"))


def mark(client: int, code: str) -> str:
    """24 characters that stand for one class of one client, and for nothing else."""
    return "QZX" + hashlib.sha256(f"{client} {code}".encode()).hexdigest()[:21].upper()


MARKS = {(client, code): mark(client, code) for client in (0, 1) for code in CLASSES}
FORMS = {
    key: tuple({*forms_of_text(word), html.escape(word).encode(), json.dumps(word)[1:-1].encode()})
    for key, word in MARKS.items()
}  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """The bytes and what is in them where they are compressed, or a PDF's text."""
    found = [data]
    if data.startswith(b"%PDF-1"):
        pages = PdfReader(io.BytesIO(data)).pages
        found.append("".join("".join(page.extract_text().split()) for page in pages).encode())
    for start in (data, data.removeprefix(b"%PDF-light")):
        for opened in (gzip.decompress, zlib.decompress):
            try:
                found.append(opened(start))
            except (OSError, EOFError, zlib.error):
                continue
    return b"\0".join(found)


def marks_in(data: bytes) -> set[tuple[int, str]]:
    """(client, class) of every mark in these bytes, in whatever encoding."""
    text = unpacked(data)
    return {key for key, forms in FORMS.items() if any(form in text for form in forms)}


def light_pdf(content: Mapping[str, Any]) -> bytes:
    """In place of rendering: the same content, packed. Real rendering is looked at in a sample of steps."""
    return b"%PDF-light" + zlib.compress(json.dumps(content, sort_keys=True).encode(), 1)


@dataclass
class Tally:
    """What a run came to: it says whether it proved anything."""

    steps: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    sole: Counter[str] = field(default_factory=Counter)
    rendered: int = 0

    def words(self, seconds: float) -> str:
        asked = self.answers["allowed"] + self.answers["denied"] or 1
        share = 100 * self.answers["allowed"] // asked
        return (
            f"R-11: {self.steps} steps in {seconds:.0f} s ({self.steps / max(seconds, 0.1):.0f} a second); "
            f"{asked} disclosures tried, {share} % allowed, {100 - share} % denied; "
            f"refused though the oracle allowed: {self.answers['refused though allowed']}; "
            f"looked at {dict(self.looked.most_common())}; marks seen {dict(self.hits.most_common())}; "
            f"sole reasons {dict(self.sole.most_common())}; {self.rendered} PDFs rendered in earnest"
        )
