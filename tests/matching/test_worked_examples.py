"""The contract's sentences, each with the smallest case that shows it."""

from __future__ import annotations

import pytest

from tests.matching.examples import LISTING, NEED, Raw
from warmhandoff.matching import Answer, Directory, compiled, explain, parse_listing, parse_need, search

PASS: tuple[list[str], list[str]] = ([], [])


def fails(*names: str) -> tuple[list[str], list[str]]:
    return list(names), []


def unknown(*names: str) -> tuple[list[str], list[str]]:
    return [], list(names)


def ask(listings: list[Raw], need: Raw, k: int = 3, relax: bool = False) -> Answer:
    return search(Directory.of(map(parse_listing, listings)), parse_need(need), k, relax)


def why(listing: Raw, need: Raw) -> tuple[list[str], list[str]]:
    found = explain(Directory.of([parse_listing(listing)]), parse_need(need), listing["id"])
    return list(found.fails), list(found.unknown)


BUDGET = {"payment": {"budget": 9000}}
OUTSIDE = {"payment": {"plan": "cigna", "accepts_out_of_network": True}}
VIDEO = {"formats": ["telehealth"]}
BOTH = {"formats": ["telehealth", "in_person"]}
CALIFORNIA = {"place": {"lat": 34.05, "lon": -118.24, "state": "CA"}}
ARIZONA = {"place": {"lat": 33.45, "lon": -112.07, "state": "AZ"}}
NOTHING_TREATED = {"treats": [], "specialises_in": []}
WAITING = {"accepting": "waitlist"}

