"""How hard a text is to read: syllables as they are spoken, grades as the formulas give them, and the limit."""

from __future__ import annotations

import pytest

from warmhandoff.rules.reading import _grade_of, hardest, measure, must_be_plain, sentences_of, syllables, worst
from warmhandoff.rules.refusals import BadInput

# Counted by ear; what dictionaries divide otherwise in speech ("every", "business") is left out.
ENGLISH = """people:2 create:2 diet:2 science:2 idea:3 the:1 maple:2 table:2 little:2 rule:1 whole:1 hoped:1 wanted:2
needed:2 passed:1 changes:2 boxes:2 times:1 names:1 services:3 therapist:3 therapy:3 about:2 away:2 again:2 family:3
insurance:3 appointment:3 psychiatrist:4 referral:3 information:4 medication:4 something:2 someone:2 someone's:2
questions:2 session:2 evaluation:5 crisis:2 emergency:4 telephone:3 area:3 being:2 going:2 various:3 serious:3 social:2
experience:4 patient:2 situation:4 actually:4 evaluate:4 value:2 question:2 quiet:2 variety:4 client:2 trial:2 radio:3
safely:2 movement:2 careful:2 agreed:2 called:1 helped:1 started:2 used:1 make:1 before:2 likely:2 practices:3
goes:1 eyes:1 years:1 trying:2 yourself:2 miles:1 possible:3 available:4 schedule:2 whatever:3 voicemail:2 choose:1
created:3
react:2 museum:3 individual:5 annual:3 language:2 guess:1 building:2 suicide:3 suicidal:4 friends:1 moved:1
different:3 private:2 discharge:2 determination:5 authorization:5 stayed:1 handled:2 settled:2 skills:1 our:1 me:1 she:1
988:1 one-on-one:3 you're:1"""
SPANISH = """usted:2 ayuda:3 persona:3 atención:3 día:2 días:2 país:2 familia:3 cuando:2 quiere:2 teléfono:4 crisis:2
oír:2 leer:2 idea:3 aquí:2 ahora:3 a:1 y:1 hoy:1 muy:1 ley:1 guía:2 pregunta:3 quién:1 siguiente:3 agua:2 vergüenza:3
ciudad:2 cuidado:3 viuda:2 emergencia:4 terapeuta:4"""


@pytest.mark.parametrize(("language", "spoken"), [("en", ENGLISH), ("es", SPANISH)])
def test_syllables_are_counted_as_they_are_spoken(language: str, spoken: str) -> None:
    pairs = [pair.rsplit(":", 1) for pair in spoken.split()]
    assert {word: syllables(word, language) for word, _ in pairs} == {word: int(count) for word, count in pairs}


def test_the_english_grade_is_flesch_and_kincaids() -> None:
    """12 words, 2 sentences, 14 syllables: 0.39 * 6 + 11.8 * 14 / 12 - 15.59 = 0.52."""
    level = measure("The cat sat on a table. Then she ran to her mother.")
    assert (level.words, level.sentences, level.grade) == (12, 2, 0.5)


def test_the_spanish_grade_is_read_off_fernandez_huertas_table() -> None:
    """10 words, 2 sentences, 19 syllables: 206.84 - 60 * 1.9 - 1.02 * 5 = 87.74; 90 is grade 4 and 80 grade 5."""
    level = measure("Usted puede llamar a su familia. Ella quiere una cita.", "es")
    assert (level.words, level.sentences) == (10, 2)
    assert level.grade == pytest.approx(4 + (90 - 87.74) / 10, abs=0.05)


@pytest.mark.parametrize(
    ("language", "easy", "hard"),
    [
        ("en", "They have it now. You can wait, or you can call them. It is your choice.",
         "Notwithstanding prior authorization requirements, reimbursement determinations necessitate supporting "
         "documentation from participating organizations."),
        ("es", "Ya lo tienen. Usted puede esperar o los puede llamar. Usted decide.",
         "La determinación del reembolso correspondiente requiere documentación complementaria adicional autorizada "
         "por las organizaciones participantes."),
    ],
)
def test_hard_is_told_from_easy(language: str, easy: str, hard: str) -> None:
    assert not measure(easy, language).above_aim and measure(hard, language).too_hard
    assert hardest(f"{easy} {hard}", language) == [hard.rstrip(".")]
    with pytest.raises(BadInput, match="shorter words help"):
        must_be_plain(hard, language, "letter")
    assert must_be_plain(easy, language, "letter").grade < 6


def test_of_a_few_words_nothing_is_said() -> None:
    level = measure("Comprehensive interdisciplinary psychopharmacological stabilization.")
    assert level.short and not level.too_hard and "Too short" in level.in_words()
    assert measure("").words == 0 and measure("...").sentences == 0


def test_lines_end_sentences_and_titles_do_not() -> None:
    assert sentences_of("Call Dr. Ortiz at 9 a.m. tomorrow.\nOr wait; she calls") == [
        "Call Dr Ortiz at 9 am tomorrow", "Or wait", "she calls"
    ]  # fmt: skip


def test_the_worst_of_several_is_found_and_a_language_without_formula_refused() -> None:
    texts = [("easy", "You can wait. You can call. " * 3), ("hard", "Authorization determinations require it. " * 3)]
    assert worst(texts, "en")[0] == "hard"
    with pytest.raises(BadInput):
        measure("Wie schwer ist das", "de")


@pytest.mark.parametrize(
    ("index", "grade"), [(120, 3.0), (100, 3.0), (95, 3.5), (90, 4.0), (75, 5.5), (70, 6.0), (65, 7.0), (60, 8.0),
                         (55, 10.0), (0, 22.0), (-9, 22.0)],
)  # fmt: skip
def test_the_table_of_fernandez_huerta(index: float, grade: float) -> None:
    assert _grade_of(index) == grade
