"""The crisis path as rules: the screener's bands, the lines with source and date, the place, the plan."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from tests.house.tree import SOURCE
from warmhandoff.rules.crisis import (
    ANSWERS,
    WHEN,
    band_of,
    check_answers,
    follow_up_due,
    labels,
    lines,
    not_asked,
    plan_paragraphs,
    table,
    triage,
    where,
)
from warmhandoff.rules.refusals import BadInput

QUESTIONS = ("wish", "thoughts", "method", "intent", "plan", "behavior")
ORDER = ("open", "none", "low", "moderate", "high")


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        ({}, "open"),
        ({"wish": "no", "thoughts": "no"}, "open"),
        ({"wish": "no", "thoughts": "no", "behavior": "no"}, "none"),
        ({"wish": "yes"}, "low"),
        ({"thoughts": "yes", "method": "no", "intent": "no", "plan": "no", "behavior": "no"}, "low"),
        ({"thoughts": "yes", "method": "yes"}, "moderate"),
        ({"wish": "no", "thoughts": "no", "behavior": "before"}, "moderate"),
        ({"intent": "yes"}, "high"),
        ({"plan": "yes"}, "high"),
        ({"wish": "no", "thoughts": "no", "behavior": "recent"}, "high"),
    ],
)
def test_the_bands_of_the_screener(answers: dict[str, str], band: str) -> None:
    assert triage(answers).code == band


def test_no_answer_ever_lowers_the_band() -> None:
    """Over all 972 ways to answer: turning one answer into a yes never suggests less."""
    kinds = [list(WHEN) if code == "behavior" else list(ANSWERS) for code in QUESTIONS]
    for given in product(*kinds):
        answers = dict(zip(QUESTIONS, given, strict=True))
        before = ORDER.index(triage(answers).code)
        for code in QUESTIONS:
            more = {**answers, code: "recent" if code == "behavior" else "yes"}
            assert ORDER.index(triage(more).code) >= before, (answers, code)


def test_what_was_not_asked_is_named() -> None:
    assert [name[0] for name in not_asked({})] == ["1", "2", "6"]
    assert [name[0] for name in not_asked({"wish": "no", "thoughts": "yes"})] == ["3", "4", "5", "6"]
    assert not_asked({"wish": "no", "thoughts": "no", "behavior": "no"}) == []
    assert check_answers({})["plan"] == "not_asked"


@pytest.mark.parametrize("answers", [{"mood": "yes"}, {"wish": "maybe"}, {"behavior": "yes"}])
def test_unknown_answers_are_refused(answers: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        triage(answers)


def test_it_says_that_it_is_no_verdict_and_where_it_is_from() -> None:
    screening = table()["screening"]
    assert "never a verdict" in screening["verdict"] and "Lighthouse" in screening["source"] and screening["as_of"]
    assert band_of("") is None and all(band_of(code) for code in labels("band"))


def test_lines_have_a_way_a_source_and_a_date() -> None:
    assert lines()[0].call == "988" and len(lines()) >= 6
    for line in lines():
        assert line.call or line.text
        assert re.fullmatch(r"20\d\d-\d\d", line.as_of) and "." in line.source


def test_every_number_and_law_has_its_source_and_date() -> None:
    for country in table()["country"]:
        assert country["source"] and country["as_of"] in where(country["name"]).says
        assert re.match(r"(20\d\d-\d\d: |$)", country["compared"])
    for basis in table()["basis"]:
        assert "CFR" not in basis["label"] or re.fullmatch(r"20\d\d-\d\d", basis["as_of"])
    for part in ("screening", "safety_plan", "means"):
        assert table()[part]["source"] and re.fullmatch(r"20\d\d-\d\d", table()[part]["as_of"])


def test_the_place_says_whom_to_call() -> None:
    austin = where(" 78704-1234 ")
    assert austin.zip == "78704" and "Austin, TX" in austin.says and "put through" in austin.says
    assert "112" in where("european union").says and where("european union").zip == ""
    assert where("") == where("   ") and where("").says == ""
    assert where("behind the church").zip == "" and "put through" in where("behind the church").says


def test_a_follow_up_is_due_within_a_day() -> None:
    now = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)  # a Friday night: no business day is waited for
    assert follow_up_due(now) - now == timedelta(hours=24)


@pytest.mark.parametrize("language", ["en", "es"])
def test_her_copy_of_the_plan_ends_with_the_numbers(language: str) -> None:
    said = {"warning_signs": "I stop to eat", "means": "My sister has the key\nThe pills are gone", "coping": " "}
    found = plan_paragraphs(said, date(2026, 11, 23), language)
    assert "I stop to eat" in found and "The pills are gone" in found and "988" in found[-2] and "911" in found[-2]
    assert len(found) == 2 + 2 + 3 + 2


def test_the_texts_of_counsel_are_not_ours() -> None:
    """Duties come from the practice's counsel: what we ship says so, and says no law."""
    for entry in table()["text"]:
        if entry["code"] in ("protect", "report"):
            assert entry["empty"].startswith("Unknown here") and "counsel" in entry["empty"]
            assert not re.search(r"\bmust\b|mandatory|immun|§|code \d", entry["empty"])