MUSTS = [
    ("it fits", {}, {}, PASS),
    ("another kind", {"kind": "group"}, {}, fails("kind")),
    ("levels unknown", {"levels": None}, {}, unknown("level")),
    ("no level at all is known", {"levels": []}, {}, fails("level")),
    ("excluded", {}, {"exclude": [1]}, fails("exclude")),
    ("closed", {"accepting": "closed"}, {"max_wait_days": 30}, fails("accepting")),
    ("open, whatever its wait", {"wait_days": 900}, {"max_wait_days": 0}, PASS),
    ("waitlist, none wanted", WAITING, {}, fails("accepting")),
    ("waitlist within the limit", WAITING, {"max_wait_days": 7}, PASS),
    ("waitlist over the limit", WAITING, {"max_wait_days": 6}, fails("accepting")),
    ("waitlist of unknown length", WAITING | {"wait_days": None}, {"max_wait_days": 30}, unknown("accepting")),
    ("waitlist of unknown length, none wanted", WAITING | {"wait_days": None}, {}, fails("accepting")),
    ("unknown whether it accepts", {"accepting": None}, {}, unknown("accepting")),
    ("one concern of two", {}, {"concerns": ["ocd", "trauma"]}, fails("concerns:ocd")),
    ("in need order", NOTHING_TREATED, {"concerns": ["trauma", "ocd"]}, fails("concerns:trauma", "concerns:ocd")),
    ("treats unknown", {"treats": None, "specialises_in": None}, {"concerns": ["ocd"]}, unknown("concerns:ocd")),
    ("modality", {}, {"modalities_must": ["emdr", "cbt"]}, fails("modalities_must:cbt")),
    ("identities unknown", {"identities": None}, {"identities_must": ["woman"]}, unknown("identities_must:woman")),
    ("access", {}, {"access": ["wheelchair", "asl"]}, fails("access:asl")),
    ("age group", {}, {"age_group": "child"}, fails("age_group")),
    ("participants", {}, {"participants": "couple"}, fails("participants")),
    ("any language shared", {}, {"languages": ["fr", "en"]}, PASS),
    ("no language shared", {}, {"languages": ["fr"]}, fails("languages")),
    ("languages unknown, none asked", {"languages": None}, {"languages": []}, PASS),
    ("plan, unknown", {"plans": None}, {}, unknown("payment")),
    ("another plan", {}, {"payment": {"plan": "cigna"}}, fails("payment")),
    ("another plan, out of network", {}, OUTSIDE, PASS),
    ("another plan, out of network unknown", {"out_of_network": None}, OUTSIDE, unknown("payment")),
    ("plans unknown, not out of network", {"plans": None, "out_of_network": False}, OUTSIDE, unknown("payment")),
    ("sliding scale", {}, BUDGET, PASS),
    ("fee unknown, sliding scale passes", {"fee": None}, BUDGET, PASS),
    ("floor would do, scale unknown", {"sliding_scale": None}, BUDGET, unknown("payment")),
    ("floor would not do, scale unknown", {"sliding_scale": None, "sliding_floor": 9001}, BUDGET, fails("payment")),
    ("scale with an unknown floor", {"sliding_floor": None}, BUDGET, unknown("payment")),
    ("no scale, floor or not", {"sliding_scale": False, "sliding_floor": None}, BUDGET, fails("payment")),
    ("fee exactly the budget", {"fee": 9000, "sliding_scale": False}, BUDGET, PASS),
    ("too far", {"zip": "90210"}, {}, fails("place")),
    ("place unknown", {"zip": None}, {}, unknown("place")),
    ("formats unknown and too far", {"zip": "90210", "formats": None}, {}, fails("place")),
    ("formats unknown and near", {"formats": None}, {}, unknown("place")),
    ("in person not offered, place unknown", {"zip": None, "formats": ["telehealth"]}, {}, fails("place")),
    ("telehealth in the licensed state", {"zip": None}, VIDEO, PASS),
    ("telehealth in another state", {"compacts": []}, VIDEO | CALIFORNIA, fails("place")),
    ("a compact that the state is in", {}, VIDEO | ARIZONA, PASS),
    ("a compact that the state is not in", {}, VIDEO | CALIFORNIA, fails("place")),
    ("licence unknown, compact known", {"licensed_states": None}, VIDEO | ARIZONA, PASS),
    ("licence unknown, compact of no use", {"licensed_states": None}, VIDEO | CALIFORNIA, unknown("place")),
    ("place unknown, telehealth passes", {"zip": None}, BOTH, PASS),
    ("a shared time", {}, {"times": ["sun_morning", "mon_evening"]}, PASS),
    ("no shared time", {}, {"times": ["sun_morning"]}, fails("times")),
    ("times unknown", {"times": None}, {"times": ["sun_morning"]}, unknown("times")),
]  # fmt: skip


@pytest.mark.parametrize(("listing", "need", "expected"), [row[1:] for row in MUSTS], ids=[row[0] for row in MUSTS])
def test_musts(listing: Raw, need: Raw, expected: tuple[list[str], list[str]]) -> None:
    listing, need = LISTING | listing, NEED | need
    assert why(listing, need) == expected
    answer = ask([listing], need)
    assert (answer.total == 1) == (expected == PASS)
    assert (answer.possible_total == 1) == (not expected[0] and bool(expected[1]))


@pytest.mark.parametrize(
    ("listing", "need", "session_format", "payment"),
    [
        ({}, {}, "in_person", "plan"),
        ({}, BOTH, "in_person", "plan"),
        ({"zip": None}, BOTH, "telehealth", "plan"),
        ({"zip": "90210"}, BOTH | {"payment": {"any": True}}, "telehealth", "any"),
        (
            {"plans": None},
            {"payment": {"plan": "aetna", "accepts_out_of_network": True}},
            "in_person",
            "out_of_network",
        ),
        ({"fee": 9000}, BUDGET, "in_person", "fee"),
        ({"fee": None}, BUDGET, "in_person", "sliding"),
    ],
)
def test_the_way_that_made_it_eligible(listing: Raw, need: Raw, session_format: str, payment: str) -> None:
    [option] = ask([LISTING | listing], NEED | need).options
    assert (option.format, option.payment) == (session_format, payment)
    assert (option.miles is None) == (listing.get("zip", "78704") is None)


