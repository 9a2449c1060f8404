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
from fractions import Fraction
from math import ceil
from typing import Any

from pypdf import PdfReader

from tests.faults.scanning import forms_of_text

CLASSES = ("contact", "logistics", "reason", "background", "own_words", "risk", "diagnoses", "medications", "course",
           "substance_use", "chart")  # fmt: skip
FULL = 200_000  # steps of a nightly run
TRAVEL = tuple(code for code in CLASSES if code not in ("own_words", "chart"))


def mark(client: int, code: str) -> str:
    """24 characters that stand for one class of one client, and for nothing else."""
    return "QZX" + hashlib.sha256(f"{client} {code}".encode()).hexdigest()[:21].upper()


MARKS = {(client, code): mark(client, code) for client in (0, 1) for code in CLASSES}
_FORMS = {
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


def _by_beginning() -> dict[bytes, list[tuple[bytes, tuple[int, str]]]]:
    """Marks begin alike, so that one search for a beginning spares one for each of the forms that begin with it."""
    found: dict[bytes, list[tuple[bytes, tuple[int, str]]]] = {}
    for key, forms in _FORMS.items():
        for form in forms:
            found.setdefault(form[:3], []).append((form, key))
    return found


BEGINNINGS = _by_beginning()


def marks_in(data: bytes) -> set[tuple[int, str]]:
    """(client, class) of every mark in these bytes, in whatever encoding."""
    text = unpacked(data)
    there = [forms for beginning, forms in BEGINNINGS.items() if beginning in text]
    return {key for forms in there for form, key in forms if form in text}


def light_pdf(content: Mapping[str, Any]) -> bytes:
    """In place of rendering: the same content, packed. Real rendering is looked at in a sample of steps."""
    return b"%PDF-light" + zlib.compress(json.dumps(content, sort_keys=True).encode(), 1)


CONJUNCTS = ("other client", "unsigned", "signer", "taken back", "run out", "event", "recipient", "purpose",
             "classes", "element", "part 2", "never", "shut", "minor", "ground: other client", "ground: shut",
             "ground: basis", "ground: facts", "ground: recipient", "ground: classes", "ground: never",
             "ground: part 2")  # fmt: skip
HIT = ("page", "pdf", "data", "print", "ground", "rendered")  # where marks come out by right
CLEAN = ("mail", "csv", "logs")  # where none ever may
SHARE = Fraction(1, 5)  # of what is tried is allowed at least, and refused at least


@dataclass
class Tally:
    """What a run came to: it says whether it proved anything.

    hits: looks at a sink in which there was a mark. sole: denials for which one condition was the only reason.
    """

    steps: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    sole: Counter[str] = field(default_factory=Counter)

    def words(self, seconds: float) -> str:
        lines = [
            f"R-11: {self.steps} steps in {seconds:.0f} s of a core, {1000 * seconds / max(self.steps, 1):.1f} ms each",
            *(f"  {name:32} {self.answers[name]:8}" for name in ("allowed", "denied", "refused though allowed")),
            *(f"  {name + ': looks with marks, looks':32} {self.hits[name]:8} {self.looked[name]:8}"
              for name in (*HIT, *CLEAN)),
            *(f"  only reason: {name:19} {self.sole[name]:8}" for name in CONJUNCTS),
        ]  # fmt: skip
        return "\n".join(lines)

    def lacking(self, steps: int) -> list[str]:
        """What the run did not come to, of what security requirement R-11 asks of 200,000 steps: its share of that."""
        sample = 50 * steps < FULL  # of which not one denial is asked for each reason
        looks, denials = 1 if sample else ceil(500 * steps / FULL), ceil(50 * steps / FULL)
        found = [f"{self.steps} steps"] if self.steps < steps * 0.9 else []
        # Which lives a seed gives changes with the source: twenty of them come out uneven.
        least = (SHARE / 2 if sample else SHARE) * (self.answers["allowed"] + self.answers["denied"])
        found += [f"few {one}" for one in ("allowed", "denied") if self.answers[one] < max(least, 1)]
        found += [f"{name}: {self.hits[name]} looks with marks" for name in HIT if self.hits[name] < looks]
        found += [f"{name}: {self.looked[name]} looks" for name in CLEAN if self.looked[name] < looks]
        seldom = [f"only {name}: {self.sole[name]}" for name in CONJUNCTS if self.sole[name] < denials]
        # A sample may miss one by chance, and not a quarter of them.
        return found + (seldom if not sample or len(seldom) > len(CONJUNCTS) // 4 else [])
