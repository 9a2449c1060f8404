"""One renderer for every document: typst templates given plain data, tagged PDF/UA-1."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst

log = logging.getLogger("warmhandoff.documents")
_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """One template of this folder, filled with plain data (what JSON holds), as PDF."""
    # Data goes in as JSON and comes out as text: nothing a client wrote can act as markup.
    inputs = {"data": json.dumps(data, sort_keys=True, ensure_ascii=False)}
    path = str(_TEMPLATES / template)
    try:
        return typst.compile(path, sys_inputs=inputs, pdf_standards=["ua-1"])
    except typst.TypstError:
        # UA-1 refuses glyphs the fonts lack; a readable plain PDF is better than none.
        log.warning("%s could not be made as PDF/UA-1; made as plain PDF", template)
        return typst.compile(path, sys_inputs=inputs)


def packet_pdf(content: Mapping[str, Any], *, paper: str = "us-letter") -> bytes:
    """The packet as PDF. `content` is what `rules.packet.compose` returned."""
    return render("packet.typ", {"paper": paper, **content})


def release_pdf(
    paragraphs: Sequence[str], signature: Sequence[str], *, language: str, paper: str = "us-letter"
) -> bytes:
    """The release as signed: its paragraphs (title first) and the lines under it."""
    data = {"paper": paper, "language": language, "title": paragraphs[0], "paragraphs": list(paragraphs[1:]),
            "signature": list(signature)}
    return render("release.typ", data)


def record_pdf(content: Mapping[str, Any], *, paper: str = "us-letter") -> bytes:
    """A client's whole record, to be read. `content` is what `rules.record.readable` returned."""
    return render("record.typ", {"paper": paper, **content})


def list_pdf(content: Mapping[str, Any], *, paper: str = "us-letter") -> bytes:
    """The list a client takes along. `content` is what `rules.take_list.compose` returned."""
    return render("take_list.typ", {"paper": paper, "choosing": False, **content})


def choice_pdf(content: Mapping[str, Any], *, paper: str = "us-letter") -> bytes:
    """The list with boxes to mark. `content` as for `list_pdf`; `why`: the clinician's words; `questions`, `helpers`:
    whether these are asked.
    """
    return render("take_list.typ", {"paper": paper, "choosing": True, **content})


def letters_pdf(letters: Sequence[Mapping[str, Any]], *, paper: str = "us-letter") -> bytes:
    """Letters in one file, each beginning on a page of its own. A letter: its language and paragraphs, title first."""
    return render("letters.typ", {"paper": paper, "letters": list(letters)})