def test_the_score_of_one_option_by_hand() -> None:
    [option] = ask([LISTING], NEED).options
    # specialism, modality, distance; wait 2^(-7/14), trust, responsiveness 0.5, freshness 2^(-30/90)
    assert option.points == 20_000_000 + 12_000_000 + 10_000_000 + 12 * 707_107 + 0 + 3_000_000 + 4 * 793_701
    assert option.score == 100 * option.points / (1_000_000 * 76)
    assert {name: term.tq for name, term in option.terms.items()} == {
        "specialism": 1_000_000, "modality": 1_000_000, "distance": 1_000_000, "wait": 707_107, "trust": 0,
        "responsiveness": 500_000, "freshness": 793_701,
    }  # fmt: skip


def test_ties_go_to_the_shorter_known_wait_then_to_the_smaller_id() -> None:
    far_off = {"wait_days": 2**53}  # its term is 0, as that of an unknown wait
    rows = [LISTING | {"id": 9, "wait_days": None}, LISTING | {"id": 8} | far_off, LISTING | {"id": 7} | far_off]
    rows += [LISTING | {"id": 6, "wait_days": None}, LISTING | {"id": 99, "wait_days": 2**52}]
    assert [option.id for option in ask(rows, NEED, 9).options] == [99, 7, 8, 6, 9]


def test_possibles_come_by_fewest_unknowns_then_as_options_do() -> None:
    rows = [
        LISTING | {"id": 1, "plans": None, "languages": None, "trust": 1.0},
        LISTING | {"id": 2, "plans": None},
        LISTING | {"id": 3, "treats": None, "specialises_in": None},
        LISTING | {"id": 4, "plans": None, "trust": 0.5},
    ]
    answer = ask(rows, NEED | {"concerns": ["trauma", "anxiety"]}, 4)
    assert [possible.id for possible in answer.possibles] == [4, 2, 3, 1]
    assert [possible.ask for possible in answer.possibles] == [
        ("payment",), ("payment",), ("concerns",), ("languages", "payment")
    ]  # fmt: skip
    assert (answer.total, answer.possible_total) == (0, 4)


def test_an_unknown_is_not_eligible_for_the_distance_term() -> None:
    [possible] = ask([LISTING | {"formats": None}], NEED).possibles
    [option] = ask([LISTING], NEED).options
    assert option.points - possible.points == 10_000_000


def changes(answer: Answer) -> list[tuple[str, str]]:
    assert answer.relaxations is not None
    return [(relaxation.must, relaxation.change) for relaxation in answer.relaxations]


def test_every_relaxation_in_its_order() -> None:
    need = NEED | {
        "concerns": ["trauma", "ocd", "trauma"], "modalities_must": ["emdr"], "identities_must": ["woman"],
        "access": ["asl"], "times": ["mon_evening"], "max_wait_days": 5,
    }  # fmt: skip
    assert changes(ask([LISTING], need)) == [
        ("concerns", "drop:trauma"), ("concerns", "drop:ocd"), ("modalities_must", "drop:emdr"),
        ("identities_must", "drop:woman"), ("access", "drop:asl"), ("age_group", "drop"), ("participants", "drop"),
        ("languages", "drop"), ("times", "drop"), ("payment", "out_of_network"), ("payment", "drop"),
        ("radius_miles", "x2"), ("radius_miles", "x4"), ("formats", "add:telehealth"), ("accepting", "waitlist"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ({"payment": {"any": True}, "formats": ["telehealth"], "radius_miles": None}, []),
        ({"payment": {"any": True}, "formats": ["telehealth"]}, [("formats", "add:in_person")]),
        (OUTSIDE | BOTH, [("payment", "drop"), ("radius_miles", "x2"), ("radius_miles", "x4")]),
        (
            BUDGET | VIDEO,
            [("payment", "+25%"), ("payment", "+50%"), ("payment", "drop"), ("formats", "add:in_person")],
        ),
    ],
)
def test_only_what_concerns_something_asked_for(need: Raw, expected: list[tuple[str, str]]) -> None:
    bare = {"kind": "therapist", "level": "outpatient", "place": NEED["place"], "radius_miles": 15}
    assert changes(ask([], bare | need)) == [*expected, ("accepting", "waitlist")]


