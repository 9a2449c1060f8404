"""How many share what a text tells: figures have a source, leaving a fact out never lowers k, drafts pass."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.inquiry import draft_inquiry, draft_post, next_step
from warmhandoff.rules.sharing import (
    _data,
    about,
    estimate,
    estimated,
    everyone,
    facts_in,
    people_of_city,
    people_of_zip,
    population,
    share_of,
    sources,
    usual_least,
)
from warmhandoff.rules.vocab import vocabulary

WORDS = (
    "a teenager", "an adult", "children", "a 15-year-old", "OCD", "psychosis", "tics", "grief", "trauma",
    "Spanish-speaking", "Korean-speaking", "in Vietnamese", "near 78704", "near 79843", "787xx", "in Austin",
    "Marfa, TX", "a Black woman", "transgender", "Muslim", "in Boston, MA", "perinatal", "near 10001",
)
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" and ".join)
homes = st.sampled_from(["", "78704", "82190", "10001", "99999"])


@given(texts, homes)
def test_leaving_a_fact_out_never_lowers_k(text: str, home: str) -> None:
    found = estimate(text, home=home)
    assert all(drop.k >= found.k for drop in found.drops), found
    assert len(found.drops) == len(found.facts)
    for fact in found.facts:  # nor does leaving out two
        rest = [one for one in found.facts if one != fact]
        assert all(estimated([one for one in rest if one != other], home=home) >= found.k for other in rest)


@given(texts, homes)
def test_the_same_text_gives_the_same_estimate_in_any_order_of_facts(text: str, home: str) -> None:
    facts = list(facts_in(text, home=home))
    random.Random(1).shuffle(facts)  # noqa: S311 - no secret
    assert estimated(facts, home=home) == estimate(text, home=home).k


def test_facts_are_read_off_the_text() -> None:
    facts = facts_in("Korean-speaking therapist for a teen with OCD near 78704, or in Austin", home="78704")
    assert {(fact.kind, fact.code) for fact in facts} == {
        ("languages", "ko"), ("ages", "adolescent"), ("concerns", "ocd"), ("place", "78704"), ("place", "austin, TX"),
    }  # fmt: skip
    assert facts_in("Please answer by the link. Thank you.") == ()


def test_fewer_share_more_facts_and_the_rarest_is_named_first() -> None:
    found = estimate("Seeing teenagers with OCD near 78704", home="78704")
    assert found.k < usual_least() < estimate("A therapist near 78704", home="78704").k
    assert [drop.k for drop in found.drops] == sorted((drop.k for drop in found.drops), reverse=True)


def test_places_hold_no_more_than_the_places_around_them() -> None:
    for zip_code in ("78704", "79843", "10001", "82190", "00501", "99501"):
        assert 0 < people_of_zip(zip_code) <= people_of_zip(zip_code[:3])
    assert people_of_zip("821") <= 20_000, "HHS lists it as small"
    assert people_of_zip("79843") < people_of_zip("78704"), "a lonely ZIP is taken as smaller"
    assert people_of_zip("78704") < people_of_city("Austin", "TX") <= population("TX") < everyone()
    assert people_of_zip("00000") == people_of_city("Nowhere", "TX") == 0


@pytest.mark.parametrize("kind", ["concerns", "languages", "identities", "ages"])
def test_every_share_is_a_share_of_a_known_code_with_a_source(kind: str) -> None:
    table = _data()[kind]
    known = set(vocabulary("age_groups")) | {"one_year"} if kind == "ages" else set(vocabulary(kind).known)
    assert set(table["shares"]) <= known and table["source"] in sources()
    assert all(0 < share <= 1 for share in table["shares"].values())
    for code in vocabulary("age_groups" if kind == "ages" else kind):
        share, source = share_of(kind, code)
        assert 0 < share <= 1 and source in sources()


def test_a_figure_names_its_own_source_and_what_was_not_looked_up_says_so() -> None:
    assert share_of("concerns", "ptsd") == (0.036, "nimh") and share_of("concerns", "opioid_use")[1] == "nsduh"
    assert share_of("identities", "lgbtq")[1] == "gallup" and share_of("identities", "jewish")[1] == "rough"
    for kind in ("concerns", "identities"):
        named = [code for codes in _data()[kind]["figures"].values() for code in codes]
        assert len(named) == len(set(named)) and set(named) <= set(_data()[kind]["shares"])
        assert set(_data()[kind]["figures"]) <= set(sources()) and _data()[kind]["source"] == "rough"
    assert all(re.search(r"20\d\d", where) for where in sources().values()), "each source has a date"


def test_what_was_compared_is_named_and_adds_up() -> None:
    compared = dict(_data()["compared"])
    assert compared.pop("as_of") == "2026-11" and set(compared) <= set(sources())
    for source in ("nimh", "gallup"):
        assert all(code in _data()["concerns"]["figures"][source] for code in compared[source].split(", "))
    states = {code: people for code, people in _data()["population"]["states"].items()
              if code not in ("PR", "GU", "VI", "AS", "MP")}  # fmt: skip
    assert len(states) == 51 and sum(states.values()) == 331_449_281


def test_spellings_are_of_known_codes_and_figures_are_dated() -> None:
    for kind, words in _data()["spellings"].items():
        assert set(words) <= set(vocabulary("age_groups" if kind == "ages" else kind))
    assert set(_data()["population"]["states"]) <= set(vocabulary("states"))
    assert _data()["reviewed"] == "2026-11" and everyone() > 330_000_000


@pytest.mark.parametrize(("k", "said"), [
    (0, "fewer than 10"), (9, "fewer than 10"), (11, "about 10"), (1445, "about 1,000"), (250_000, "more than 100,000"),
])  # fmt: skip
def test_an_estimate_is_worded_as_one(k: int, said: str) -> None:
    assert about(k) == said


def test_a_draft_speaks_of_the_helper_and_takes_the_place_as_exact_as_is_safe() -> None:
    need = {
        "kind": "therapist", "languages": ["es"], "modalities_must": ["dbt"], "payment": {"plan": "aetna"},
        "times": ["mon_evening", "tue_evening", "wed_evening"], "place": {"zip": "78704"}, "formats": ["in_person"],
    }  # fmt: skip
    assert draft_post(need, home="78704") == (
        "Seeking a Spanish-speaking DBT therapist. Aetna, evenings, in person near 78704."
    )
    assert draft_inquiry(need | {"age_group": "adolescent", "concerns": ["ocd"]}, home="78704") == (
        "Do you have room? Sought: a Spanish-speaking DBT therapist who works with OCD. Seeing teenagers. "
        "Aetna, evenings, in person near Austin."
    )


@pytest.mark.parametrize(("states", "silent", "waits"), [
    (["waiting", "waiting"], False, "recipient"), (["waiting"], True, "referrer"),
    (["yes", "waiting"], True, "referrer"),
    (["no"], False, "referrer"), (["question", "yes"], False, "referrer"),
])  # fmt: skip
def test_an_inquiry_asks_for_one_next_step(states: list[str], silent: bool, waits: str) -> None:
    assert next_step(states, silent=silent)[1] == waits
