"""What goes out comes back: every fact with its dates, in every format."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.exports.listings import EVERYTHING, ODD, any_values, make_listing, said
from warmhandoff.directory.exporting import outgoing
from warmhandoff.directory.fields import FIELDS, checked
from warmhandoff.directory.listing import edit, relate
from warmhandoff.directory.models import Listing
from warmhandoff.exports.files import export
from warmhandoff.exports.sheet import harmless
from warmhandoff.imports.cells import unguarded
from warmhandoff.imports.hsds import import_hsds
from warmhandoff.imports.inputs import Input, inputs_at, of_bytes
from warmhandoff.imports.plan_net import import_plan_net
from warmhandoff.imports.sheet import import_sheet, open_sheet

pytestmark = pytest.mark.slow

SECRETS = ("Hidden", "76701", "31.55", "97.15", "Waco")
NAMES = {"csv": "out.csv", "hsds": "out.json", "hsds_tables": "out.zip", "fhir": "out.json", "fhir_lines": "out.ndjson"}


def written(form: str, practice_id: Any = None) -> bytes:
    file = io.BytesIO()
    export(form.partition("_")[0], file, NAMES[form], practice_id)
    return file.getvalue()


def bring_in(form: str, data: bytes, folder: Path, practice_id: Any) -> list[Any]:
    """Import a file into a practice; what was rejected."""
    path = folder / NAMES[form]
    path.write_bytes(data)
    files: list[Input] = inputs_at(path) if path.suffix == ".zip" else [of_bytes(data, path.name)]
    if form == "csv":
        return list(import_sheet(open_sheet(data, "out.csv"), practice_id=practice_id, now=NOW).rejects)
    bring = import_hsds if form.startswith("hsds") else import_plan_net
    told = bring(files, path.name, practice_id=practice_id, now=NOW)
    return [*told.report.rejects, *(told.unknown or ())]


@pytest.mark.parametrize("form", NAMES)
def test_every_fact_comes_back_with_its_dates(cast: Cast, form: str, tmp_path: Path) -> None:
    assert set(checked(EVERYTHING)) == set(FIELDS), "a new fact has to be exported"
    whole = make_listing(checked(EVERYTHING))
    others = [make_listing(any_values(seed), key=f"k{seed}", seed=seed) for seed in range(2, 12)]
    data = written(form)
    assert bring_in(form, data, tmp_path, cast.practice.pk) == []
    before = sorted(map(repr, (said(listing) for listing in [whole, *others])))
    copies = list(Listing.objects.filter(practice=cast.practice))
    assert sorted(repr(said(copy)) for copy in copies) == before
    changed = {copy.pk: copy.changed_in for copy in copies}
    bring_in(form, data, tmp_path, cast.practice.pk)
    assert {copy.pk: copy.changed_in for copy in Listing.objects.filter(practice=cast.practice)} == changed


def test_what_a_csv_cannot_hold(cast: Cast, tmp_path: Path) -> None:
    """A plan with an upright stroke in its name: the stroke sets plans apart."""
    make_listing(checked({"name": "A", "kind": "therapist", "plans": ["One | Two"]}))
    bring_in("csv", written("csv"), tmp_path, cast.practice.pk)
    assert Listing.objects.get(practice=cast.practice).facts_now["plans"]["value"] == ["One / Two"]


@pytest.mark.parametrize("form", NAMES)
def test_a_confidential_place_is_in_no_export(cast: Cast, form: str) -> None:
    where = {"address": "9 Hidden Road", "city": "Waco", "zip": "76701", "lat": 31.55, "lon": -97.15}
    for key, hidden in (("1", True), ("2", False)):
        make_listing({**checked(EVERYTHING), **where, "confidential": hidden, "name": f"House {key}"}, key=key)
    assert all(secret in unpacked(written(form)) for secret in SECRETS), "an open place is told"
    Listing.objects.filter(source_key="2").update(retired_at=NOW)
    told = unpacked(written(form))
    assert "House 1" in told and not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize("form", NAMES)
def test_a_place_that_the_practice_keeps_confidential_is_not_in_its_export(cast: Cast, form: str) -> None:
    where = {"address": "9 Hidden Road", "city": "Waco", "zip": "76701", "lat": 31.55, "lon": -97.15}
    shared = make_listing({**checked(EVERYTHING), **where})
    edit(cast.actor(), shared.pk, {"confidential": True}, now=NOW)
    told = unpacked(written(form, cast.practice.pk))
    assert "Dana Example" in told and not [secret for secret in SECRETS if secret in told]


def unpacked(data: bytes) -> str:
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


def test_what_a_practice_exports_is_its_own_and_what_it_knows(cast: Cast) -> None:
    own = make_listing(checked({"name": "Own", "kind": "therapist"}), practice_id=cast.practice.pk)
    known = make_listing(checked({"name": "Known", "kind": "therapist", "fee": 100}), key="2")
    make_listing(checked({"name": "Shared", "kind": "therapist"}), key="3")
    relate(cast.actor(), known.pk, relationship="know_well", notes="private words", now=NOW)
    edit(cast.actor(), known.pk, {"fee": 20000}, now=NOW)
    mine = {listing.values["name"]: listing.values for listing in outgoing(cast.practice.pk)}
    assert set(mine) == {"Own", "Known"} and mine["Known"]["fee"] == 20000
    assert {listing.values["name"] for listing in outgoing(None)} == {"Known", "Shared"}
    assert {o.values.get("fee") for o in outgoing(None)} == {100, None}, "a practice's word stays its own"
    assert b"private words" not in written("hsds", cast.practice.pk)
    Listing.objects.filter(pk=own.pk).update(retired_at=NOW)
    assert {listing.values["name"] for listing in outgoing(cast.practice.pk)} == {"Known"}


_SIGNS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("text", [*ODD, *(sign + rest for sign in _SIGNS for rest in ("", "1", "'x"))])
def test_no_cell_is_a_formula_and_the_guard_comes_off(text: str) -> None:
    guarded = harmless(text)
    assert not guarded.startswith(tuple(_SIGNS))
    assert unguarded(guarded) == text


def test_only_the_mapping_of_our_exports_takes_apostrophes_off(cast: Cast) -> None:
    sheet = open_sheet(b"a,b,c\n1,'+x,therapist\n", "x.csv", _plain())
    import_sheet(sheet, practice_id=cast.practice.pk, now=NOW)
    assert Listing.objects.get().name == "'+x"


def _plain() -> Any:
    from warmhandoff.imports.mapping import parse_mapping

    text = '[source]\nname="x"\n[key]\ncolumns=["a"]\n[facts.name]\ncolumn="b"\n[facts.kind]\ncolumn="c"\n'
    return parse_mapping(text, "x.toml")


@pytest.mark.parametrize(
    ("fact", "reason"),
    [("no json", "without a value"), ('{"value": 5, "seen_on": "2099-01-01"}', "yet to come"),
     ('{"value": "x"}', "whole number"), ("[1]", "without a value"), ('{"value": 5, "seen_on": "soon"}', "a date like"),
     ("[" * 9000, "without a value")],
)  # fmt: skip
def test_what_is_carried_is_checked_like_anything_else(cast: Cast, fact: str, reason: str, tmp_path: Path) -> None:
    make_listing(checked({"name": "A", "kind": "therapist", "fee": 100}))
    page = json.loads(written("hsds"))
    for attribute in page["contents"][0]["attributes"]:
        if attribute["taxonomy_term"]["code"] == "fee":
            attribute["value"] = fact
    rejected = bring_in("hsds", json.dumps(page).encode(), tmp_path, cast.practice.pk)
    assert [row["field"] for row in rejected] == ["fee"] and reason in rejected[0]["reason"]
    assert not Listing.objects.filter(practice=cast.practice).exists()