@pytest.mark.parametrize(("fee", "opened_by"), [(11, ["+25%", "+50%", "drop"]), (13, ["+50%", "drop"]), (14, ["drop"])])
def test_a_raised_budget_is_the_floor_of_cents(fee: int, opened_by: list[str]) -> None:
    answer = ask([LISTING | {"fee": fee, "sliding_scale": False}], NEED | {"payment": {"budget": 9}})
    found = [r.change for r in answer.relaxations or () if r.must == "payment" and r.total == 1]
    assert found == opened_by


def test_relaxations_come_unasked_when_there_are_too_few() -> None:
    assert ask([LISTING], NEED, 1).relaxations is None
    assert ask([LISTING], NEED, 1, relax=True).relaxations is not None
    assert ask([LISTING], NEED, 2).relaxations is not None
    assert "relaxations" not in ask([LISTING], NEED, 1).as_json()


def test_waiting_lists_accepted_leaves_an_unknown_wait_unknown() -> None:
    rows = [LISTING | WAITING | {"id": 1, "wait_days": 900}, LISTING | WAITING | {"id": 2, "wait_days": None}]
    answer = ask(rows, NEED | {"max_wait_days": 1})
    waitlist = (answer.relaxations or ())[-1]
    assert (waitlist.must, waitlist.change, waitlist.total, waitlist.best) == ("accepting", "waitlist", 1, 1)


def test_the_best_of_a_relaxation_is_ranked_by_the_changed_need() -> None:
    rows = [LISTING | {"id": 1, "treats": ["ocd"], "specialises_in": ["ocd"]}, LISTING | {"id": 2, "trust": 1.0}]
    answer = ask(rows, NEED | {"concerns": ["ocd", "trauma"]})
    assert [(r.change, r.total, r.best) for r in (answer.relaxations or ())[:2]] == [
        ("drop:ocd", 1, 2),
        ("drop:trauma", 1, 1),
    ]


def test_a_must_may_also_be_a_wish_and_counts_in_both() -> None:
    [option] = ask([LISTING], NEED | {"concerns": ["trauma"], "concerns_wished": ["trauma", "ocd", "ocd"]}).options
    assert (option.terms["specialism"].tq, option.terms["concerns_wished"].tq) == (1_000_000, 500_000)


def test_an_empty_directory_answers() -> None:
    answer = ask([], NEED)
    assert (answer.total, answer.options, answer.possible_total) == (0, (), 0)
    assert all(relaxation.best is None for relaxation in answer.relaxations or ())


@pytest.mark.parametrize("numpy_alone", [True, False])
def test_equal_points_go_by_the_shorter_known_wait_then_by_the_smaller_id(
    numpy_alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if numpy_alone:
        monkeypatch.setattr(compiled, "kernel", lambda: None)
    waits = {1: None, 2: 900, 3: 700, 4: None, 5: 700, 6: 800}  # so long that each counts 0 millionths
    rows = [LISTING | {"id": one, "wait_days": wait} for one, wait in waits.items()]
    directory, right = Directory.of(map(parse_listing, rows)), [3, 5, 6, 2, 1, 4]
    for k in range(1, 7):  # the best of one index are cut at k before they are put in order with others
        found = search(directory, parse_need(NEED), k, True)
        assert len({option.points for option in found.options}) == 1
        assert [option.id for option in found.options] == right[:k]
        assert {relaxation.best for relaxation in found.relaxations or ()} == {3}
