"""The types of help to have at hand: data that names only codes there are, and what counts."""

from __future__ import annotations

from warmhandoff.rules.circle import help_types


def test_every_type_says_why_and_the_list_says_where_it_comes_from() -> None:
    found = help_types()
    assert len({one.code for one in found.types}) == len(found.types) >= 10
    assert all(one.why.endswith(".") and one.conditions for one in found.types)
    assert "A.11.a" in found.source and found.as_of.year >= 2026


def test_what_is_not_known_of_someone_makes_them_of_no_type() -> None:
    types = help_types()
    assert [one.code for one in types.of({"kind": "prescriber"})] == ["prescriber"]
    assert types.of({"kind": "therapist"}) == () == types.of({})
    couples = {"kind": "therapist", "participants": ["individual", "couple"], "sliding_scale": True}
    assert {one.code for one in types.of(couples)} == {"couples_families", "low_fee"}
    assert types.of({"kind": "therapist", "sliding_scale": False}) == ()
    assert types.counts([couples, {"kind": "prescriber"}, couples])["low_fee"] == 2
