"""What a program writes: its practice's own listings, nobody's change over another's, and nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.api.programs import Programs
from tests.cast import NOW
from warmhandoff.accounts import api_answers
from warmhandoff.accounts.models import ApiAnswer
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory import listing
from warmhandoff.directory.models import Fact, Listing

NOOR = {"facts": {"name": "Noor Haddad", "kind": "therapist", "plans": ["aetna"]}, "verified": True}
KEY = {"Idempotency-Key": "order-0001"}


def told(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_a_listing_is_entered_in_the_programs_name(programs: Programs) -> None:
    answer = programs.ask("listing_add", "directory:write", body=NOOR)
    said = told(answer)
    row = Listing.objects.get(pk=said["id"])
    assert row.practice_id == programs.cast.practice.pk and row.name == "Noor Haddad"
    assert said["facts"]["plans"]["verified"] and answer.headers["ETag"] == f'"{said["version"]}"'
    entry = AuditEntry.objects.get(verb="enter", subject_id=str(row.pk))
    assert entry.side == "api" and Fact.objects.filter(listing=row, by=None).exists()


def test_the_same_key_has_one_effect(programs: Programs) -> None:
    before = Listing.objects.count()
    first, second = (programs.ask("listing_add", body=NOOR, headers=KEY) for _ in range(2))
    assert told(first) == told(second) and Listing.objects.count() == before + 1
    other = programs.ask("listing_add", body={**NOOR, "verified": False}, headers=KEY)
    assert told(other, 422)["errors"][0]["field"] == "Idempotency-Key" and Listing.objects.count() == before + 1
    told(programs.ask("listing_add", "foreign", body=NOOR, headers=KEY))  # another program's keys are its own
    told(programs.ask("listing_add", body=NOOR))
    assert Listing.objects.count() == before + 3


def test_a_refused_request_keeps_no_key_and_kept_ones_go_after_a_day(programs: Programs) -> None:
    told(programs.ask("listing_add", body={"facts": {"name": "Noor"}}, headers=KEY), 422)
    assert not ApiAnswer.objects.exists()
    told(programs.ask("listing_add", body=NOOR, headers=KEY))
    api_answers.forget(NOW + timedelta(hours=23))
    assert ApiAnswer.objects.count() == 1
    api_answers.forget(NOW + timedelta(hours=25))
    assert not ApiAnswer.objects.exists()


def test_a_change_wants_the_version_that_was_read(programs: Programs) -> None:
    read = programs.ask("listing")
    tag = {"If-Match": read.headers["ETag"]}
    listing.edit(programs.cast.actor(), programs.ids["own"], {"fee": 15000}, now=NOW)
    stale = programs.ask("listing_change", body={"facts": {"fee": 9000}}, headers=tag)
    assert told(stale, 409)["code"] == "stale"
    assert told(programs.ask("listing"))["facts"]["fee"]["value"] == 15000
    changed = told(programs.ask("listing_change", body={"facts": {"fee": 9000, "wait_days": None}}))
    assert changed["facts"]["fee"]["value"] == 9000 and "wait_days" not in changed["facts"]
    for header in ("", "*", "123"):
        bad = programs.ask("listing_change", headers={"If-Match": header})
        assert told(bad, 422)["errors"][0]["field"] == "If-Match"


def test_still_true_is_a_check_of_today(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    from warmhandoff.core import clock

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=100))
    assert told(programs.ask("listing"))["facts"]["treats"]["days"] == 100
    said = told(programs.ask("listing_still_true", body={"facts": ["treats"]}, headers=KEY))
    assert said["facts"]["treats"]["days"] == 0 and said["facts"]["name"]["days"] == 100


@pytest.mark.parametrize(
    ("line", "body", "field"),
    [
        ("listing_add", {}, "facts"), ("listing_add", {"facts": {}}, "facts"), ("listing_add", {"facts": []}, "facts"),
        ("listing_add", {"facts": {"name": "A", "kind": "wizard"}}, "kind"),
        ("listing_add", {"facts": {"name": "A", "kind": "therapist", "aura": 1}}, "aura"),
        ("listing_add", {**NOOR, "relationship": "sworn"}, "relationship"),
        ("listing_add", {**NOOR, "verified": "yes"}, "verified"), ("listing_add", {**NOOR, "notes": "x"}, "notes"),
        ("listing_change", {"facts": {"name": None}}, "name"), ("listing_change", {"facts": {"fee": "much"}}, "fee"),
        ("listing_still_true", {"facts": "name"}, "facts"), ("listing_still_true", {"facts": [1]}, "facts"),
        ("listing_still_true", {"facts": ["openings"]}, "openings"), ("listing_still_true", {"facts": []}, "facts"),
    ],
)  # fmt: skip
def test_what_is_no_listing_is_refused_with_its_field(programs: Programs, line: str, body: Any, field: str) -> None:
    before = Fact.objects.count()
    assert field in [error["field"] for error in told(programs.ask(line, body=body), 422)["errors"]]
    assert Fact.objects.count() == before
