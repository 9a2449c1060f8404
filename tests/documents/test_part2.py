"""R-18: substance-use records are in a packet exactly when the notice is, in every form of it."""

from __future__ import annotations

import io
import json
import os
from datetime import date
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from tests.cast import NOW
from warmhandoff.documents import packet_pdf
from warmhandoff.rules.packet import WHY, Later, PacketFacts, as_json, compose, schema
from warmhandoff.rules.part2 import attached

TITLES = {code: code for code in WHY}
PACKETS = {"nightly": 2000, "ci": 400}.get(os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast"), 60)
WORDS = "42 CFR part 2 prohibits"
facts = st.builds(
    PacketFacts, sender=st.just("Dr. A"), sender_contact=st.just("512"), recipient=st.text(max_size=30),
    client=st.just("R. M."), purpose=st.just("care"), release_summary=st.just("With permission of November 1."),
    prepared_on=st.just(date(2026, 11, 23)),
    lines=st.dictionaries(st.sampled_from(list(WHY)), st.lists(st.tuples(st.just("Said"), st.text(max_size=60)),
                                                                 max_size=3)),
    later=st.none() | st.builds(Later, st.integers(2, 9), st.just(date(2026, 11, 1)), st.just("a new medicine")),
)  # fmt: skip
classes = st.lists(st.sampled_from(list(WHY)), min_size=1, unique=True)


def _page(content: dict[str, Any]) -> str:
    return render_to_string("reply/packet.html", {"shown": {"content": content}, "prepared_on": date(2026, 11, 23),
                                                  "now": NOW})


def _first_page(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


@settings(max_examples=PACKETS)
@given(facts, classes)
def test_notice_on_page_and_in_data(facts: PacketFacts, classes: list[str]) -> None:
    content = compose(facts, classes, TITLES)
    wanted = "substance_use" in classes
    data = as_json(content, "0" * 64)
    Draft202012Validator(schema()).validate(json.loads(data))
    for text in (_page(content), data.decode()):
        assert (WORDS in text) is wanted and (not wanted or facts.release_summary in text)


@pytest.mark.slow
@settings(max_examples=max(PACKETS // 20, 20))
@given(facts, classes)
def test_notice_on_the_first_page_of_the_pdf(facts: PacketFacts, classes: list[str]) -> None:
    long = {code: [("Said", "word " * 2000)] for code in classes}
    pdf = packet_pdf(compose(PacketFacts(**{**vars(facts), "lines": long}), classes, TITLES))
    first = _first_page(pdf)
    assert (WORDS in first) is ("substance_use" in classes)
    assert "substance_use" not in classes or "With permission of November 1." in first
    assert "Version" in first or facts.later is None


def test_there_is_no_notice_without_its_scope() -> None:
    assert attached(["contact"], "") is None
    with pytest.raises(ValueError, match="scope"):
        attached(["substance_use"], " ")
