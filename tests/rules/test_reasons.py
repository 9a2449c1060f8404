"""The reason catalogue is whole, and a new row needs no code."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from warmhandoff.rules.reasons import (
    Answered,
    Reason,
    catalogue,
    is_done,
    licence_after,
    open_steps,
    read,
    stands_in,
    suits_both,
)
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import Entry, Vocabulary, vocabulary


def raw() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.rules").joinpath("reasons.toml").read_text(encoding="utf-8"))


def words(*more: Entry) -> Vocabulary:
    return Vocabulary("reasons", (*vocabulary("reasons").entries.values(), *more))


NEW = Entry("new_reason", "A new reason", "something new came up", "surgió algo nuevo")
ROW = {"group": "Changes here", "kind": "adjunct", "first": "What is new?", "before": ["times", "relation"]}
# The rows of the product's own table: what each reason usually does, and what comes before options.
TABLE = {
    "insurance_not_accepted": ("transfer", "plan"), "practice_going_self_pay": ("transfer", "panel"),
    "coverage_changed": ("transfer", "ways_to_stay"), "cannot_afford": ("transfer", "reduced_fee"),
    "schedule_mismatch": ("transfer", "times"), "caseload_full": ("transfer", "times"),
    "client_moving": ("transfer", "moving"), "outside_competence": ("transfer", "concern"),
    "needs_changed": ("transfer", "concern"), "outside_niche": ("transfer", "niche"),
    "modality": ("transfer", "method"),
    "higher_level_of_care": ("transfer", "level_up"),
    "lower_level_of_care": ("transfer", "level_down"),
    "crisis": ("adjunct", "crisis_path"), "weak_alliance": ("transfer", "repair"),
    "personality_clash": ("transfer", "repair"), "treatment_disagreement": ("transfer", "repair"),
    "no_progress": ("transfer", "repair"), "loss_of_impartiality": ("transfer", "relation"),
    "diagnostic_clarification": ("adjunct", "coordinate"), "medication_evaluation": ("adjunct", "coordinate"),
    "instability_support": ("adjunct", "harm_first"), "living_circumstances": ("adjunct", "harm_first"),
    "recommended_practice": ("adjunct", "harm_first"), "poor_fit_incoming": ("redirect", "pass_on"),
    "client_request": ("transfer", ""), "clinician_leaving": ("transfer", ""),
}  # fmt: skip


def test_every_row_of_the_table_is_there() -> None:
    known = catalogue().reasons
    assert known.keys() == TABLE.keys() == vocabulary("reasons").entries.keys()
    for code, (kind, step) in TABLE.items():
        assert known[code].kind == kind and (step in known[code].before if step else known[code].before == ())
        assert known[code].first.endswith("?") and known[code].plain and known[code].plain_es
    assert sum(len(rows) for _, rows in catalogue().choices()) == len(TABLE)


def test_a_new_reason_is_a_row_and_its_words() -> None:
    text = raw()
    made = read({**text, "reason": {**text["reason"], "new_reason": ROW}}, words(NEW))
    assert ("new_reason", "A new reason") in dict(made.choices())["Changes here"]
    assert [step.code for step in made.before(["new_reason", "modality"])] == ["times", "relation", "method"]
    assert made.reason("new_reason").sentence("es") == "Surgió algo nuevo."


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda t: t["reason"].pop("modality"), "modality has no row"),
    (lambda t: t["reason"]["modality"].update(before=["nowhere"]), "no step nowhere"),
    (lambda t: t["reason"]["modality"].update(kind="elsewhere"), "no kind elsewhere"),
    (lambda t: t["reason"]["modality"].update(group="Nobody's"), "no group"),
    (lambda t: t["reason"].update(new_reason=ROW), "no words"),
    (lambda t: t["step"]["ways_to_stay"].update(alternatives=["barter"]), "no alternative barter"),
])
def test_a_catalogue_that_is_not_whole_is_refused(spoil: Callable[[dict[str, Any]], Any], said: str) -> None:
    text = raw()
    spoil(text)
    with pytest.raises(ValueError, match=said):
        read(text, words())


def test_what_is_switched_off_is_known_and_not_offered() -> None:
    own = Reason("own_move", "Office moves", "we move", "nos mudamos", "Reasons of our practice", "transfer")
    made = catalogue().with_practice([own], {"modality"})
    offered = {code for _, rows in made.choices() for code, _ in rows}
    assert "own_move" in offered and "modality" not in offered and "modality" in made
    assert "modality" in {code for _, rows in made.choices(keep="modality") for code, _ in rows}
    with pytest.raises(BadInput, match="did you mean modality"):
        made.reason("modalityy")


def test_a_rule_about_people_carries_source_and_date() -> None:
    for code in ("moving", "level_up", "level_down"):
        step = catalogue().steps[code]
        assert step.source and step.as_of


def test_a_step_is_done_when_the_need_has_it_or_someone_looked() -> None:
    steps = catalogue().before(["insurance_not_accepted", "weak_alliance", "outside_niche"])
    assert [s.code for s in open_steps(steps, {"payment": {"any": True}}, ())] == ["plan", "repair"]
    assert [s.code for s in open_steps(steps, {"payment": {"plan": "aetna"}}, ["repair"])] == []
    assert is_done(catalogue().steps["niche"], {}, ())
    assert stands_in({"payment": {"budget": 0}}, "payment.budget") and not stands_in({"times": []}, "times")


def test_a_way_to_stay_needs_both() -> None:
    said = [Answered("self_pay", "yes", "no"), Answered("superbill", "yes", "yes")]
    assert suits_both([*said, Answered("out_of_network", "", "yes")]) == ("superbill",)


def test_the_licence_follows_her_place() -> None:
    assert not licence_after("TX", "TX").moves
    assert licence_after("TX", "OK").compacts == (("PSYPACT", "2026-02"),)
    assert licence_after("TX", "CA").moves and licence_after("TX", "CA").compacts == ()
