"""What is answered: every answer fits its schema, matching is the command's, places that are secret stay so."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker
from typer.testing import CliRunner

from tests.api.programs import LINES, Programs
from tests.cast import NOW
from tests.flows.listings import NEED, add
from warmhandoff.api.schemas import components
from warmhandoff.cli.app import app
from warmhandoff.core import clock
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory import listing
from warmhandoff.directory.columns import _kept, _refreshed
from warmhandoff.directory.fields import FIELDS

pytestmark = pytest.mark.slow  # a directory each

TODAY = date(2026, 11, 23)


def fits(name: str, document: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": components()}}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)


def good(answer: Any, name: str) -> Any:
    """The answer's document, which fits its schema and goes with the headers of every answer."""
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers and "Vary" not in answer.headers
    document = json.loads(answer.content)
    fits(LINES[name].answer, document)
    return document


def problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
    document = json.loads(answer.content)
    fits("Problem", document)
    assert document["status"] == status and document["code"] == code
    assert document["type"] == f"{settings.BASE_URL}/api/v1/docs#{code}"
    return document


def test_who_am_i(programs: Programs) -> None:
    said = good(programs.ask("practice", "match"), "practice")
    assert said["practice"]["slug"] == "lakeside-counseling" and said["program"]["scopes"] == ["match"]


def full(programs: Programs) -> int:
    """A listing of which everything is known."""
    rest = {
        "credentials": "LCSW", "program_type": "Practice", "openings": 2, "out_of_network": True, "fee": 15000,
        "sliding_scale": True, "sliding_floor": 6000, "identities": ["woman"], "access": [], "compacts": ["psypact"],
        "licensed_until": "2027-06-30", "responsiveness": 0.5, "fax": "512-555-0199", "website": "lena.example",
        "address": "1 Lamar", "city": "Austin", "state": "TX", "lat": 30.25, "lon": -97.75, "confidential": False,
        "npi": "1234567893", "about": "Walks and talks.",
        "other_names": "Ruth Miller", "direct_address": "ruth@direct.example", "paused_until": "2027-01-04",
    }  # fmt: skip
    return add(programs.cast, "Ruth Adler, LCSW", **rest)


def test_a_listing_with_every_fact(programs: Programs) -> None:
    programs.ids["own"] = full(programs)
    said = good(programs.ask("listing"), "listing")
    assert said["facts"].keys() == FIELDS.keys()
    assert said["facts"]["fee"] == {
        "value": 15000, "days": 0, "dated_on": "2026-11-23", "verified": True, "known": True, "own": False,
        "source": said["facts"]["name"]["source"],
    }  # fmt: skip
    assert said["verified_days"] == 0 and said["relationship"] == "know_well" and not said["shared"]


def test_pages_and_filters(programs: Programs) -> None:
    for number in range(5):
        add(programs.cast, f"Number {number}", state="TX" if number % 2 else "NM", kind="therapist", city="Austin")
    said = good(programs.ask("listings"), "listings")
    assert said["total"] == len(said["listings"]) == 7 and said["pages"] == 1

    def names(**query: str) -> list[str]:
        return [one["name"] for one in good(programs.ask("listings", query=query), "listings")["listings"]]

    assert names(per_page="2", page="2") == ["Number 1", "Number 2"] and names(per_page="2", page="9") == []
    assert names(state="NM") == ["Number 0", "Number 2", "Number 4"]
    assert names(words="number austin", state="TX") == ["Number 1", "Number 3"]
    assert names(scope="shared") == ["Open Door"] and names(kind="crisis_service") == []


def test_age_and_what_no_longer_counts(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=200))
    facts = good(programs.ask("listing"), "listing")["facts"]
    assert facts["accepting"]["days"] == 200 and not facts["accepting"]["known"] and facts["name"]["known"]


