"""Facts: what is accepted, which word counts, and when it no longer does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.directory import fields, freshness
from warmhandoff.directory.deriving import Said, Voice, facts_now
from warmhandoff.rules.refusals import BadInput

TODAY = date(2026, 11, 23)
FILE, REGISTER, PERSON = uuid4(), uuid4(), uuid4()


def said(number: int, value: Any, source: UUID = FILE, *, seen: int = 0, verified: int | None = None) -> Said:
    checked = None if verified is None else TODAY - timedelta(days=verified)
    voice: Voice = "person" if source == PERSON else "file"
    return Said(number, "fee", value, source, TODAY - timedelta(days=seen), checked, voice)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([said(1, 100), said(2, 120)], 120),  # of one source the last word
        ([said(1, 100, FILE, seen=5), said(2, 120, REGISTER, seen=90)], 100),  # the newer of two files
        ([said(1, 100, FILE, seen=1), said(2, 120, REGISTER, seen=90, verified=90)], 120),  # a verified one first
        ([said(1, 100, PERSON, seen=400), said(2, 120, REGISTER, verified=1)], 100),  # a person before any file
        ([said(1, 100, FILE), said(2, None, REGISTER)], 100),  # a file that says nothing leaves it to the others
        ([said(1, 100, FILE), said(2, None, PERSON)], None),  # a person who says "not known" is believed
        ([said(1, 100, PERSON), said(2, None, PERSON), said(3, 110, PERSON)], 110),
    ],
)
def test_which_word_counts(words: list[Said], expected: int | None) -> None:
    assert facts_now(words)["fee"]["value"] == expected
    assert facts_now(reversed(words)) == facts_now(words)


def test_a_file_alone_that_goes_blank_leaves_nothing() -> None:
    assert facts_now([said(1, 100), said(2, None)]) == {}


@pytest.mark.parametrize(
    ("field", "days"),
    [("openings", 30), ("accepting", 30), ("wait_days", 30), ("plans", 90), ("fee", 90), ("formats", 180),
     ("treats", 180)],
)  # fmt: skip
def test_a_fact_counts_for_so_many_days(field: str, days: int) -> None:
    def on(age: int) -> bool:
        fact = {"value": 1, "seen_on": (TODAY - timedelta(days=age)).isoformat(), "verified_on": None}
        return freshness.is_stale({field: fact}, field, TODAY)

    assert not on(days)
    assert on(days + 1)


def test_verifying_makes_a_fact_fresh_again() -> None:
    old = {"value": 1, "seen_on": "2020-01-01", "verified_on": TODAY.isoformat()}
    assert not freshness.is_stale({"plans": old}, "plans", TODAY)
    assert freshness.verified_days({"plans": old}, TODAY + timedelta(days=3)) == 3


def test_what_something_is_and_where_is_used_however_old() -> None:
    old = {"value": "program", "seen_on": "2001-01-01", "verified_on": None}
    facts = dict.fromkeys(("kind", "levels", "name", "zip", "lat"), old)
    assert set(freshness.known_values(facts, TODAY)) == set(facts)


@pytest.mark.parametrize(("until", "known"), [("2026-11-23", True), ("2026-11-22", False)])
def test_a_licence_counts_to_its_expiry(until: str, known: bool) -> None:
    facts = {
        "licensed_states": {"value": ["TX"], "seen_on": "2020-01-01", "verified_on": None},
        "licensed_until": {"value": until, "seen_on": "2020-01-01", "verified_on": None},
    }
    assert ("licensed_states" in freshness.known_values(facts, TODAY)) is known


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "wizard"}, "kind"), ({"treats": ["traums"]}, "treats"), ({"treats": "trauma"}, "treats"),
        ({"fee": -1}, "fee"), ({"fee": 10.5}, "fee"), ({"fee": True}, "fee"), ({"zip": "7870"}, "zip"),
        ({"lat": 91.0, "lon": 0.0}, "lat"), ({"lat": 0.0, "lon": 0.0}, "lat"), ({"lat": 30.0}, "lon"),
        ({"lat": float("nan"), "lon": 1.0}, "lat"), ({"npi": "1234567890"}, "npi"), ({"email": "no"}, "email"),
        ({"website": "javascript:alert(1)"}, "website"), ({"name": "a\x00b"}, "name"), ({"name": "x" * 301}, "name"),
        ({"sliding_scale": "yes"}, "sliding_scale"), ({"height": 3}, "height"),
        ({"licensed_until": "soon"}, "licensed_until"),
        ({"treats": ["anxiety"], "specialises_in": ["trauma"]}, "specialises_in"), ({"name": "\ud800"}, "name"),
        ({"plans": [""]}, "plans"), ({"languages": ["klingonese"]}, "languages"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_by_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        fields.checked(values)
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_values_are_stored_in_one_form() -> None:
    kept = fields.checked({
        "name": " Ana ", "about": "  ", "treats": ["trauma", "anxiety", "trauma"], "plans": [], "fee": None,
        "website": "www.example.org",
    })  # fmt: skip
    assert kept == {
        "name": "Ana", "about": None, "treats": ["anxiety", "trauma"], "plans": [], "fee": None,
        "website": "https://www.example.org",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("npi", "valid"), [("1234567893", True), ("1234567890", False), ("12345678930", False), ("", False)]
)
def test_the_check_digit_of_an_npi(npi: str, valid: bool) -> None:
    assert fields.is_npi(npi) is valid


@given(st.integers(0, 999_999_999))
def test_exactly_one_check_digit_fits(number: int) -> None:
    assert sum(fields.is_npi(f"{number:09d}{digit}") for digit in range(10)) == 1


@given(st.dictionaries(st.sampled_from(sorted(fields.FIELDS)), st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.lists(st.text(max_size=8), max_size=3),
)))  # fmt: skip
def test_whatever_is_given_is_kept_or_refused(values: dict[str, Any]) -> None:
    try:
        kept = fields.checked(values)
    except BadInput as refusal:
        assert all(problem.field in fields.FIELDS for problem in refusal.problems)
    else:
        assert fields.checked(kept) == kept
