"""The release decision: every element, the event it ends with, the way it goes, and the signature under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from warmhandoff.rules.release import REASONS, Decision, Disclosure, Terms, decide
from warmhandoff.rules.release_elements import (
    GENERAL,
    PART2,
    Filled,
    elements,
    endings,
    held,
    laws,
    missing,
    required,
    statements,
)

DAY = date(2026, 11, 23)
TERMS = Terms(
    id=UUID(int=1), recipients=frozenset({7}), classes=frozenset({"reason", "substance_use"}), purpose="specialized",
    signed_at=datetime(2026, 11, 23, tzinfo=UTC), expires_on=date(2027, 2, 21), revoked_at=None,
    back=frozenset({"progress_updates"}),
)  # fmt: skip
WANTED = Disclosure(7, frozenset({"reason"}), "specialized", DAY)
FILLED = Filled(
    patient="Rosalind Marlowe", discloser="Lakeside", recipients=1, classes=frozenset({"reason"}),
    purpose="specialized", ends=True, signed=True, authority=True, statements=frozenset(statements(["substance_use"])),
)  # fmt: skip


def test_every_element_has_citation_words_and_the_day_it_was_read() -> None:
    assert len(GENERAL) == 11 and len(PART2) == 5
    for one in elements().values():
        law = laws()[one.law]
        assert one.asks and law.source.startswith("https://") and isinstance(law.read_on, date)
        assert one.cite.startswith(("45 CFR 164.508(c)", "42 CFR 2.31(a)"))
        assert one.is_statement == bool(one.text("en")) == bool(one.text("es"))
        assert not one.is_statement or one.text("en") != one.text("es")


def test_a_release_that_says_everything_is_complete() -> None:
    assert held(FILLED) == GENERAL | PART2
    assert missing(held(FILLED), ["reason"]) == [] == missing(held(FILLED), ["substance_use"])


EMPTIED = {
    "what": {"classes": frozenset()}, "from_whom": {"discloser": " "}, "to_whom": {"recipients": 0},
    "purpose": {"purpose": ""}, "ends": {"ends": False}, "signature": {"signed": False},
    "authority": {"authority": False}, "part2_patient": {"patient": ""},
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(GENERAL | PART2))
def test_without_one_element_it_is_refused_by_the_name_of_that_element(code: str) -> None:
    change = EMPTIED.get(code) or {"statements": FILLED.statements - {code}}
    present = held(replace(FILLED, **change))  # type: ignore[arg-type]
    assert present == (GENERAL | PART2) - {code}
    decision = decide([replace(TERMS, held=present)], replace(WANTED, classes=frozenset({"substance_use"})))
    assert not decision.allowed
    assert elements()[code].asks in decision.reason and elements()[code].cite in decision.reason


@pytest.mark.parametrize("code", sorted(PART2))
def test_part_two_is_asked_for_its_class_and_for_all_records_of_a_programme(code: str) -> None:
    terms = replace(TERMS, held=(GENERAL | PART2) - {code})
    assert decide([terms], WANTED).allowed
    assert not decide([terms], replace(WANTED, part2=True)).allowed
    assert not decide([terms], replace(WANTED, classes=frozenset({"substance_use"}))).allowed


def test_a_release_of_before_covers_no_records_of_a_substance_use_programme() -> None:
    assert decide([TERMS], WANTED) == Decision(True, TERMS.id)
    assert "42 CFR 2.31" in decide([TERMS], replace(WANTED, classes=frozenset({"substance_use"}))).reason


def test_what_is_asked_grows_and_never_shrinks() -> None:
    assert required(["reason"]) == GENERAL and required(["reason", "substance_use"]) == GENERAL | PART2
    assert set(statements(["reason"])) < set(statements(["reason"], programme=True)) == FILLED.statements


@pytest.mark.parametrize(("change", "said"), [
    ({"ended": True}, REASONS["ended"]), ({"signer_fault": "She is of age."}, "She is of age."),
    ({"signed_at": None}, REASONS["unsigned"]),
    ({"revoked_at": datetime(2026, 11, 23, tzinfo=UTC)}, REASONS["revoked"]),
    ({"expires_on": date(2026, 11, 22)}, REASONS["expired"]), ({"recipients": frozenset({8})}, REASONS["recipient"]),
    ({"purpose": "medication"}, REASONS["purpose"]), ({"classes": frozenset({"contact"})}, REASONS["classes"]),
])  # fmt: skip
def test_each_condition_alone_refuses(change: dict[str, object], said: str) -> None:
    decision = decide([replace(TERMS, **change)], WANTED)  # type: ignore[arg-type]
    assert not decision.allowed and decision.reason == said and decision.release_id is None


def test_the_way_there_and_the_way_back_are_two_permissions() -> None:
    back = Disclosure(7, frozenset({"progress_updates"}), "specialized", DAY, direction="back")
    assert decide([TERMS], back).allowed
    assert not decide([TERMS], replace(back, direction="there")).allowed
    assert not decide([TERMS], replace(back, classes=frozenset({"reason"}))).allowed
    assert not decide([replace(TERMS, back=frozenset())], back).allowed


def test_psychotherapy_notes_go_on_no_release_at_all() -> None:
    everything = replace(TERMS, classes=frozenset({"psychotherapy_notes"}), back=frozenset({"psychotherapy_notes"}))
    for direction in ("there", "back"):
        wanted = Disclosure(7, frozenset({"psychotherapy_notes"}), "specialized", DAY, direction=direction)  # type: ignore[arg-type]
        assert decide([everything], wanted) == Decision(False, reason=REASONS["notes"])


def test_events_have_words_for_both() -> None:
    assert {"referral_closed", "first_session", "treatment_ended"} <= set(endings())
    for one in endings().values():
        assert one.label and one.words("en") != one.words("es")
