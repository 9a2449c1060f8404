"""The PDFs: tagged, the same bytes each time, and nothing anyone typed acts as markup."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pypdf import PdfReader

from warmhandoff.documents import packet_pdf, release_pdf
from warmhandoff.rules.packet import WHY, PacketFacts, compose, fingerprint
from warmhandoff.rules.wording import ReleaseWords, release_text

TITLES = {code: code.replace("_", " ").capitalize() for code in WHY}


def _content(text: str = "Weekdays after six.", classes: tuple[str, ...] = ("contact", "reason")) -> dict[str, Any]:
    lines = {code: [("Said", text)] for code in WHY}
    facts = PacketFacts(
        sender="Dr. Ada Okafor, Barton Creek", sender_contact="512-555-0100", recipient="Lena Ortiz",
        client="R. Marlowe", purpose="Specialized care", release_summary="With permission.",
        prepared_on=date(2026, 11, 23), lines=lines,
    )
    return compose(facts, classes, TITLES)


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_packet_is_tagged_and_says_what_its_content_says() -> None:
    pdf = packet_pdf(_content())
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"].startswith("en")
    for words in ("Lena Ortiz", "R. Marlowe", "Specialized care", "Weekdays after six.", "23"):
        assert words in _text(pdf)


def test_a_class_that_was_not_chosen_is_not_there() -> None:
    assert "R. Marlowe" not in _text(packet_pdf(_content(classes=("reason",))))
    assert "Contact" not in _text(packet_pdf(_content(classes=("reason",))))


def test_the_same_content_gives_the_same_bytes_and_another_content_another_hash() -> None:
    one, other = _content(), _content("Weekdays after seven.")
    assert packet_pdf(one) == packet_pdf(_content())
    assert fingerprint(one, packet_pdf(one)) != fingerprint(other, packet_pdf(other))


HOSTILE = ["#let x = 1; #x", "$ x^2 $", "*not bold*", '#read("/etc/passwd")', "= Heading", "\\"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_someone_typed_is_printed_as_typed(hostile: str) -> None:
    assert hostile.replace(" ", "") in _text(packet_pdf(_content(hostile))).replace(" ", "")


@hypothesis_settings(max_examples=15)
@given(st.text(max_size=200))
def test_any_text_makes_a_pdf(text: str) -> None:
    assert packet_pdf(_content(text)).startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_release_holds_every_element(language: str) -> None:
    words = ReleaseWords(
        client="Rosalind Marlowe", practice="Barton Creek", recipients=["Lena Ortiz"], classes=["your name"],
        purpose="other care", expires_on=date(2027, 2, 20), news_back=False,
    )
    text = release_text(words, language)
    printed = _text(release_pdf(text, ["Rosalind Marlowe", "2026-11-23"], language=language))
    for part in ("Rosalind Marlowe", "Barton Creek", "Lena Ortiz", "your name", "2027"):
        assert part in printed
    assert len(text) == 11, "title, who, to, what, why, until, news, revoke, condition, redisclosure, copy"
