"""Open Referral HSDS 3.0: what a service says outright becomes facts, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warmhandoff.directory.columns import matchable
from warmhandoff.directory.models import Fact, ImportRun, Listing
from warmhandoff.imports.hsds import import_hsds, source_name
from warmhandoff.imports.inputs import Input, inputs_at, of_bytes
from warmhandoff.imports.telling import Told
from warmhandoff.imports.wording import access_of, ages_of, fee_of, is_confidential, kind_of, languages_of, times_of
from warmhandoff.rules.refusals import BadInput

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "samples" / "hsds" / "services.json"
PAGE = json.loads(SAMPLE.read_text())


def land(files: list[Input], path: str = "services.json", **more: Any) -> Told:
    told = import_hsds(files, path, practice_id=more.pop("practice_id", None), now=NOW, **more)
    figures = told.report.figures()
    landed = sum(figures[name] for name in ("added", "changed", "unchanged", "merged"))
    assert figures["rows"] == landed + len(list(told.report.rejects))
    return told


def page(**more: Any) -> list[Input]:
    return [of_bytes(json.dumps({**PAGE, **more}).encode(), "services.json")]


def counts(told: Told) -> tuple[int, ...]:
    figures = told.report.figures()
    return tuple(figures[name] for name in ("rows", "added", "changed", "unchanged", "merged", "retired"))


def facts(name: str, **more: Any) -> dict[str, Any]:
    return {key: fact["value"] for key, fact in Listing.objects.get(name__startswith=name, **more).facts_now.items()}


def test_a_page_of_services(db: None) -> None:
    told = land(page())
    assert counts(told) == (5, 4, 0, 0, 0, 0)
    assert [(row["line"], row["field"], row["reason"]) for row in told.report.rejects] == [
        (3, "status", "the service is defunct")
    ]
    assert told.unknown is not None
    assert [(row["line"], row["field"]) for row in told.unknown] == [(1, "lat"), (4, "email"), (4, "lat")]
    evening = facts("Evening", zip="78704")
    assert evening.pop("about") == "Talking with someone after work."
    assert evening == {
        "name": "Evening Counseling, Made-Up Neighbors", "kind": "therapist", "program_type": "Outpatient counseling",
        "access": ["wheelchair", "transit"], "address": "1 Oak Ln", "city": "Austin", "state": "TX", "zip": "78704",
        "lat": 30.25, "lon": -97.76, "fax": "(512) 555-0112", "phone": "(512) 555-0111", "fee": 6000,
        "languages": ["es"], "sliding_scale": True, "times": ["mon_evening", "thu_evening"], "wait_days": 14,
        "website": "https://made-up-neighbors.example", "age_groups": ["young_adult", "adult", "older_adult"],
    }  # fmt: skip
    said = Listing.objects.get(name__startswith="Evening", zip="78704").facts_now["fee"]
    assert (said["seen_on"], said["verified_on"]) == ("2026-10-02", "2026-09-01")
    pantry = facts("Food")
    assert (pantry["kind"], pantry["levels"], pantry["accepting"], pantry["fee"]) == (
        "social_service", ["not_clinical"], "closed", 0,
    )  # fmt: skip
    assert "lat" not in pantry and "email" not in pantry, "a point in another city, and an address that is none"


def test_a_confidential_place_is_not_even_kept(cast: Any) -> None:
    land(page(), practice_id=cast.practice.pk)
    hidden = Listing.objects.get(name__startswith="Safe Haven")
    assert hidden.facts_now["confidential"]["value"] is True and hidden.facts_now["kind"]["value"] == "housing"
    assert not {"address", "zip", "lat", "lon", "about", "city"} & set(hidden.facts_now)
    everything = [*Fact.objects.filter(listing=hidden).values_list("value", flat=True), hidden.zip, hidden.city]
    assert "Hidden Way" not in json.dumps(everything) and "78701" not in json.dumps(everything)
    seen = matchable(hidden, None, NOW.date())
    assert (seen.lat, seen.lon) == (None, None), "a distance would give it away"


@pytest.mark.parametrize(
    ("name", "more", "hidden"),
    [
        ("House of Hope Shelter", "for victims of domestic violence", True), ("Safe House", "", True),
        ("Turning Point Transitional Housing", "survivors of human trafficking", True),
        ("Anything", "Address confidential", True), ("Chara House", "Confidential Address", True),
        ("Winter Shelter", "for men", False), ("Domestic Violence Legal Clinic", "advice", False),
        ("Counseling", "All you say is confidential.", False),
        ("House of Ruth, Shelter Program", "battered women", True),
    ],
)  # fmt: skip
def test_who_must_be_hidden(name: str, more: str, hidden: bool) -> None:
    assert is_confidential(name, f"{name} {more}") is hidden


def test_words_count_only_where_they_say_it_outright() -> None:
    notes = ["Spanish and German.", "Limited French", "no Russian", "Accommodations possible."]
    assert languages_of(notes) == ["de", "es"]
    assert access_of(["Not wheelchair accessible. Sign language on request."]) == ["asl"]
    assert ages_of(12, None) == ["adolescent", "young_adult", "adult", "older_adult"] and ages_of(None, None) is None
    assert ages_of(0, 17) == ["early_childhood", "child", "adolescent"] and ages_of(30, 40) is None
    assert times_of(["MO"], "10:30", "12:00") == {"mon_midday"} and times_of(["MO"], "17:00", "09:00") == set()
    assert fee_of("None. ") == {"fee": 0} and fee_of("None if eligible.") == {} and fee_of("Sliding fee scale") != {}
    assert kind_of("Credit Counseling")["kind"] == "social_service"
    assert kind_of("Crisis Hotline")["levels"] == ["crisis"]
    assert kind_of("Grief Support Group")["kind"] == "peer_support" and kind_of("Counselling")["kind"] == "therapist"


def test_twice_a_change_and_a_service_that_is_gone(db: None) -> None:
    land(page())
    written = Fact.objects.count()
    assert counts(land(page())) == (5, 0, 0, 4, 0, 0) and Fact.objects.count() == written
    fewer = [{**PAGE["contents"][0], "minimum_age": 13}]
    assert counts(land(page(contents=fewer))) == (2, 0, 2, 0, 0, 2)
    assert facts("Evening", zip="78704")["age_groups"][0] == "adolescent"
    first_of_two = page(contents=PAGE["contents"][1:2], total_pages=2)
    assert counts(land(first_of_two)) == (1, 0, 1, 0, 0, 0), "one page of two retires nobody"


def test_a_dry_run_tells_the_same(db: None) -> None:
    tried = land(page(), dry_run=True)
    assert not Listing.objects.exists() and not ImportRun.objects.exists()
    assert counts(land(page())) == counts(tried)
    assert tried.unknown is not None and len(tried.unknown) == 3


def as_tables(services: list[dict[str, Any]]) -> dict[str, bytes]:
    """The same services as the tables of the standard."""
    tables: dict[str, list[dict[str, Any]]] = {}

    def put(table: str, row: dict[str, Any], **owner: str) -> None:
        flat = {name: value for name, value in row.items() if not isinstance(value, (dict, list))}
        if {**flat, **owner} not in tables.setdefault(table, []):
            tables[table].append({**flat, **owner})

    for service in services:
        organization = service["organization"]
        put("organizations", organization)
        put("services", service, organization_id=organization["id"])
        for owner, name in ((organization, "organization_id"), (service, "service_id")):
            for phone in owner.get("phones", []):
                put("phones", phone, **{name: owner["id"]})
        for table in ("languages", "cost_options", "schedules"):
            for row in service.get(table, []):
                put(table, row, service_id=service["id"])
        for attribute in service.get("attributes", []):
            put("taxonomy_terms", attribute["taxonomy_term"])
            put("attributes", attribute, taxonomy_term_id=attribute["taxonomy_term"]["id"])
        for place in service["service_at_locations"]:
            location = place["location"]
            put("service_at_location", place, service_id=service["id"], location_id=location["id"])
            put("locations", location)
            for table in ("addresses", "accessibility"):
                for row in location.get(table, []):
                    put(table, row, location_id=location["id"])
    found = {}
    for table, rows in tables.items():
        out = io.StringIO()
        columns = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)
        found[f"{table}.csv"] = out.getvalue().encode()
    return found


def test_the_tables_say_what_the_page_says(db: None, tmp_path: Path) -> None:
    land(page())
    with zipfile.ZipFile(tmp_path / "tables.zip", "w") as archive:
        for name, data in as_tables(PAGE["contents"]).items():
            archive.writestr(name, data)
        archive.writestr("datapackage.json", "{}")
    files = inputs_at(tmp_path / "tables.zip")
    assert counts(land(files, name="hsds-services")) == (5, 0, 0, 4, 0, 0), "fact for fact"


@pytest.mark.parametrize("shape", ["list", "lines", "organization", "one"])
def test_other_shapes_of_the_json_form(db: None, shape: str) -> None:
    services = PAGE["contents"]
    data = {
        "list": json.dumps(services), "lines": "\n".join(map(json.dumps, services)),
        "organization": json.dumps([{**services[0]["organization"], "services": [
            {name: value for name, value in service.items() if name != "organization"} for service in services]}]),
        "one": json.dumps(services[0]),
    }[shape]  # fmt: skip
    told = land([of_bytes(data.encode(), "x.json")])
    assert counts(told)[:2] == ((2, 2) if shape == "one" else (5, 4))


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", b'{"contents": [', b'{"contents": [{"id": NaN}]}', b"\xff\xfe", b'{"a": 1', b"[" * 100_000,
     b'{"name": "x", "status": "\\ud800"' + b" " * 9, json.dumps(PAGE).encode()[:-20]],
)  # fmt: skip
def test_what_cannot_be_read_writes_nothing(db: None, data: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        land([of_bytes(data, "x.json")])
    assert refusal.value.exit_code == 2 and not ImportRun.objects.exists()


def test_half_a_character_in_an_id_rejects_that_row_alone(db: None) -> None:
    whole = counts(land(page()))
    first, *others = PAGE["contents"]
    broken = {**first, "service_at_locations": [{"location": {"id": "a\ud800", "name": "Here"}}]}
    told = land(page(contents=[broken, *others]))
    rejected = [(one["field"], one["reason"]) for one in told.report.rejects]
    assert ("location", "has an id that is none") in rejected
    assert counts(told)[-1] == 0, "whose row it was cannot be told: nothing is retired"
    assert whole[0] >= counts(told)[0]


def test_a_table_that_is_torn_writes_nothing(db: None) -> None:
    tables = as_tables(PAGE["contents"])
    for name, data in (("services.csv", tables["services.csv"][:-40]), ("addresses.csv", b'id,x\n"never closed\n')):
        files = [of_bytes(content, file) for file, content in {**tables, name: data}.items()]
        with pytest.raises(BadInput):
            land(files)
    assert not ImportRun.objects.exists()
    ragged = {**tables, "phones.csv": tables["phones.csv"] + b"one,cell\n"}
    told = land([of_bytes(content, file) for file, content in ragged.items()])
    assert told.unknown is not None and next(iter(told.unknown))["field"] == "phone"


def test_a_sources_name_lasts_from_edition_to_edition() -> None:
    assert source_name("hsds", "/x/county-211_2026-10.json") == source_name("hsds", "county-211_20261101.zip")
    assert source_name("hsds", "/x/hsds-3.0-baltimore") == "hsds-hsds-3.0-baltimore"


@pytest.fixture
def real() -> Path:
    folder = os.environ.get("WARMHANDOFF_TEST_DATA")
    if not folder:
        pytest.skip("WARMHANDOFF_TEST_DATA names no folder with the real files")
    return Path(folder)


@pytest.mark.slow
def test_the_real_directory_in_both_forms(db: None, real: Path) -> None:
    folder = real / "hsds-3.0-baltimore"
    told = land(inputs_at(folder / "services_full_page.json"), "baltimore")
    assert counts(told) == (1304, 1304, 0, 0, 0, 0)
    tables = counts(land(inputs_at(folder), "baltimore"))
    assert tables == (1304, 0, 44, 1260, 0, 0), "the tables add the telephones of organizations, and no more"
    assert counts(land(inputs_at(folder), "baltimore")) == (1304, 0, 0, 1304, 0, 0), "read again, they change nothing"
    kinds = Counter(Listing.objects.values_list("kind", flat=True))
    assert kinds["social_service"] > 1000 and kinds["crisis_service"] > 5
    hidden = [listing for listing in Listing.objects.all() if "confidential" in listing.facts_now]
    assert len(hidden) >= 4 and all("address" not in listing.facts_now for listing in hidden)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["examples/service_full.json", "examples/csv", "examples/organization_full.json"])
def test_the_standards_own_examples(db: None, real: Path, path: str) -> None:
    told = land(inputs_at(real / "hsds-3.0" / path), path)
    assert counts(told) == (1, 1, 0, 0, 0, 0)
    assert told.unknown is not None and [row["field"] for row in told.unknown] == ["lat"], "latitude 100"
