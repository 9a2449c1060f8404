"""The list to take along: neutral, in words, with the way there from our own table of places."""

from __future__ import annotations

import pytest

from warmhandoff.rules.take_list import WORDS, Taken, compose, cost, side, way


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["es"].keys()
    assert all(WORDS[language]["help"].count("988") == 1 for language in WORDS)
    assert "988" in WORDS["en"]["not_read"] and "988" in WORDS["es"]["not_read"]


@pytest.mark.parametrize(("there", "said"), [
    ("78756", "north"), ("78704", ""), ("99999", ""), ("10001", "north-east"), ("90012", "west"),
])  # fmt: skip
def test_the_side_is_that_of_the_map(there: str, said: str) -> None:
    assert side("78704", there, "en") == said


def test_the_way_is_words_and_says_nothing_of_a_confidential_place() -> None:
    near, far = Taken("A", {}, miles=0.4, zip="78704"), Taken("B", {}, miles=5.6, zip="78756")
    assert way(near, "78704", "en").startswith("Less than a mile away. Ask them about the bus")
    assert way(far, "78704", "en").startswith("About 6 miles, to the north of 78704. ")
    assert way(far, "78704", "es").startswith("A unas 6 millas, al norte de 78704. ")
    assert way(Taken("C", {}, miles=2.0, zip="", confidential=True), "78704", "en") == ""
    assert way(Taken("D", {}), "78704", "en") == ""


def test_cost_is_what_the_listing_says() -> None:
    english = WORDS["en"]
    assert cost(english, plan="Aetna", lists=True, fee="$120") == "Lists Aetna; confirm with your plan."
    assert cost(english, plan="Aetna", lists=False, fee="$120") == "Ask if they take Aetna. $120."
    assert cost(english, plan="", lists=False, fee="") == "not known: please ask"


def test_a_likely_one_is_labelled_and_a_tie_is_told() -> None:
    likely = Taken("Eli", {"call": "512-555-0101", "mail": ""}, tie="They share an office.", ask=("payment", "level"))
    content = compose([likely], language="en", sender="Lake Desk", single_reason="Only one has room.", script="Hi.")
    one = content["options"][0]
    assert one["likely"].startswith("Likely, but not sure yet") and len(one["questions"]) == 2
    assert one["tie"] == "Please know: They share an office."
    assert one["facts"] == [["Call", "512-555-0101"]]
    assert content["single"] == "Why there is just one: Only one has room." and content["script"] == "Hi."
    assert compose([Taken("Sure", {})], language="es", sender="x")["options"][0]["likely"] == ""