# Runs of five words of the screener's official questions, as the first ten signs of their SHA-256: the wording is its
# owner's, so that not even this test holds it.
_OFFICIAL = """
00700565c8 02b31299e2 057341c853 06062ebbcd 1336cd3406 166e0f4278 27eb63d6ac 298f2d9af4 29eab94779
2aa6add88f 2b820af6d4 2ebdf04978 2f8788e955 304710950d 336abaa655 3471cc73a1 37a0cebc83 3ae63b180c
3cab8d259f 4eef73c031 4ff7be6205 514a98e5e7 542e7d5ed1 5796eb155d 5ac6468491 606506befc 6337bcea4b
6cf4a56472 6de7f5076e 7000b77f48 707a4d03ca 7304e8d205 7473dc998f 748326898e 7eee7c9b26 80de06740e
86519abd94 8798ba220c 87a820534e 87eafa5103 8a8714c36d 9464cb2188 94880c4240 95aa82f649 9d24bb88bf
9e98cea087 a4b14667ad a534429e45 b707ff590f ba1d1096e0 c031c76293 c8588ffd1c c9c09488f0 ca727041a2
cbba912e17 cc5535a219 ce5dc725e1 ce82358f38 cfb277339e e1f74ed833 e6a8a49dc3 e8541e8289 e8c5b9765a
eec2973127 f1770f9ce8 f41d9135ae f4a0e09960 fd65188737 fe5e989eef
"""
OFFICIAL = frozenset(_OFFICIAL.split())


_NEAR = re.compile(r"\b(kill\w*|suicid\w*|dead|this plan|acting on|your life|might do)\b", re.IGNORECASE)  # a sieve


def _runs(text: str) -> set[str]:
    words = re.findall(r"[a-z]+", text.lower())
    return {hashlib.sha256(" ".join(words[at:at + 5]).encode()).hexdigest()[:10] for at in range(len(words) - 4)}


@pytest.mark.slow
def test_the_screeners_own_wording_is_nowhere_in_the_product() -> None:
    """Only what each question is about stands here, with the source, its date, its owner and where the form is."""
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.toml"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.po")]:
        text = path.read_text()
        assert not (_NEAR.search(text) and _runs(text) & OFFICIAL), path
    assert all(not entry["asks"].rstrip(")").endswith("?") for entry in table()["question"]), "topics, not questions"
    screening = table()["screening"]
    assert "cssrs.columbia.edu" in screening["use"] and "Research Foundation for Mental Hygiene" in screening["use"]
    assert screening["source"] and screening["as_of"] and "never a verdict" in screening["verdict"]
