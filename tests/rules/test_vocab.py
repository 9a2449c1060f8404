"""Every code has its words, in English and Spanish, and an unknown one is refused with a suggestion."""

from __future__ import annotations

import pytest

from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import Entry, Vocabulary, compact_members, names, trust_of, vocabulary

# What was landed is never renamed or dropped; new codes are added at will.
COUNTS = {
    "kinds": 10, "levels": 8, "concerns": 83, "modalities": 75, "age_groups": 6, "participants": 4, "formats": 2,
    "times": 28, "identities": 28, "access": 7, "compacts": 3, "accepting": 3, "harm_areas": 10, "barriers": 12,
    "purposes": 8, "information_classes": 12, "relationships": 4, "conflict_kinds": 6, "decline_reasons": 10,
    "outcomes": 11, "reasons": 27, "kinds_of_referral": 4, "states": 56, "plans": 22, "languages": 551,
}  # fmt: skip


def test_every_vocabulary_is_there() -> None:
    assert set(COUNTS) <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_code_has_words(name: str) -> None:
    found = vocabulary(name)
    assert len(found.entries) >= COUNTS.get(name, 1)
    for code in found:
        entry = found.entry(code)
        assert code in found and code == code.strip() and " " not in code
        for words in (entry.label, entry.plain, entry.plain_es):
            assert words and words == words.strip() and not words.endswith(".")
        assert entry.parent is None or entry.parent in found


@pytest.mark.parametrize("name", ["kinds", "levels", "concerns", "barriers", "outcomes", "reasons", "harm_areas"])
def test_clients_read_spanish_that_is_not_english(name: str) -> None:
    same = [code for code in vocabulary(name) if vocabulary(name).plain(code) == vocabulary(name).plain(code, "es")]
    assert set(same) <= {"trauma"}


@pytest.mark.parametrize("name", sorted(set(names()) - {"plans", "languages", "states"}))
def test_words_for_clients_are_few(name: str) -> None:
    for code in vocabulary(name):
        assert len(vocabulary(name).plain(code).split()) <= 13, code


def test_words_of_one_code() -> None:
    assert vocabulary("concerns").label("ptsd") == "PTSD"
    assert vocabulary("states").label("TX") == "Texas"
    assert vocabulary("kinds").plain("prescriber", "es").startswith("alguien que puede recetar")
    assert vocabulary("times").codes[:2] == ("mon_morning", "mon_midday")
    assert [vocabulary("times").codes.index(f"{day}_evening") % 4 for day in ("mon", "sun")] == [3, 3]


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("concerns", "truama", "trauma"),
        ("concerns", "Eating disorders", "eating_disorder"),
        ("languages", "spa", "es"),
        ("states", "Texas", "TX"),
        ("modalities", "zzzzzz", None),
    ],
)
def test_a_mistyped_code_gets_a_suggestion(name: str, typed: str, meant: str | None) -> None:
    assert typed not in vocabulary(name)
    assert vocabulary(name).closest(typed) == meant


def test_unknown_codes_names_and_languages_are_refused() -> None:
    with pytest.raises(BadInput, match="concerns: unknown code 'truama'; did you mean trauma?"):
        vocabulary("concerns").label("truama")
    with pytest.raises(BadInput, match="no vocabulary 'colours'"):
        vocabulary("colours")
    with pytest.raises(BadInput, match="no words for clients in 'fr'"):
        vocabulary("concerns").plain("ptsd", "fr")


def test_languages_have_two_letters_where_there_are_two() -> None:
    languages = vocabulary("languages")
    for known in ("en", "es", "hmn", "ase", "yue", "aaa", "zh"):
        assert known in languages
    for unknown in ("eng", "spa", "EN", "xx", "zho", "english", "qaa"):
        assert unknown not in languages
    assert languages.label("aaa") == "aaa"


def test_a_retired_code_is_known_and_no_longer_offered() -> None:
    entries = (Entry("old", "Old", "old", "viejo", retired=True), Entry("new", "New", "new", "nuevo"))
    found = Vocabulary("example", entries)
    assert "old" in found and found.label("old") == "Old"
    assert found.codes == ("new",) == tuple(found) and len(found) == 1


def test_a_code_occurs_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Vocabulary("example", (Entry("a", "A", "a", "a"), Entry("a", "B", "b", "b")))


def test_compacts_and_relationships_carry_their_facts() -> None:
    states = set(vocabulary("states"))
    for compact in vocabulary("compacts"):
        assert compact_members(compact) <= states
        assert vocabulary("compacts").entry(compact).more["as_of"]
        assert vocabulary("compacts").entry(compact).more["source"]
    assert len(compact_members("psypact")) == 43
    assert not compact_members("psypact") & {"CA", "NY", "MA", "HI"}
    assert [trust_of(code) for code in vocabulary("relationships")] == [1.0, 0.6, 0.25, 0.0]