def test_a_confidential_place_is_neither_told_nor_found(programs: Programs) -> None:
    place = {"confidential": True, "city": "Marfa", "state": "TX", "zip": "79843", "address": "7 Hidden Lane"}
    secret = add(programs.cast, "Safe Harbor", **place)
    programs.ids["own"] = secret
    said = good(programs.ask("listing"), "listing")
    assert not {"address", "city", "state", "zip", "lat", "lon"} & said["facts"].keys()
    for query in ({"words": "Marfa"}, {"words": "79843"}, {"words": "harbor marfa"}, {"state": "TX"}):
        found = good(programs.ask("listings", query=query), "listings")
        assert secret not in [one["id"] for one in found["listings"]] and found["total"] <= 1
    assert [one["id"] for one in good(programs.ask("listings", query={"words": "harbor"}), "listings")["listings"]] == [
        secret
    ]
    everything = programs.ask("listings").content + programs.ask("listing").content
    assert b"Marfa" not in everything and b"Hidden" not in everything and b"79843" not in everything


def test_notes_and_ties_stay_with_the_practice(programs: Programs) -> None:
    listing.relate(programs.cast.actor(), programs.ids["own"], now=NOW, relationship="met", how_met="at the lake",
                   excluded=False, tie_kind="family", tie_text="my cousin", notes="rather blunt")  # fmt: skip
    said = programs.ask("listing").content + programs.ask("listings").content
    for words in (b"lake", b"cousin", b"family", b"blunt"):
        assert words not in said


def command(*arguments: str) -> Any:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_matching_is_what_the_command_says(programs: Programs, tmp_path: Path) -> None:
    full(programs)
    add(programs.cast, "Sam Whitfield, LMFT", wait_days=14)
    add(programs.cast, "Nobody Knows", plans=None, times=None)
    rows = _refreshed(programs.cast.practice.pk, None, 0, TODAY).own.values()
    lines = [json.dumps({name: value for name, value in asdict(row).items() if value is not None}) for row in rows]
    (tmp_path / "listings.jsonl").write_text("\n".join(lines))
    (tmp_path / "need.json").write_text(json.dumps(NEED))
    for k, relax in (("1", "false"), ("3", "true"), ("100", "false")):
        wanted = command("match", str(tmp_path / "need.json"), "--directory", str(tmp_path), "--k", k, "--json",
                         *(["--relax"] if relax == "true" else []))  # fmt: skip
        said = good(programs.ask("match", query={"k": k, "relax": relax}), "match")
        assert said == wanted and list(said) == list(wanted)
        assert said["total"] == 3 and said["possible_total"] == 2 and ("relaxations" in said) == (k != "1")


def test_what_cannot_be_understood_names_every_fault(programs: Programs) -> None:
    said = problem(programs.ask("match", body={**NEED, "kind": "wizard", "colour": "red"}), 422, "bad_input")
    assert [error["field"] for error in said["errors"]] == ["colour", "kind"]
    query = {"page": "0", "per_page": "101", "state": "ZZ", "kind": "", "scope": "x", "oops": "1"}
    said = problem(programs.ask("listings", query=query), 422, "bad_input")
    assert {error["field"] for error in said["errors"]} == set(query)
    twice = problem(programs.web.get("/api/v1/listings?page=1&page=2", headers=bearer(programs)), 422, "bad_input")
    assert twice["errors"] == [{"field": "page", "detail": "is given more than once"}]


def bearer(programs: Programs) -> dict[str, str]:
    return {"Authorization": f"Bearer {programs.tokens['all']}"}


@pytest.mark.parametrize(("kind", "body"), [
    ("text/plain", b"{}"), ("application/x-www-form-urlencoded", b"a=b"), ("application/json", b""),
    ("application/json", b"[]"), ("application/json", b"\xff"), ("application/json", b'{"kind": NaN}'),
    ("application/json", b"{" + b" " * 65536 + b"}"), ("application/json", b"[" * 60_000),
    ("application/json", b'{"a": ' + b"9" * 60_000 + b"}"),
])  # fmt: skip
def test_a_body_that_is_no_need(programs: Programs, kind: str, body: bytes) -> None:
    problem(programs.ask("match", kind=kind, body=body), 422, "bad_input")


