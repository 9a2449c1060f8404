"""The exports are what their standards say, and what a reader gets who knows nothing of our own marks."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.exports.listings import EVERYTHING, any_values, make_listing
from tests.exports.test_round_trips import bring_in, written
from warmhandoff.directory.fields import checked
from warmhandoff.directory.models import Listing

DATA = os.environ.get("WARMHANDOFF_TEST_DATA", "")


def without_our_marks(form: str, document: dict[str, Any]) -> dict[str, Any]:
    """What another program would read."""
    if form == "hsds":
        for service in document["contents"]:
            del service["attributes"]
    else:
        for entry in document["entry"]:
            resource = entry["resource"]
            kept = [one for one in resource.get("extension", ()) if not one["url"].startswith("urn:warmhandoff")]
            resource["extension"] = kept
    return document


# What each standard's own fields tell again; the rest is carried by our marks alone (docs/guides/exporting.md).
NATIVE = {
    "hsds": {"name", "other_names", "kind", "wait_days", "age_groups", "languages", "fee", "times", "access", "phone",
             "fax", "email", "website", "address", "city", "state", "zip", "lat", "lon", "about"},
    "fhir": {"name", "kind", "accepting", "times", "access", "formats", "phone", "fax", "email", "website", "address",
             "city", "state", "zip", "lat", "lon", "about"},
}  # fmt: skip


@pytest.mark.parametrize("form", NATIVE)
def test_another_reader_gets_what_the_standard_has_a_field_for(cast: Cast, form: str, tmp_path: Path) -> None:
    plain = {**EVERYTHING, "name": "Dana Example Counseling", "phone": "(512) 555-0100", "fax": "(512) 555-0101",
             "accepting": "open", "about": "One line."}  # fmt: skip
    make_listing(checked(plain))
    document = without_our_marks(form, json.loads(written(form)))
    bring_in(form, json.dumps(document).encode(), tmp_path, cast.practice.pk)
    values = {name: fact["value"] for name, fact in Listing.objects.get(practice=cast.practice).facts_now.items()}
    assert {name: values.get(name) for name in NATIVE[form]} == {name: checked(plain)[name] for name in NATIVE[form]}


def _registry() -> Any:
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    folder = Path(DATA) / "hsds-3.0" / "schema"
    return Registry().with_resources(
        (path.name, Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT202012))
        for path in folder.glob("*.json")
    )


@pytest.mark.skipif(not DATA, reason="WARMHANDOFF_TEST_DATA is not set: the standard's schema is not here")
def test_the_services_are_what_the_schema_of_hsds_says(cast: Cast) -> None:
    from jsonschema import Draft202012Validator, FormatChecker

    make_listing(checked(EVERYTHING))
    make_listing(checked({"name": "Bare", "kind": "housing", "confidential": True, "state": "TX"}), key="bare")
    for seed in range(2, 12):
        make_listing(any_values(seed), key=f"k{seed}", seed=seed)
    validator = Draft202012Validator(
        {"$ref": "service.json"}, registry=_registry(), format_checker=FormatChecker()
    )
    services = json.loads(written("hsds"))["contents"]
    faults = [f"{list(each.path)}: {each.message}" for service in services for each in validator.iter_errors(service)]
    assert len(services) == 12 and faults == []
    broken = {**services[0], "status": "asleep", "phones": [{"number": 5}]}
    assert len(list(validator.iter_errors(broken))) == 3, "the schema can tell"


@pytest.mark.skipif(not DATA, reason="WARMHANDOFF_TEST_DATA is not set: the standard's tables are not here")
def test_the_tables_have_the_columns_of_hsds(cast: Cast) -> None:
    make_listing(checked(EVERYTHING))
    folder = Path(DATA) / "hsds-3.0" / "schema"
    schemas = {}
    for path in folder.glob("*.json"):
        raw = json.loads(path.read_text())
        if isinstance(raw, dict) and "path" in raw:
            schemas[raw["path"]] = raw
    with zipfile.ZipFile(io.BytesIO(written("hsds_tables"))) as packed:
        package = json.loads(packed.read("datapackage.json"))
        assert {one["path"] for one in package["resources"]} | {"datapackage.json"} == set(packed.namelist())
        for one in package["resources"]:
            rows = list(csv.DictReader(io.StringIO(packed.read(one["path"]).decode())))
            schema = schemas[one["path"]]
            assert rows and set(rows[0]) <= set(schema["properties"])
            for name in {*schema.get("required", ()), *schema.get("tabular_required", ())}:
                assert all(row[name] for row in rows), (one["path"], name)


def test_the_bundle_is_what_the_profiles_ask_for(cast: Cast) -> None:
    make_listing(checked(EVERYTHING))
    make_listing(checked({"name": "Bare", "kind": "housing", "confidential": True, "state": "TX"}), key="bare")
    bundle = json.loads(written("fhir"))
    resources = [entry["resource"] for entry in bundle["entry"]]
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    services = [one for one in resources if one["resourceType"] == "HealthcareService"]
    places = {one["id"]: one for one in resources if one["resourceType"] == "Location"}
    assert len(services) == 2 and len(places) == 1
    for service in services:
        assert service["active"] is True and len(service["category"]) == 1 and service["name"]
        assert all(one["reference"].removeprefix("Location/") in places for one in service.get("location", ()))
    for place in places.values():
        assert place["status"] == "active" and place["name"] and set(place["position"]) == {"latitude", "longitude"}
        assert "mode" not in place
    for resource in resources:
        empty = [name for name, value in resource.items() if value in (None, [], {}, "")]
        assert not empty, "FHIR knows no empty values"
    assert [json.loads(line) for line in written("fhir_lines").decode().splitlines()] == resources


def test_nothing_is_exported_from_an_empty_directory(cast: Cast) -> None:
    assert json.loads(written("hsds"))["empty"] is True and json.loads(written("fhir"))["entry"] == []
    assert len(written("csv").splitlines()) == 1
    assert NOW
