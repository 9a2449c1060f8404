"""Who may sign (R-14): kind of signer x age x state rule x class of information, against a table written by hand."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from warmhandoff.rules.signers import (
    KINDS,
    NO_CONSENT,
    Consent,
    Signer,
    age_on,
    is_minor,
    outgrown,
    refusal,
    standing,
    state_rules,
)

RULES = {"none on": None, "CA": state_rules()["CA"], "OR": state_rules()["OR"]}
AGES = (None, 11, 12, 13, 14, 17, 18, 40)
CLASSES = {
    "care": frozenset({"reason"}), "sud": frozenset({"substance_use"}), "both": frozenset({"reason", "substance_use"}),
}  # fmt: skip
BY = (None, "representative", "minor", "both")
ALONE = {"none on": {"care": 99, "sud": 99}, "CA": {"care": 12, "sud": 99}, "OR": {"care": 14, "sud": 14}}


def allowed(kind: str, age: int | None, rule: str, what: str, by: str | None) -> bool:
    """The oracle: one signature, nobody else signing."""
    if age is None or age >= 18:
        return kind in ("self", "representative", "agent")
    decides = {part: age >= ALONE[rule][part] for part in ("care", "sud")}
    by = by or ("minor" if decides["care"] else None)
    if by is None or kind in ("self", "agent"):
        return False
    parts = {"care": ["care"], "sud": ["sud"], "both": ["care", "sud"]}[what]
    for part in parts:
        if part == "sud" and not (kind == "minor" and decides["sud"]):
            return False  # the minor alone where the law lets her, else both have to sign
        if part == "care" and kind == "minor" and not (decides["care"] and by != "representative"):
            return False
        if part == "care" and kind == "representative" and by == "minor":
            return False
    return True


CELLS = list(product(KINDS, AGES, RULES, CLASSES, BY))


def test_the_matrix_says_what_the_table_says() -> None:
    wrong = []
    for kind, age, rule, what, by in CELLS:
        signer = Signer(kind, age, CLASSES[what], scope="mother", evidence="birth certificate")
        recorded = Consent(by, frozenset({"minor"})) if by else None
        if (refusal(signer, RULES[rule], recorded) == "") != allowed(kind, age, rule, what, by):
            wrong.append((kind, age, rule, what, by))
    assert wrong == [] and len(CELLS) == 4 * 8 * 3 * 3 * 4
    assert 100 < sum(allowed(*cell) for cell in CELLS) < len(CELLS) - 100


@pytest.mark.parametrize("kind", ["representative", "agent"])
def test_who_signs_for_her_says_by_what_right_and_what_was_seen(kind: str) -> None:
    for scope, evidence in (("", "papers"), ("agent", " "), ("", "")):
        assert "by what right" in refusal(Signer(kind, 40, CLASSES["care"], scope, evidence), None, None)


def test_without_a_record_nobody_signs_for_someone_under_age() -> None:
    signer = Signer("representative", 15, CLASSES["care"], "mother", "seen")
    assert refusal(signer, None, None) == NO_CONSENT and standing(15, None, None) is None
    assert refusal(signer, None, Consent("representative", frozenset())) == ""


def test_where_both_sign_both_count_for_substance_use() -> None:
    by = Consent("representative", frozenset({"representative"}))
    for kind in ("minor", "representative"):
        alone = Signer(kind, 15, CLASSES["both"], "mother", "seen")
        both = Signer(kind, 15, CLASSES["both"], "mother", "seen", with_minor=True, with_representative=True)
        assert "Both sign" in refusal(alone, None, by) and refusal(both, None, by) == ""


def test_all_records_of_a_programme_are_about_substance_use() -> None:
    signer = Signer("representative", 15, CLASSES["care"], "mother", "seen", programme=True)
    assert "Only she" in refusal(signer, RULES["OR"], Consent("representative", frozenset()))


def test_a_switched_on_rule_lets_her_alone_see_her_page() -> None:
    assert standing(13, RULES["CA"], None) == Consent("minor", frozenset({"minor"}))
    assert standing(11, RULES["CA"], None) is None


def test_who_has_come_of_age_signs_herself() -> None:
    signed_at_17 = Signer("representative", 17, CLASSES["care"], "mother", "seen")
    assert outgrown(signed_at_17, 18) and not outgrown(signed_at_17, 17) and not outgrown(signed_at_17, None)
    assert not outgrown(Signer("representative", 40, CLASSES["care"], "daughter", "seen"), 41)


@pytest.mark.parametrize(("born", "day", "age"), [
    ("2008-11-24", date(2026, 11, 23), 17), ("2008-11-23", date(2026, 11, 23), 18), ("", date(2026, 11, 23), None),
    ("2008-02-29", date(2026, 2, 28), 17), ("2008-02-29", date(2026, 3, 1), 18),
])  # fmt: skip
def test_ages_are_full_years(born: str, day: date, age: int | None) -> None:
    assert age_on(born, day) == age and is_minor(age) == (age == 17)


def test_each_state_rule_has_source_and_date() -> None:
    assert set(state_rules()) == {"CA", "IL", "OR", "PA", "WA"}
    for rule in state_rules().values():
        assert rule.source and rule.also and isinstance(rule.read_on, date) and rule.mental_health in (12, 13, 14)
