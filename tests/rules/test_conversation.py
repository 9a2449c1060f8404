"""The drafts of the conversation: nine beats, the right tone, kind and plain in both languages; and words that hurt."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from warmhandoff.rules.conversation import (
    BEATS,
    FIRST,
    SECOND,
    TONES,
    Facts,
    call_script,
    first_talk,
    flags,
    letter,
    notes,
    said_for,
    second_talk,
    table,
    tone_of,
)
from warmhandoff.rules.reading import AIM, LIMIT, measure
from warmhandoff.rules.vocab import vocabulary

FACTS = Facts(
    client="Rosalind Marlowe", therapist="Clinician Person", practice="Lakeside Counseling", phone="512-555-0100",
    language="en", kind="transfer", reason="outside_competence", help="someone to talk with",
    names=("Avery Lowell", "Blake Moreno", "Casey Nguyen"), plan="Aetna",
)  # fmt: skip
REASONS = tuple(vocabulary("reasons").entries)
KINDS = ("transfer", "adjunct", "redirect")


def _drafts(facts: Facts) -> dict[str, str]:
    return {"first": first_talk(facts), "second": second_talk(facts), "letter": letter(facts),
            "call": call_script(facts)}  # fmt: skip


def test_there_are_nine_beats_and_every_one_is_said() -> None:
    assert len(BEATS) == 9 and set(FIRST) | set(SECOND) == set(BEATS)
    text = letter(FACTS)
    places = [text.index(said_for(beat, FACTS)) for beat in BEATS]
    assert places == sorted(places) and text.startswith("Dear Rosalind,") and text.endswith("Clinician Person")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_reason_has_a_tone_with_words_and_tones_have_both_languages(language: str) -> None:
    assert set(table()["tone"]) <= set(REASONS)
    assert {tone_of(reason) for reason in REASONS} <= set(TONES)
    assert set(table()[language]["reason"]) == set(table()[language]["gain"]) == set(TONES)
    assert set(table()[language]["words"]) == set(table()["en"]["words"])
    assert tone_of("a_reason_of_the_practice") == "plain"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_draft_is_easy_to_read_and_kind(language: str, kind: str) -> None:
    """Every reason, with names and without, with a day and without."""
    worst = 0.0
    for reason in REASONS:
        for more in ({}, {"names": (), "until": date(2027, 1, 15)}, {"names": ("Avery Lowell",), "plan": ""}):
            for name, text in _drafts(replace(FACTS, language=language, kind=kind, reason=reason, **more)).items():
                grade = measure(text, language).grade
                worst = max(worst, grade)
                assert grade <= LIMIT, (reason, name, grade)
                assert flags(text, language) == [], (reason, name)
                assert "{" not in text and "  " not in text
                for sentence in re.split(r"(?<=[.?!:])\s+|\n+", text):
                    assert len(sentence.split()) <= 25, sentence
    print(f"{language} {kind}: the hardest draft reads at grade {worst}")
    assert worst <= AIM


def test_the_tone_goes_with_the_reason() -> None:
    assert "nobody’s fault" in said_for("reason", replace(FACTS, reason="personality_clash"))
    assert "about cost" in said_for("reason", replace(FACTS, reason="coverage_changed"))
    assert "next chapter" in said_for("reason", replace(FACTS, reason="needs_changed"))
    assert "more often" in said_for("reason", replace(FACTS, reason="higher_level_of_care"))
    assert "You need a nurse." in said_for("reason", replace(FACTS, reason_words="you need a nurse"))


def test_what_adds_to_our_work_never_ends_it() -> None:
    held = said_for("holding", replace(FACTS, kind="adjunct"))
    assert "adds to our work" in held and "until" not in held
    assert "until you have someone new" in said_for("holding", FACTS)
    dated = replace(FACTS, until=date(2027, 1, 15))
    assert "January 15, 2027" in said_for("holding", dated)
    assert "15 de enero de 2027" in said_for("holding", replace(dated, language="es"))


def test_the_list_says_no_more_than_is_known() -> None:
    """"I trust them" is said only of those the clinician knows."""
    assert "trust" not in said_for("list", FACTS) and "3 names" in said_for("list", FACTS)
    assert "trust" in said_for("list", replace(FACTS, trusted=True))
    one = said_for("list", replace(FACTS, names=("Avery Lowell",), single="nobody else speaks Mixtec"))
    assert "Avery Lowell" in one and "Nobody else speaks Mixtec." in one
    assert "more names" in said_for("list", replace(FACTS, names=()))


def test_progress_is_said_in_the_clinicians_words() -> None:
    assert "You sleep through the night." in first_talk(replace(FACTS, progress="you sleep through the night"))


def test_her_call_script_fits_how_she_pays_and_says_nothing_on_voicemail() -> None:
    assert "Do you take Aetna?" in call_script(FACTS) and "lower fees" in call_script(replace(FACTS, plan=""))
    assert "I do not have to say why" in call_script(FACTS) and "Rosalind" not in call_script(FACTS)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "You are a difficult client and I can’t help you.", ["difficult client", "I can't help you"]),
        ("en", "I am terminating our work.", ["terminating"]),
        ("en", "UNFORTUNATELY we are full.", ["UNFORTUNATELY"]),
        ("en", "The casework is in good hands.", []),
        ("en", "I keep seeing you until you have someone new.", []),
        ("es", "Usted no coopera y ya no le puedo ver.", ["no coopera", "ya no le puedo"]),
        ("es", "Lamentablemente no hay lugar.", ["Lamentablemente"]),
        ("es", "Le sigo viendo.", []),
    ],
)
def test_words_that_reject_or_blame_are_found(language: str, text: str, found: list[str]) -> None:
    assert [flag.phrase for flag in flags(text, language)] == found


def test_every_word_says_why_and_what_instead_and_is_itself_found() -> None:
    for entry in table()["word"]:
        assert entry["why"].endswith(".") and entry["kinder"] and entry["source"]
        for phrase in entry["says"]:
            assert flags(phrase.replace("*", ""), entry["language"]), phrase
        assert flags(entry["kinder"], entry["language"]) == [], "what is suggested hurts as well"


def test_notes_at_the_moment_of_doubt_have_their_article() -> None:
    assert {note.code for note in notes("cost")} >= {"income", "unqualified", "relationship"}
    assert notes("cost")[0].code == "income" and notes("boundary")[0].code == "relationship"
    assert all(note.source and note.says.endswith(".") for note in notes("plain"))
