"""A health plan's directory (Plan-Net): roles and services of behavioural health, with what they refer to."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.importing import npi
from warmhandoff.directory.models import Fact, ImportRun, Listing
from warmhandoff.imports.inputs import Input, inputs_at, of_bytes
from warmhandoff.imports.plan_net import import_plan_net
from warmhandoff.imports.telling import Told
from warmhandoff.rules.refusals import BadInput

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "samples" / "plan-net" / "bundle.json"
BUNDLE = json.loads(SAMPLE.read_text())


def land(files: list[Input], path: str = "plan.json", **more: Any) -> Told:
    told = import_plan_net(files, path, practice_id=None, now=NOW, **more)
    figures = told.report.figures()
    landed = sum(figures[name] for name in ("added", "changed", "unchanged", "merged"))
    assert figures["rows"] == landed + len(list(told.report.rejects))
    return told


def bundle(**changes: dict[str, Any]) -> list[Input]:
    """The sample; with `Kind_id={...}` that resource is changed."""
    entries = []
    for entry in BUNDLE["entry"]:
        resource = entry["resource"]
        change = changes.get(f"{resource['resourceType']}_{resource['id'].replace('-', '_')}", {})
        entries.append({**entry, "resource": {**resource, **change}})
    return [of_bytes(json.dumps({**BUNDLE, "entry": entries}).encode(), "plan.json")]


def counts(told: Told) -> tuple[int, ...]:
    figures = told.report.figures()
    return tuple(figures[name] for name in ("rows", "added", "changed", "unchanged", "merged", "retired"))


def facts(key: str) -> dict[str, Any]:
    return {name: fact["value"] for name, fact in Listing.objects.get(source_key=key).facts_now.items()}


def test_a_bundle(db: None) -> None:
    told = land(bundle())
    assert counts(told) == (4, 2, 0, 0, 0, 0)
    assert [(row["line"], row["field"], row["reason"]) for row in told.report.rejects] == [
        (8, "specialty", "outside behavioural health"), (9, "active", "is not active"),
    ]  # fmt: skip
    assert told.unknown is not None
    assert [row["reason"] for row in told.unknown] == ["Location/gone is not in the file"]
    assert facts("PractitionerRole/ana-role/house") == {
        "name": "Ana Invented", "credentials": "LCSW", "kind": "therapist", "program_type": "Clinical social worker",
        "npi": npi(41), "accepting": "open", "languages": ["en", "es"], "licensed_states": ["TX"],
        "plans": ["Invented Gold"], "formats": ["telehealth"], "access": ["wheelchair"], "phone": "(512) 555-0140",
        "address": "1 Oak Ln", "city": "Austin", "state": "TX", "zip": "78704", "lat": 30.25, "lon": -97.76,
        "times": ["mon_midday", "mon_morning", "tue_midday", "tue_morning"],
    } | {"times": facts("PractitionerRole/ana-role/house")["times"]}  # fmt: skip
    tele = facts("HealthcareService/tele/house")
    assert (tele["name"], tele["kind"], tele["accepting"]) == ("Tele-counseling, Made-Up Clinic", "therapist", "closed")
    assert (tele["plans"], tele["npi"]) == (["Invented Gold"], npi(40)), "by the clinic's affiliation"
    role = Listing.objects.get(source_key="PractitionerRole/ana-role/house")
    assert role.facts_now["plans"]["seen_on"] == "2026-10-01" and role.facts_now["plans"]["verified_on"] is None


def test_twice_and_whom_the_next_edition_lacks(db: None) -> None:
    land(bundle())
    written = Fact.objects.count()
    assert counts(land(bundle())) == (4, 0, 0, 2, 0, 0) and Fact.objects.count() == written
    assert counts(land(bundle(PractitionerRole_ana_role={"active": False}))) == (4, 0, 0, 1, 0, 1)
    more = [of_bytes(bundle()[0].open().read().replace(b'"collection"', b'"searchset", "link": [{"relation": "next"}]'),
                     "plan.json")]  # fmt: skip
    assert counts(land(more)) == (4, 0, 1, 1, 0, 0)


def test_a_dry_run_and_the_same_as_lines(db: None) -> None:
    tried = land(bundle(), dry_run=True)
    assert not ImportRun.objects.exists()
    lines = "\n".join(json.dumps(entry["resource"]) for entry in BUNDLE["entry"])
    assert counts(land([of_bytes(lines.encode(), "plan.ndjson")])) == counts(tried)
    assert counts(land(bundle())) == (4, 0, 0, 2, 0, 0)


def test_what_is_odd_is_left_unknown_and_told(db: None) -> None:
    told = land(bundle(
        Practitioner_ana={"identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "NPI323"}]},
        Location_house={"position": {"latitude": 15, "longitude": 3}, "telecom": "none", "extension": [7]},
        Organization_clinic={"name": 7, "telecom": [{"system": "email", "value": "nobody"}]},
    ))  # fmt: skip
    assert told.unknown is not None
    assert {row["field"] for row in told.unknown} == {"npi", "lat", "location"}
    assert "npi" not in facts("PractitionerRole/ana-role/house")


def test_half_a_character_in_a_reference_points_to_nothing(db: None) -> None:
    told = land(bundle(PractitionerRole_ana_role={"organization": {"reference": "Organ\ud800ization/clinic"}}))
    assert told.unknown is not None and any("is not in the file" in row["reason"] for row in told.unknown)
    assert Listing.objects.filter(source_key="PractitionerRole/ana-role/house").exists()


def test_a_shelters_place_is_not_kept(db: None) -> None:
    land(bundle(HealthcareService_tele={"name": "Domestic Violence Shelter"}))
    assert facts("HealthcareService/tele/house")["confidential"] is True
    assert not {"address", "lat", "zip"} & set(facts("HealthcareService/tele/house"))


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b'{"resourceType": "Bundle"}', b'{"resourceType": "Bundle", "entry": [', b'{"entry": [1]}', b"[[]]",
     b'{"entry": [{"resource": {"resourceType": "PractitionerRole"}}]}', b'{"resourceType": "Patient", "id": "1"}'],
)  # fmt: skip
def test_what_holds_no_listing_writes_nothing(db: None, data: bytes) -> None:
    with pytest.raises(BadInput):
        land([of_bytes(data, "plan.json")])
    assert not ImportRun.objects.exists()


@pytest.mark.slow
def test_the_guides_own_examples(db: None) -> None:
    folder = os.environ.get("WARMHANDOFF_TEST_DATA")
    if not folder:
        pytest.skip("WARMHANDOFF_TEST_DATA names no folder with the real files")
    told = land(inputs_at(Path(folder) / "fhir-plannet-1.1.0" / "examples"))
    assert counts(told) == (8, 0, 0, 0, 0, 0), "a hospital and its clinics: none of behavioural health"
