"""CSV imports: every row accounted for, twice changes nothing, and no file however odd breaks anything."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmhandoff.directory import importing, landing
from warmhandoff.directory.listing import edit
from warmhandoff.directory.models import Fact, ImportRun, Listing, Source
from warmhandoff.imports import sheet
from warmhandoff.imports.mapping import Mapping, open_mapping, parse_mapping, shipped
from warmhandoff.rules.refusals import BadInput

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
MAPPING = """
[source]
name = "my-network"
[key]
columns = ["id"]
[unknown]
texts = ["n/a"]
[dates]
stated = { column = "seen" }
verified = { column = "checked" }
[facts.name]
column = "name"
[facts.kind]
column = "kind"
[facts.treats]
column = "treats"
split = "|"
[facts.fee]
column = "fee"
[facts.zip]
column = "zip"
[point]
lat = "lat"
lon = "lon"
unknown = ["1.5 2.5"]
"""
HEADER = ["id", "name", "kind", "treats", "fee", "zip", "lat", "lon", "seen", "checked"]
ANA = ["1", "Ana", "therapist", "trauma|anxiety", "$150", "78704-1234", "30.2", "-97.7", "2026-11-01", ""]
BO = ["2", "Bo", "prescriber", "", "n/a", "", "", "", "", "2026-11-10"]


@pytest.fixture
def mapping() -> Mapping:
    return parse_mapping(MAPPING, "my.toml")


def text_of(*rows: list[str], header: list[str] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()


def land(data: bytes, mapping: Mapping | str | None, *, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    opened = sheet.open_sheet(data, "file.csv", mapping)
    report = sheet.import_sheet(opened, practice_id=more.pop("practice_id", None), now=now, **more).as_json()
    handled = sum(report[name] for name in ("added", "changed", "unchanged", "merged"))
    assert report["rows"] == handled + len(report["rejected"])
    return report


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("added", "changed", "unchanged", "merged", "retired"))


def facts_of(key: str) -> dict[str, Any]:
    return {name: fact["value"] for name, fact in Listing.objects.get(source_key=key).facts_now.items()}


def state() -> list[Any]:
    """Everything an import may write, without keys and times of writing."""
    listings = Listing.objects.order_by("source_key").values_list("source_key", "name", "kind", "zip", "retired_at")
    facts = Fact.objects.order_by("listing__source_key", "field", "id").values_list(
        "listing__source_key", "field", "value", "seen_on", "verified_on"
    )
    return [*listings, *facts]


def test_rows_become_facts(db: None, mapping: Mapping) -> None:
    assert counts(land(text_of(ANA, BO), mapping)) == (2, 0, 0, 0, 0)
    assert facts_of("1") == {
        "name": "Ana", "kind": "therapist", "treats": ["anxiety", "trauma"], "fee": 15000, "zip": "78704", "lat": 30.2,
        "lon": -97.7,
    }  # fmt: skip
    assert facts_of("2") == {"name": "Bo", "kind": "prescriber"}
    ana, bo = (Listing.objects.get(source_key=key).facts_now["name"] for key in "12")
    assert (ana["seen_on"], ana["verified_on"]) == ("2026-11-01", None)
    assert (bo["seen_on"], bo["verified_on"]) == ("2026-11-23", "2026-11-10")


def test_the_same_file_again_changes_nothing(db: None, mapping: Mapping) -> None:
    land(text_of(ANA, BO), mapping)
    before = state()
    assert counts(land(text_of(ANA, BO), mapping, now=NOW + timedelta(days=40))) == (0, 0, 2, 0, 0)
    assert state() == before


def test_a_changed_row_changes_its_facts_alone(db: None, mapping: Mapping) -> None:
    land(text_of(ANA, BO), mapping)
    facts = Fact.objects.count()
    dearer = [*ANA[:3], "", "$160.50", *ANA[5:]]
    assert counts(land(text_of(dearer, BO), mapping)) == (0, 1, 1, 0, 0)
    assert facts_of("1")["fee"] == 16050
    assert "treats" not in facts_of("1")
    assert Fact.objects.count() == facts + 2


def test_a_row_that_is_gone_is_retired_and_one_that_returns_is_back(db: None, mapping: Mapping) -> None:
    land(text_of(ANA, BO), mapping)
    assert counts(land(text_of(ANA), mapping)) == (0, 0, 1, 0, 1)
    assert Listing.objects.get(source_key="2").retired_at is not None
    assert counts(land(text_of(ANA, BO), mapping)) == (0, 1, 1, 0, 0)
    assert Listing.objects.get(source_key="2").retired_at is None


def test_rows_alike_are_merged_and_rows_at_odds_rejected(db: None, mapping: Mapping) -> None:
    other = ["1", "Another Ana", *ANA[2:]]
    report = land(text_of(ANA, BO, ANA, other), mapping)
    assert counts(report) == (2, 0, 0, 1, 0)
    assert [(row["line"], row["field"]) for row in report["rejected"]] == [(5, "key")]
    again = land(text_of(ANA, BO, ANA, other), mapping)
    assert counts(again) == (0, 0, 2, 1, 0)
    assert facts_of("1")["name"] == "Ana"


def test_rows_alike_are_merged_across_batches(db: None, mapping: Mapping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "BATCH", 1)
    assert counts(land(text_of(ANA, BO, ANA), mapping)) == (2, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("place", "cell", "field"),
    [
        (1, "", "name"), (2, "wizard", "kind"), (2, "", "kind"), (3, "traums", "treats"), (4, "cheap", "fee"),
        (4, "-5", "fee"), (4, "1e99", "fee"), (4, "NaN", "fee"), (5, "7870", "zip"), (6, "91", "lat"), (6, "", "lat"),
        (6, "nan", "lat"), (8, "01/02/2026", "seen"), (8, "2027-01-01", "seen"), (0, "", "key"), (1, "A\x01", "name"),
        (1, "x" * 301, "name"),
    ],
)  # fmt: skip
def test_a_bad_cell_rejects_its_row_and_the_rest_lands(
    db: None, mapping: Mapping, place: int, cell: str, field: str
) -> None:
    bad = [*ANA[:place], cell, *ANA[place + 1 :]]
    report = land(text_of(bad, BO), mapping)
    assert counts(report) == (1, 0, 0, 0, 0)
    assert [(row["line"], row["field"]) for row in report["rejected"]] == [(2, field)]
    assert Listing.objects.get().source_key == "2"


def test_zero_zero_is_rejected_and_a_filler_is_not_known(db: None, mapping: Mapping) -> None:
    lost = [*ANA[:6], "0", "0", *ANA[8:]]
    filler = [*BO[:6], "1.5", "2.5", *BO[8:]]
    report = land(text_of(lost, filler), mapping)
    assert [row["field"] for row in report["rejected"]] == ["lat"]
    assert "lat" not in facts_of("2")


@pytest.mark.parametrize(
    "row", [b"1,Ana\n", b'1,A\xe9na,therapist,,,,,,,\n', b"1,A\x00na,therapist,,,,,,,\n", b'1,"A"na,therapist,,,,,,,\n']
)
def test_a_torn_row_is_rejected_by_its_line(db: None, mapping: Mapping, row: bytes) -> None:
    land(text_of(ANA, BO), mapping)
    header, _, bo = text_of(ANA, BO).splitlines(keepends=True)
    report = land(header + row + b"\n" + bo, mapping)
    assert [row["line"] for row in report["rejected"]] == [2]
    # Whose row it was cannot be told, so nobody is retired for it.
    assert counts(report) == (0, 0, 1, 0, 0)


def test_a_rejected_row_keeps_its_listing(db: None, mapping: Mapping) -> None:
    land(text_of(ANA, BO), mapping)
    assert counts(land(text_of([*ANA[:2], "wizard", *ANA[3:]], BO), mapping)) == (0, 0, 1, 0, 0)
    assert Listing.objects.get(source_key="1").retired_at is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "header"), (b"\n\n", "header"), (b"\xff\xfei\x00d\x00", "header"), (b"a,b\n1,2\n", "fee"),
        (text_of(ANA, header=[*HEADER[:-1], "id"]), "checked"),
        (text_of(ANA) + b'3,"Never closed\n' + b"x,y\n" * 10, None),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_writes_nothing(db: None, mapping: Mapping, data: bytes, field: str | None) -> None:
    with pytest.raises(BadInput) as refusal:
        land(data, mapping)
    assert field in [problem.field for problem in refusal.value.problems]
    assert all(problem.file == "file.csv" for problem in refusal.value.problems)
    assert not Listing.objects.exists() and not ImportRun.objects.exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(db: None, mapping: Mapping) -> None:
    data = text_of(ANA, BO, ANA, [*BO[:2], "wizard", *BO[3:]])
    tried = land(data, mapping, dry_run=True)
    assert not Source.objects.exists() and not Listing.objects.exists()
    assert land(data, mapping) == tried


def test_an_import_that_was_killed_ends_the_same(db: None, mapping: Mapping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "BATCH", 2)
    data = text_of(*[[str(n), f"Person {n}", *ANA[2:]] for n in range(9)])
    land(data, mapping)
    whole = state()
    Listing.objects.all().delete()
    batches = 0

    def die(*args: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        return landing.land(*args)

    monkeypatch.setattr(importing, "land", die)
    with pytest.raises(KeyboardInterrupt):
        land(data, mapping)
    assert Listing.objects.count() == 4
    monkeypatch.setattr(importing, "land", landing.land)
    assert counts(land(data, mapping)) == (9, 0, 0, 0, 0), "it goes on where it was, and tells the whole"
    assert state() == whole
    assert ImportRun.objects.filter(finished_at=None).count() == 0


def test_a_persons_word_outlasts_the_next_import(cast: Any, mapping: Mapping) -> None:
    practice: UUID = cast.practice.pk
    land(text_of(ANA), mapping, practice_id=practice)
    listing = Listing.objects.get()
    edit(cast.actor(), listing.pk, {"fee": 12000}, now=cast.now)
    assert counts(land(text_of([*ANA[:4], "$170", *ANA[5:]]), mapping, practice_id=practice)) == (0, 1, 0, 0, 0)
    assert facts_of("1")["fee"] == 12000


def test_the_same_source_of_two_practices_is_two(cast: Any, mapping: Mapping) -> None:
    land(text_of(ANA), mapping, practice_id=cast.practice.pk)
    assert counts(land(text_of(ANA), mapping)) == (1, 0, 0, 0, 0)


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    mapping = parse_mapping(MAPPING, "my.toml")
    for content in (data, text_of(ANA) + data):
        try:
            opened = sheet.open_sheet(content, "file.csv", mapping)
        except BadInput:
            continue
        assert opened.rows == sum(1 for _ in opened.records())


_cell = st.text(st.sampled_from('ab1|,"\n\x00$.-/ é\ud800'), max_size=6)


@pytest.mark.django_db
@settings(max_examples=60)
@given(st.lists(st.lists(_cell, min_size=8, max_size=11), max_size=4))
def test_any_rows_are_landed_or_rejected_and_nothing_else(rows: list[list[str]]) -> None:
    Listing.objects.all().delete()
    mapping = parse_mapping(MAPPING, "my.toml")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADER, *rows])
    try:
        report = land(out.getvalue().encode("utf-8", "surrogatepass"), mapping)
    except BadInput:
        assert not Listing.objects.exists()
    else:
        assert Listing.objects.count() == report["added"]


# The mappings that come with the product.


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_mapping_is_known_by_its_header_and_has_a_sample(db: None, name: str) -> None:
    data = (SAMPLES / f"{name}.csv").read_bytes()
    opened = sheet.open_sheet(data, "x.csv")
    assert opened.mapping is shipped()[name] is open_mapping(name)
    before = counts(land(data, None))
    assert before[0] > 0
    assert counts(land(data, None)) == (0, 0, before[0], before[3], 0)


def test_new_york_programmes(db: None) -> None:
    assert land((SAMPLES / "ny-omh-programs.csv").read_bytes(), None)["rejected"] == []
    clinic, rooms, care, line, new = (facts_of(f"9001/00{number}") for number in range(1, 6))
    assert (clinic["kind"], clinic["levels"]) == ("program", ["outpatient"])
    assert (clinic["lat"], clinic["lon"]) == (42.65, -73.75)
    assert clinic["age_groups"] == ["young_adult", "adult", "older_adult"]
    assert clinic["phone"] == "(518)555-0101"
    assert (rooms["kind"], rooms["confidential"], rooms["phone"]) == ("housing", True, "(518)555-0100")
    assert "lat" not in rooms and "lat" not in care and "confidential" not in care
    assert care["kind"] == "case_management"
    assert (line["kind"], line["levels"]) == ("crisis_service", ["crisis"])
    assert "age_groups" not in line
    assert (new["kind"], new["levels"]) == ("program", ["outpatient"])  # a type nobody knew, by its category


def test_registers_give_few_facts_and_their_npis_are_checked(db: None) -> None:
    report = land((SAMPLES / "cms-nppes-sample.csv").read_bytes(), None)
    assert [(row["line"], row["field"]) for row in report["rejected"]] == [
        (3, "Healthcare Provider Taxonomy Code_1"), (4, "npi"),
    ]  # fmt: skip
    ana = facts_of("1234567893")
    assert (ana["name"], ana["kind"], ana["zip"]) == ("Inventa Willowby", "therapist", "78704")
    assert not {"accepting", "plans", "formats", "licensed_states", "identities", "age_groups"} & set(ana)


def test_each_place_of_a_clinician_is_a_listing(db: None) -> None:
    report = land((SAMPLES / "cms-clinicians-sample.csv").read_bytes(), None)
    assert counts(report) == (3, 0, 0, 1, 0)
    assert [(row["line"], row["field"]) for row in report["rejected"]] == [(5, "key")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("[source]", "[sources]"), "sources"), (('name = "my-network"', ""), "source.name"),
        (('columns = ["id"]', "columns = 3"), "key.columns"), (("[facts.kind]", "[facts.kinds]"), "facts.kinds"),
        (('column = "kind"', ""), "facts.kind"), (('split = "|"', 'spilt = "|"'), "facts.treats.spilt"),
        (('split = "|"', 'values = { Trauma = ["traums"] }'), "facts.treats.values.treats"),
        (('lat = "lat"', ""), "point"), (("[facts.name]", "[fact.name]"), "facts.name"),
    ],
)  # fmt: skip
def test_a_faulty_mapping_is_refused_by_its_key(change: tuple[str, str], field: str) -> None:
    assert change[0] in MAPPING
    with pytest.raises(BadInput) as refusal:
        parse_mapping(MAPPING.replace(*change), "my.toml")
    assert field in [problem.field for problem in refusal.value.problems]
    assert all(problem.file == "my.toml" for problem in refusal.value.problems)


@given(st.text(max_size=80))
def test_no_mapping_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(BadInput):
        parse_mapping(text, "my.toml")


def test_an_unknown_header_says_how_to_get_a_mapping() -> None:
    with pytest.raises(BadInput, match="importing.md"):
        sheet.open_sheet(text_of(ANA), "file.csv")


@pytest.fixture
def real() -> Iterator[Path]:
    folder = os.environ.get("WARMHANDOFF_TEST_DATA")
    if not folder:
        pytest.skip("WARMHANDOFF_TEST_DATA names no folder with the real files")
    yield Path(folder)


@pytest.mark.slow
def test_the_real_new_york_file(db: None, real: Path) -> None:
    data = (real / "ny-omh-local-mental-health-programs" / "Local_Mental_Health_Programs.csv").read_bytes()
    report = land(data, None)
    assert counts(report) == (3976, 0, 0, 0, 0) and report["rejected"] == []
    points = [listing.facts_now.get("lat") for listing in Listing.objects.all()]
    assert points.count(None) == 1273 + 105
    assert counts(land(data, None, now=NOW + timedelta(days=1))) == (0, 0, 3976, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["NPPES", "CMS"])
def test_the_real_registers(db: None, real: Path, name: str) -> None:
    data = (real / "nppes-cms-2026-06-sample" / f"clean_{name}_sample.csv").read_bytes()
    report = land(data, None)
    assert report["added"] > 0
    assert all("behavioural" in row["reason"] for row in report["rejected"])


def test_where_a_confidential_place_lies_is_not_kept(db: None) -> None:
    own = MAPPING.replace('verified = { column = "checked" }\n', "").replace('split = "|"\n', "")
    own = own.replace("[facts.treats]", "[facts.address]") + '[facts.confidential]\ncolumn = "checked"\n'
    hidden = [*ANA[:3], "99 Hidden Way", *ANA[4:9], "yes"]
    report = land(text_of(hidden, [*hidden[:9], "no"], header=HEADER), parse_mapping(own, "my.toml"))
    assert report["added"] == 1 and len(report["rejected"]) == 1
    assert not {"address", "zip", "lat", "lon"} & set(facts_of("1")) and facts_of("1")["confidential"] is True
    assert not Fact.objects.filter(field__in=["address", "zip", "lat", "lon"]).exists()
