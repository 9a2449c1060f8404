"""Coverage of a practice: its year of needs, whom it knows, whom it should meet, and that no client is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apps.referrals.loop import FACTS, NEED, Loop
from tests.cast import NOW, Cast
from warmhandoff.cli.coverage import document
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory.acquaintance import known_well, relationships_of
from warmhandoff.directory.listing import enter, relate, retire
from warmhandoff.network.cells import OTHER, Cell, told_cells
from warmhandoff.network.coverage import Coverage, coverage
from warmhandoff.network.expecting import expect, expect_no_more, expected_by
from warmhandoff.referrals import planning
from warmhandoff.referrals.of_a_year import needs_since
from warmhandoff.rules.refusals import BadInput, NotThere

TRAUMA = Cell("therapist", "trauma", "aetna", "30")


def someone(cast: Cast, name: str, relationship: str = "unknown", **facts: Any) -> int:
    return enter(cast.actor(), {**FACTS, "name": name, **facts}, now=NOW, verified=True, relationship=relationship)


def refer(cast: Cast, times: int, **need: Any) -> None:
    for _ in range(times):
        new = planning.NewReferral(
            kind="transfer", reason="outside_competence", need={**NEED, **need}, client_reason="You need someone else."
        )
        planning.record_need(cast.actor(), cast.client.pk, new, now=NOW)


def seen(cast: Cast, part: str = "clinician") -> Coverage:
    return coverage(cast.actor(part), now=NOW)


def test_the_year_and_what_is_expected_make_the_grid(cast: Cast) -> None:
    refer(cast, 5)
    expect(cast.actor(), {**NEED, "concerns": ["ocd"]}, 7, now=NOW)
    someone(cast, "Known Well", "know_well")
    someone(cast, "Heard Of", "heard_of")
    found = seen(cast)
    assert (found.past, found.expected, found.known) == (5, 7, 1)
    squares = {square.cell.concern: square for square in found.grid}
    trauma, ocd = squares["trauma"], squares["ocd"]
    assert trauma.cell == TRAUMA and (trauma.past, trauma.expected, trauma.known) == (5, 0, 1)
    assert (ocd.past, ocd.expected, ocd.known, ocd.open) == (None, 7, 0, 1.0)
    assert found.grid[0] is ocd, "the largest gap comes first"
    assert found.gap == pytest.approx((5 * 3 + 7 * 7) / (12 * 7))


def test_whom_to_meet_is_not_whom_one_knows_and_comes_with_a_reason(cast: Cast) -> None:
    expect(cast.actor(), NEED, 6, now=NOW)
    expect(cast.actor(), {**NEED, "concerns": ["ocd"]}, 4, now=NOW)
    known = someone(cast, "Known", "met")
    both = someone(cast, "Does Both", treats=["trauma", "ocd"])
    elsewhere = someone(cast, "Elsewhere", plans=["cigna"])
    found = seen(cast)
    names = {one.id: one for one in found.meet}
    assert both in names and known not in names and elsewhere not in names
    assert names[both].why == (
        "The first you know for a few needs a year (Therapist: OCD, Aetna, within 30 miles), "
        "and one more to choose from for about 6 needs a year (Therapist: Trauma, Aetna, within 30 miles)."
    )
    assert found.closes == pytest.approx((4 * 4 + 6 * 2) / (6 * 3 + 4 * 7))


def test_who_is_set_aside_full_or_gone_is_nobody_to_meet(cast: Cast) -> None:
    expect(cast.actor(), NEED, 6, now=NOW)
    relate(cast.actor(), someone(cast, "Set Aside"), now=NOW, excluded=True)
    retire(cast.actor(), someone(cast, "Gone"), now=NOW)
    someone(cast, "Full", accepting="closed")
    known = someone(cast, "Known and gone", "know_well")
    assert known_well(cast.practice.pk) == {known}
    retire(cast.actor(), known, now=NOW)
    found = seen(cast)
    assert found.meet == () and found.known == 0 and found.gap == 1.0
    assert relationships_of(cast.practice.pk) == {}


def test_who_may_fit_is_asked_not_counted(cast: Cast) -> None:
    """Not known is never taken for yes: nobody is met for what one would have to ask first."""
    expect(cast.actor(), NEED, 6, now=NOW)
    maybe = someone(cast, "Perhaps Fits", plans=None)
    found = seen(cast)
    assert found.meet == () and found.gap == 1.0
    assert [(one.id, one.ask, one.cell) for one in found.ask] == [(maybe, ("payment",), TRAUMA)]


def test_a_need_that_came_less_than_five_times_is_not_told(cast: Cast) -> None:
    refer(cast, 4, concerns=["sex_offending"], payment={"budget": 4000})
    refer(cast, 6)
    someone(cast, "For them all", treats=["sex_offending", "trauma"], fee=3000)
    found = seen(cast)
    said = str(document("lakeside", found))
    assert "sex_offending" not in said and "offend" not in said.lower() and "budget" not in said
    assert "78704" not in said and "Rosalind" not in said
    assert {square.cell: square.past for square in found.grid} == {
        TRAUMA: 6, Cell(OTHER, OTHER, OTHER, OTHER): None,
    }
    assert found.meet[0].name == "For them all", "it counts all the same"


def test_rare_needs_are_put_together_until_they_say_nothing_of_anyone() -> None:
    rare = [Cell("therapist", concern, "aetna", "15") for concern in ("ocd", "grief", "tics")]
    lone = Cell("housing", "", "any", "5")
    told = told_cells({rare[0]: 2, rare[1]: 2, rare[2]: 1, TRAUMA: 9, lone: 1})
    assert {told[cell] for cell in rare} == {Cell("therapist", OTHER, "aetna", "15")}
    assert told[TRAUMA] == TRAUMA and told[lone] == Cell(OTHER, OTHER, OTHER, OTHER)


def test_of_a_referral_only_its_musts_are_counted(cast: Cast) -> None:
    refer(cast, 1, exclude=[5], modalities_wished=["emdr"])
    assert needs_since(cast.practice.pk, NOW) == [NEED]
    assert needs_since(cast.members["outsider"].practice_id, NOW) == []


def test_types_sameness_and_one_listing_that_gets_it_all(cast: Cast) -> None:
    for number in range(5):
        someone(cast, f"Alike {number}", "met", specialises_in=["trauma"])
    found = seen(cast)
    have = {one.code: one.have for one in found.types}
    assert have["trauma"] == 5 and have["prescriber"] == 0
    assert [(one.code, one.count, one.of) for one in found.same] == [("trauma", 5, 5)]
    assert found.heavy == ()


@pytest.mark.slow
def test_concentration_counts_what_was_handed_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from warmhandoff.network import coverage as module
    from warmhandoff.rules import coverage as rules

    loop = Loop(cast).offer().choose().sign().send()
    assert module.sent_since(cast.practice.pk, NOW) == {loop.listings[0]: 1}
    monkeypatch.setattr(rules, "CONCENTRATED_LEAST", 1)
    heavy = seen(cast).heavy
    assert [(one.id, one.count, one.of) for one in heavy] == [(loop.listings[0], None, 1)], "one is too few to tell"


def test_expected_needs_belong_to_the_practice(cast: Cast) -> None:
    key = expect(cast.actor(), NEED, 3, now=NOW)
    with pytest.raises(NotThere):
        expect_no_more(cast.actor("outsider"), key, now=NOW)
    assert [(one.need, one.a_year) for one in expected_by(cast.practice.pk)] == [(NEED, 3)]
    assert seen(cast, "outsider").expected == 0
    expect_no_more(cast.actor("colleague"), key, now=NOW)
    assert expected_by(cast.practice.pk) == []
    for need, a_year in ((NEED, 0), (NEED, 1001), ({**NEED, "kind": "nonsense"}, 1), ({**NEED, "exclude": [4]}, 1)):
        with pytest.raises(BadInput):
            expect(cast.actor(), need, a_year, now=NOW)


def test_it_is_read_in_a_few_queries_and_written_to_the_audit(cast: Cast, django_assert_max_num_queries: Any) -> None:
    expect(cast.actor(), NEED, 3, now=NOW)
    for number in range(6):
        someone(cast, f"Person {number}")
    with django_assert_max_num_queries(20):
        seen(cast)
    assert AuditEntry.objects.filter(verb="list", subject_kind="coverage").count() == 1
