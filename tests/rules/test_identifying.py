"""What the check finds in texts about a need: each kind of identifier planted, and how often it is a false alarm."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.rules.identifying import findings, kinds, names_in
from warmhandoff.rules.inquiry import draft_inquiry, draft_post
from warmhandoff.rules.vocab import vocabulary

# Written by hand and not from the lists the check itself holds, but for the lists of occupations and rare conditions,
# which find no more than they name.
PLANTED: dict[str, tuple[str, ...]] = {
    "name": (
        "my client Oluwaseun", "a client named Brynhild", "her husband Torvald is kind", "his mother Ximena agrees",
        "Mrs. Kowalczyk asked me", "she goes by Zuleika", "for my patient Priscilla", "client J.M. prefers mornings",
        "with her sister Annika", "Michael would like a man", "for Jennifer Przybylski", "her name is Saoirse",
    ),
    "contact": (
        "call 512-555-0188", "reach her at (512) 555 0188", "text 5125550188", "+1 512.555.0188 is best",
        "write to kim.p@mail.example", "kim at gmail dot com", "see www.kim-p.example", "she is @kimp_tx online",
        "ring 555-0188",
    ),
    "number": (
        "SSN 078-05-1120", "member ID W12345678", "MRN: 4471234", "policy number 99-812-7", "case no. 2026-1183",
    ),
    "address": (
        "lives at 410 Barton Hills Drive", "from 12 W. Elm St", "apt 14B downtown", "P.O. Box 221",
        "stays on Congress Avenue",
    ),
    "date": (
        "since 03/14/2026", "admitted 2026-02-11", "born in April 1991", "after January 5th", "on the 3rd of May",
        "DOB 1988", "discharged Nov. 12, 2025",
    ),
    "age": (
        "a 15-year-old", "16 yo girl", "aged 34", "she is 41", "a fifteen-year-old", "forty two years old", "34F",
        "turning 13", "17 y/o", "he's 29", "an 18 month old",
    ),
    "work": (
        "works at Dell", "employed by Seton Medical Center", "a manager at H-E-B", "works for the county",
        "job at the local prison", "intern with Tesla", "Brazos Valley Industries staff",
    ),
    "occupation": (
        "she is a firefighter", "who works as a paralegal", "for a retired judge", "the client is a flight attendant",
        "a police officer with panic", "her husband is a pastor", "he's a surgeon",
    ),
    "school": (
        "attends Westlake High", "a sophomore at St. Edward's", "University of Texas", "goes to Zilker Elementary",
        "a ninth grader", "in 7th grade", "student at Huston", "Austin Community College",
    ),
    "rare": (
        "with Huntington's", "has Prader-Willi", "living with cystic fibrosis", "narcolepsy as well", "Munchausen",
        "Ehlers-Danlos too",
    ),
    "unusual": (
        "mother of triplets", "was in the news", "the only Sikh family in town", "after the mass shooting",
        "won the lottery", "the first woman on her crew",
    ),
}  # fmt: skip
CLEAN = (
    "Seeking a Spanish-speaking DBT therapist, Aetna, evenings, 78704.",
    "Room for a teenager with OCD, evenings, in person or by telehealth?",
    "Looking for a psychiatric nurse practitioner who takes Medicaid.",
    "A couples therapist trained in EFT, sliding scale, weekends.",
    "Thursday at 5 pm would work, or Monday at noon. Sessions of 50 minutes, 10 to 12 of them.",
    "Someone who works with grief and with first responders, in north Austin.",
    "An intensive outpatient program for adults with alcohol use, within 20 miles.",
    "A group for new parents; ages 18 to 25 welcome. Up to $120 a session.",
    "LGBTQ+ affirming, experienced with trauma and eating disorders. Openings within 2 to 3 weeks.",
    "A Black woman therapist would be ideal. Wheelchair access is a must.",
    "Please answer by the link. Thank you for thinking along!",
    "May start in the new year. Will consider a waiting list of 6 weeks.",
)
OPENINGS = ("Seeking a therapist", "Room for someone, Aetna, evenings?", "Looking for help with trauma near 78704")


def posts(count: int) -> list[tuple[str, str, str]]:
    """Kind, what was planted, and the post around it; the same on every run."""
    chance = random.Random(20261123)  # noqa: S311 - no secret
    made = []
    for number in range(count):
        kind = list(PLANTED)[number % len(PLANTED)]
        words = chance.choice(PLANTED[kind])
        parts = [chance.choice(OPENINGS) + ":", words + ".", chance.choice(CLEAN)]
        made.append((kind, words, " ".join(parts)))
    return made


def drafts(count: int) -> list[str]:
    chance = random.Random(7)  # noqa: S311 - no secret
    made = []
    for _ in range(count):
        need = {
            "kind": chance.choice(list(vocabulary("kinds"))), "level": "outpatient",
            "concerns": chance.sample(list(vocabulary("concerns")), chance.randint(0, 3)),
            "modalities_must": chance.sample(list(vocabulary("modalities")), chance.randint(0, 2)),
            "identities_must": chance.sample(list(vocabulary("identities")), chance.randint(0, 1)),
            "languages": chance.sample(["en", "es", "vi", "ko", "ase"], chance.randint(0, 2)),
            "age_group": chance.choice([None, *vocabulary("age_groups")]), "payment": {"plan": "aetna"},
            "times": chance.sample(list(vocabulary("times")), chance.randint(0, 6)),
            "access": chance.sample(list(vocabulary("access")), chance.randint(0, 2)),
            "place": {"zip": "78704"}, "formats": ["in_person", "telehealth"],
        }  # fmt: skip
        made.append(chance.choice([draft_inquiry, draft_post])(need, home="78704"))
    return made


def test_every_kind_of_identifier_is_found_in_generated_posts() -> None:
    found, missed, wanted = Counter[str](), [], Counter[str]()
    for kind, words, post in posts(660):
        wanted[kind] += 1
        if any(one.kind == kind and (one.words in words or words in one.words) for one in findings(post)):
            found[kind] += 1
        else:
            missed.append((kind, words))
    recall = {kind: found[kind] / wanted[kind] for kind in PLANTED}
    print("recall", {kind: round(share, 3) for kind, share in recall.items()}, Counter(missed).most_common(9))
    assert sum(wanted.values()) >= 500 and set(PLANTED) == set(kinds()) - {"record"}
    assert min(recall.values()) >= 0.9, Counter(missed)
    assert sum(found.values()) / sum(wanted.values()) >= 0.97, Counter(missed)


# What readers would see and the check mostly misses: roundabout ways of saying it, no names written as names.
HARD = (
    "my client oluwaseun", "Torvald would prefer mornings", "her kid Bix", "for T. and her son",
    "client's wife, annika",
    "phone five one two, 555 0188", "find her on insta: kim_p", "born when Reagan was shot", "turned sweet sixteen",
    "the week after Easter 2025", "in her forty-third year", "runs the bakery on 5th", "stocks shelves for HEB",
    "teaches kindergarten nearby", "second lieutenant", "drives a school bus", "third-year at law school",
    "UT freshman",
    "a Longhorn", "brittle bone disease", "the one with the eye patch", "daughter of the councilwoman",
    "her brother drowned last summer", "across from the Barton Springs pool", "unit next to the fire station",
)  # fmt: skip


def test_what_it_misses_is_known() -> None:
    """No promise: the figure stands in the decision note, and whoever betters the patterns raises it."""
    found = [text for text in HARD if findings(text)]
    print(f"hard ones found: {len(found)} of {len(HARD)}")
    assert len(found) >= 4, found


@pytest.mark.slow
def test_false_alarms_on_clean_texts_are_few() -> None:
    chance = random.Random(3)  # noqa: S311 - no secret
    clean = [*drafts(300), *(" ".join(chance.sample(CLEAN, 3)) for _ in range(200))]
    alarms = [(text, findings(text)) for text in clean if findings(text)]
    print(f"false alarms: {len(alarms)} of {len(clean)}")
    assert len(alarms) <= len(clean) * 0.02, alarms[:5]


@pytest.mark.parametrize(("text", "known", "found"), [
    ("for Rosalind", ["Rosalind"], "Rosalind"), ("for ROSALIND", ["Rosalind"], "ROSALIND"),
    ("room for rosalind?", ["Rosalind"], "rosalind"), ("we may ask May", ["May"], "May"),
    ("at 1  Oak Street", ["1 Oak Street"], "1  Oak Street"), ("Rosalinda", ["Rosalind"], ""),
    ("we may ask", ["May"], ""),
])  # fmt: skip
def test_words_of_her_record_are_found_as_they_are_written(text: str, known: list[str], found: str) -> None:
    assert [one.words for one in findings(text, known=known) if one.kind == "record"] == ([found] if found else [])


def test_what_is_ours_points_at_nobody() -> None:
    assert findings("Call Lakeside Counseling, 512-555-0100", ours=["Lakeside Counseling", "512-555-0100"]) == ()
    assert [one.kind for one in findings("Call 512-555-0101", ours=["512-555-0100"])] == ["contact"]


def test_names_of_a_record_are_read_off_its_sentences() -> None:
    text = "Her sister Marisol works at Dell. Trauma and EMDR on Monday. She speaks Spanish with Abuela."
    assert names_in(text) == {"Marisol", "Dell", "Abuela"}


@given(st.text(max_size=400), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_is_read_and_every_place_is_where_it_says(text: str, known: list[str]) -> None:
    places = findings(text, known=known)
    assert all(text[one.start : one.end] == one.words and one.label and one.advice for one in places)
    assert all(first.end <= then.start for first, then in zip(places, places[1:], strict=False))


@pytest.mark.parametrize("piece", ["a ", "A", "1 ", "1-", "works at ", "Aa ", "the only a ", "@a.", "her son ", "A. "])
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 2000)[:2000]
    start = time.perf_counter()
    findings(text)
    assert time.perf_counter() - start < 1.0
