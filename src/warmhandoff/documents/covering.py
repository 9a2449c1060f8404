"""The cover sheet of what is faxed or handed over on paper: it says to whom, from whom and how long, and no client."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from pypdf import PdfReader, PdfWriter

from warmhandoff.documents.rendering import render

CONFIDENTIAL = (
    "What follows is confidential health information, sent for the person named above alone. Please keep it from "
    "others' eyes, and share it with nobody unless the law or the person it is about allows it."
)
MISDIRECTED = (
    "If this reached you by mistake, please do not read, copy or pass it on. Call the sender at {phone} right away, "
    "and destroy all pages. Nothing in it may be used."
)


@dataclass(frozen=True)
class Cover:
    """What a cover sheet says. phone: the sender's, where a wrong delivery is told."""

    to: str
    sender: str
    phone: str
    day: date


def covered_pdf(cover: Cover, packet: bytes, *, paper: str = "us-letter") -> bytes:
    """The packet behind its cover sheet, as one PDF to print or fax; pages are counted with the sheet."""
    pages = len(PdfReader(io.BytesIO(packet)).pages) + 1
    phone = cover.phone or "the number you know"
    data = {
        "paper": paper, "to": cover.to, "from": cover.sender, "phone": cover.phone or "as you know it",
        "date": f"{cover.day:%B} {cover.day.day}, {cover.day.year}", "pages": str(pages),
        "confidential": CONFIDENTIAL, "misdirected": MISDIRECTED.format(phone=phone),
    }
    whole = PdfWriter()
    for part in (render("cover.typ", data), packet):
        whole.append(io.BytesIO(part))
    out = io.BytesIO()
    whole.write(out)
    return out.getvalue()