def test_a_body_that_is_too_long(programs: Programs) -> None:
    body = json.dumps(NEED).encode()
    assert programs.ask("match", body=body.ljust(65536)).status_code == 200
    said = problem(programs.ask("match", body=body.ljust(65537)), 422, "bad_input")
    assert said["errors"] == [{"field": None, "detail": "the body is larger than 64 KiB"}]


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "\n", "\u202e", "a" * 201])
def test_words_no_database_takes(programs: Programs, words: str) -> None:
    said = problem(programs.ask("listings", query={"words": words}), 422, "bad_input")
    assert said["errors"] == [{"field": "words", "detail": "text up to 200 characters is needed"}]


def test_an_idempotency_key_changes_nothing(programs: Programs) -> None:
    asked = [programs.ask("match", headers={"Idempotency-Key": "1"}, query={"k": k}) for k in ("1", "2")]
    assert len(good(asked[0], "match")["options"]) == 1 and len(asked[1].json()["options"]) == 1


def test_unknown_addresses_and_methods(programs: Programs) -> None:
    nothing = problem(programs.web.get("/api/v1/clients", headers=bearer(programs)), 404, "not_there")
    assert nothing == problem(programs.ask("listing", relation="random"), 404, "not_there")
    for path in ("/api/", "/api/v2/listings", "/api/v1/listings/", "/api/v1/listings/x", "/api/v1/%00"):
        problem(programs.web.get(path, headers=bearer(programs)), 404, "not_there")
    problem(programs.web.get(f"/api/v1/listings/{10**30}", headers=bearer(programs)), 404, "not_there")
    wrong = programs.ask("match", method="GET")
    problem(wrong, 405, "wrong_method")
    assert wrong.headers["Allow"] == "POST"
    assert programs.ask("practice", method="DELETE").headers["Allow"] == "GET, HEAD"


def test_a_foreign_host_name_is_refused(programs: Programs) -> None:
    answer = programs.web.get("/api/v1/docs", headers={"Host": "evil.example"})
    problem(answer, 422, "bad_input")
    assert b"evil" not in answer.content


def test_the_audit_page_by_page(programs: Programs) -> None:
    for _ in range(55):
        programs.ask("audit")
    first = good(programs.ask("audit"), "audit")
    assert len(first["entries"]) == 50 and first["entries"][0]["name"] == "Website"
    second = good(programs.ask("audit", query={"before": str(first["older"])}), "audit")
    numbers = [look["number"] for look in first["entries"] + second["entries"]]
    assert numbers == sorted(set(numbers), reverse=True)
    looks = good(programs.ask("audit", query={"verb": "list", "who": first["entries"][0]["who"]}), "audit")
    assert {look["verb"] for look in looks["entries"]} == {"list"}
    assert AuditEntry.objects.filter(verb="list", subject_kind="audit", side="api").count() == 58


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if line.needs])
def test_it_asks_the_database_little(programs: Programs, django_assert_max_num_queries: Any, name: str) -> None:
    for number in range(60):
        add(programs.cast, f"Number {number}")
    _kept.clear()
    more: dict[str, Any] = {}
    if name == "listing_change":
        more = {"headers": {"If-Match": programs.ask("listing").headers["ETag"]}, "versioned": True}
    with django_assert_max_num_queries(40 if LINES[name].body and name != "match" else 12):  # what writes is audited
        assert programs.ask(name, **more).status_code == 200


def test_the_engine_is_asked_once_and_for_this_practice(programs: Programs) -> None:
    """The same code path as the page: another practice's listings are no options."""
    said = good(programs.ask("match", query={"k": "100"}), "match")
    ids = {one["id"] for one in said["options"] + said["possibles"]}
    assert programs.ids["own"] in ids and programs.ids["foreign"] not in ids
