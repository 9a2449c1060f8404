"""The cover sheet: to whom, from whom, how long; nothing about whom it is about."""

from __future__ import annotations

import io
from datetime import date

from pypdf import PdfReader

from tests.documents.test_pdf import _content
from warmhandoff.documents import packet_pdf
from warmhandoff.documents.covering import Cover, covered_pdf

COVER = Cover("Lena Ortiz, LCSW", "Lakeside Counseling", "512-555-0100", date(2026, 11, 23))


def _pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_the_sheet_says_what_a_fax_needs_and_names_no_client() -> None:
    packet = packet_pdf(_content("A long story. " * 900))
    pages, count = _pages(covered_pdf(COVER, packet)), len(PdfReader(io.BytesIO(packet)).pages)
    assert count > 1 and len(pages) == count + 1
    for words in ("Confidential", "Lena Ortiz", "Lakeside Counseling", "512-555-0100", "November 23, 2026",
                  f"{count + 1}, with this one", "by mistake", "destroy all pages", "Call the sender"):
        assert words in pages[0], words
    assert "Marlowe" not in pages[0] and "story" not in pages[0] and "Marlowe" in " ".join(pages[1:])
    assert pages[1:] == _pages(packet), "the packet follows as it was frozen"


def test_what_someone_typed_is_printed_as_typed() -> None:
    cover = Cover("#let x = 1; *Lena* $x$", "= Practice", "", date(2026, 11, 23))
    [first, *_] = _pages(covered_pdf(cover, packet_pdf(_content())))
    assert "#let x = 1; *Lena* $x$" in first and "= Practice" in first
