"""The schemas are made from the vocabularies, are the same in docs and package, and say what the parsers say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.matching.examples import LISTING, NEED, Raw
from tests.matching.strategies import listings, need
from tests.matching.test_refusals import LISTING_FAULTS, NEED_FAULTS, briefly
from tests.tools.make_schemas import texts
from warmhandoff.matching import SCHEMAS, parse_listing, parse_need, schema
from warmhandoff.matching.listing import FIELDS as LISTING_FIELDS
from warmhandoff.matching.need import FIELDS as NEED_FIELDS
from warmhandoff.rules.refusals import BadInput

DOCS = Path(__file__).parents[2] / "docs/reference/schemas"
VALIDATORS = {name: Draft202012Validator(json.loads(schema(name))) for name in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_docs_package_and_vocabularies_agree(name: str) -> None:
    assert schema(name) == (DOCS / f"{name}.json").read_text(encoding="utf-8") == texts()[f"{name}.json"]
    Draft202012Validator.check_schema(json.loads(schema(name)))


def test_every_field_is_described() -> None:
    assert set(json.loads(schema("listing"))["properties"]) == LISTING_FIELDS
    assert set(json.loads(schema("need"))["properties"]) == NEED_FIELDS


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(BadInput, match="schema: there is no schema 'panel'"):
        schema("panel")


def test_the_examples_are_valid() -> None:
    VALIDATORS["listing"].validate(LISTING)
    VALIDATORS["need"].validate(NEED)
    VALIDATORS["clients"].validate({"client": "A-17", "need": NEED})


@given(listings(3), need())
def test_what_the_parsers_take_is_valid(rows: list[Raw], asked: Raw) -> None:
    for row in rows:
        VALIDATORS["listing"].validate(row)
        parse_listing(row)
    VALIDATORS["need"].validate(asked)
    parse_need(asked)


def beyond_a_schema(value: Any) -> bool:
    """What a schema cannot say: 1.0 counts as whole there, NaN as a number, half a surrogate pair as text; which
    ZIPs are known; what lies within treats."""
    inside = next(iter(value.values()), None) if isinstance(value, dict) else value
    inside = inside[0] if isinstance(inside, list) and inside else inside
    if isinstance(inside, float):
        return inside == 1.0 or not math.isfinite(inside)
    return "\\ud800" in ascii(value) or value in ({"zip": "00000"}, {"zip": "09001"}, ["anxiety", "ocd"])


@pytest.mark.parametrize(("field", "value"), LISTING_FAULTS, ids=briefly)
def test_a_faulty_listing_is_not_valid(field: str, value: Any) -> None:
    if not beyond_a_schema(value):
        assert not VALIDATORS["listing"].is_valid(LISTING | {field: value})


@pytest.mark.parametrize(("field", "value"), [fault[:2] for fault in NEED_FAULTS], ids=briefly)
def test_a_faulty_need_is_not_valid(field: str, value: Any) -> None:
    if not beyond_a_schema(value):
        assert not VALIDATORS["need"].is_valid(NEED | {field: value})
