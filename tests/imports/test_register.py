"""The national provider register: every row told, few facts taken, nobody kept who is gone."""

from __future__ import annotations

import io
import os
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.importing import header, npi
from warmhandoff.directory import importing, landing
from warmhandoff.directory.fields import is_npi
from warmhandoff.directory.models import Fact, ImportRun, Listing
from warmhandoff.imports.inputs import Input, inputs_at, of_bytes
from warmhandoff.imports.register import import_register, is_whole
from warmhandoff.imports.taxonomy import specialities
from warmhandoff.imports.telling import Told
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import vocabulary

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FOLDER = Path(__file__).parent / "samples" / "nppes"
MAIN = FOLDER / "npidata_pfile_20251103-20251109.csv"
WEEK, ALL = "npidata_pfile_20251110-20251116.csv", "npidata_pfile_20050523-20251116.csv"


def land(files: list[Input], **more: Any) -> list[Told]:
    told = import_register(files, practice_id=None, now=NOW, **more)
    for one in told:
        figures = one.report.figures()
        landed = sum(figures[name] for name in ("added", "changed", "unchanged", "merged"))
        assert figures["rows"] == landed + len(one.report.rejects) == landed + len(list(one.report.rejects))
    return told


def counts(told: Told) -> tuple[int, ...]:
    figures = told.report.figures()
    return (*(figures[name] for name in ("rows", "added", "changed", "unchanged", "merged", "retired")),
            len(told.report.rejects))  # fmt: skip


def facts_of(key: str) -> dict[str, Any]:
    return {name: fact["value"] for name, fact in Listing.objects.get(source_key=key).facts_now.items()}


def lines(*wanted: int) -> bytes:
    """The sample's main file with only these of its rows."""
    rows = MAIN.read_bytes().splitlines(keepends=True)
    return rows[0] + b"".join(rows[number] for number in wanted)


def test_a_week_of_the_register(db: None) -> None:
    main, names, places, endpoints = sorted(land(inputs_at(FOLDER)), key=lambda told: told.part != "main")[:1] + [
        next(told for told in land(inputs_at(FOLDER)) if told.part == part)
        for part in ("other_names", "places", "endpoints")
    ]
    assert counts(main) == (9, 4, 0, 0, 0, 0, 5)
    assert [(row["line"], row["field"]) for row in main.report.rejects] == [
        (4, "Healthcare Provider Taxonomy Code"), (6, "NPI Deactivation Date"), (8, "NPI"), (9, "country"),
        (10, "Last Update Date"),
    ]  # fmt: skip
    assert counts(places) == (5, 0, 0, 1, 1, 0, 3), "the same the second time"
    assert counts(names) == (3, 0, 0, 1, 1, 0, 1)
    assert counts(endpoints) == (4, 0, 0, 2, 0, 0, 2)


def test_few_facts_and_only_those_the_register_knows(db: None) -> None:
    land(inputs_at(FOLDER))
    assert facts_of(npi(1)) == {
        "name": "Inventa Willowby", "other_names": "Inventa Oldname", "credentials": "LCSW", "kind": "therapist",
        "program_type": "Clinical social worker", "address": "12 Alder St, Ste 4", "city": "Austin", "state": "TX",
        "zip": "78704", "phone": "(512) 555-0101", "npi": npi(1), "direct_address": "inventa@direct.example",
    }  # fmt: skip
    assert (facts_of(npi(2))["name"], facts_of(npi(2))["kind"]) == ("Nobody O'Never", "prescriber")
    clinic = facts_of(npi(4))
    assert clinic["name"] == "Made Up Counseling Center LLC"
    assert (clinic["levels"], clinic["state"]) == (["outpatient"], "NY")
    assert clinic["other_names"] == "The Quiet Room; Made-Up Center"
    assert clinic["website"] == "https://made-up-center.example"
    assert Listing.objects.get(source_key=npi(1)).facts_now["zip"]["seen_on"] == "2025-01-16"
    second = Listing.objects.get(source_key__startswith=f"{npi(1)}/")
    assert (second.name, second.npi, second.zip) == ("Inventa Willowby", npi(1), "78664")
    assert second.facts_now["phone"]["value"] == "(512) 555-0177"


def test_a_dry_run_tells_the_same_of_every_file_and_writes_nothing(db: None) -> None:
    tried = land(inputs_at(FOLDER), dry_run=True)
    assert not Listing.objects.exists() and not ImportRun.objects.exists()
    done = land(inputs_at(FOLDER))
    assert [counts(one) for one in tried] == [counts(one) for one in done]
    assert [list(one.report.rejects) for one in tried] == [list(one.report.rejects) for one in done]
    again = land(inputs_at(FOLDER), dry_run=True)
    assert [counts(one) for one in again] == [counts(one) for one in land(inputs_at(FOLDER))]


def test_twice_writes_no_fact(db: None) -> None:
    land(inputs_at(FOLDER))
    facts = Fact.objects.count()
    assert counts(land(inputs_at(FOLDER))[0]) == (9, 0, 0, 4, 0, 0, 5)
    assert Fact.objects.count() == facts


def test_a_week_retires_whom_it_names_and_the_whole_whom_it_lacks(db: None) -> None:
    land(inputs_at(FOLDER))
    gone = lines(1).replace(b'"1041C0700X"', b'"207R00000X"')
    assert counts(land([of_bytes(gone, WEEK)])[0]) == (1, 0, 0, 0, 0, 2, 1), "no longer behavioural health: both places"
    assert Listing.objects.filter(retired_at=None).count() == 3
    assert counts(land([of_bytes(lines(1, 2), WEEK)])[0]) == (2, 0, 1, 1, 0, 0, 0), "and back"
    assert counts(land([of_bytes(lines(2, 4), ALL)])[0]) == (2, 0, 0, 2, 0, 2, 0), "the whole register"
    torn = lines(2) + b'"torn'
    assert counts(land([of_bytes(torn, ALL)])[0]) == (2, 0, 0, 1, 0, 0, 1), "but not when a row could not be told"
    assert is_whole(of_bytes(b"", ALL)) and not is_whole(of_bytes(b"", WEEK)) and not is_whole(of_bytes(b"", "x.csv"))


def test_a_deactivated_number_is_retired(db: None) -> None:
    land(inputs_at(FOLDER))
    row = lines(1).replace(b'"01/16/2025","",""', b'"01/16/2025","","11/01/2025"')
    assert row != lines(1)
    assert counts(land([of_bytes(row, WEEK)])[0]) == (1, 0, 0, 0, 0, 2, 1)
    listed = f'"NPI","NPPES Deactivation Date"\n"{npi(2)}","11/10/2025"\n"{npi(8)}","11/10/2025"\n"12","x"\n'
    assert counts(land([of_bytes(listed.encode(), "deactivated.csv")])[0]) == (3, 0, 1, 1, 0, 1, 1)
    assert Listing.objects.get(source_key=npi(2)).retired_at is not None
    assert counts(land([of_bytes(listed.encode(), "deactivated.csv")])[0]) == (3, 0, 0, 2, 0, 0, 1)


def workbook(*rows: list[str]) -> bytes:
    """As the register publishes its list of deactivations: texts beside the sheet."""
    strings = "".join(f"<si><t>{text}</t></si>" for row in rows for text in row)
    number, sheet = 0, ""
    for place, row in enumerate(rows, start=1):
        cells = ""
        for column, _text in enumerate(row):
            cells += f'<c r="{"ABC"[column]}{place}" t="s"><v>{number}</v></c>'
            number += 1
        sheet += f'<row r="{place}">{cells}</row>'
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>")
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>")
    return out.getvalue()


def test_the_list_of_deactivations_is_a_workbook(db: None) -> None:
    land(inputs_at(FOLDER))
    book = workbook(["NPPES Deactivated NPI Report"], ["NPI", "NPPES Deactivation Date"], [npi(4), "11/10/2025"])
    assert counts(land([of_bytes(book, "report.xlsx")])[0]) == (1, 0, 1, 0, 0, 1, 0)
    with pytest.raises(BadInput):
        land([of_bytes(b"PK nothing", "report.xlsx")])


def test_the_old_layout_and_an_unknown_column_are_read(db: None) -> None:
    """329 columns: the sex column under its earlier name, and no certification date."""
    old = re.sub(rb',"[^"]*"\n', b"\n", MAIN.read_bytes().replace(b"Provider Sex Code", b"Provider Gender Code"))
    assert old.splitlines()[0].count(b",") == 328
    assert counts(land([of_bytes(old, WEEK)])[0]) == (9, 4, 0, 0, 0, 0, 5)
    new = MAIN.read_bytes().replace(b'Date"\n', b'Date","npi_fhir_url"\n').replace(b'""\n', b'"","new"\n')
    assert counts(land([of_bytes(new, WEEK)])[0]) == (9, 0, 0, 4, 0, 0, 5)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b'"NPI"\n'])
def test_what_is_no_file_of_the_register_is_refused(db: None, data: bytes) -> None:
    with pytest.raises(BadInput):
        land([of_bytes(data, WEEK)])
    header_line = MAIN.read_bytes().splitlines()[0].replace(b'"Provider First Name"', b'"First"')
    with pytest.raises(BadInput) as refusal:
        land([of_bytes(header_line + b"\n", WEEK)])
    assert [problem.field for problem in refusal.value.problems] == ["Provider First Name"]
    assert not ImportRun.objects.exists()


def test_a_zip_is_read_as_its_files(db: None, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "week.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in FOLDER.iterdir():
            archive.write(file, f"folder/{file.name}")
    zipped = land(inputs_at(tmp_path / "week.zip"))
    assert [counts(one) for one in zipped][0] == (9, 4, 0, 0, 0, 0, 5) and len(zipped) == 4


def test_killed_in_the_main_file_it_goes_on(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "BATCH", 1)
    batches = 0

    def die(*given: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        return landing.land(*given)

    monkeypatch.setattr(importing, "land", die)
    with pytest.raises(KeyboardInterrupt):
        land([of_bytes(MAIN.read_bytes(), WEEK)])
    assert Listing.objects.count() == 2
    done = ImportRun.objects.get().rows_done
    assert 0 < done < 9
    batches = 9
    told = land([of_bytes(MAIN.read_bytes(), WEEK)])[0]
    assert counts(told) == (9, 4, 0, 0, 0, 0, 5), "the report is of the whole file"
    assert [row["line"] for row in told.report.rejects] == [4, 6, 8, 9, 10]


def test_the_crosswalk_speaks_our_codes() -> None:
    kinds, levels = vocabulary("kinds"), vocabulary("levels")
    for code, speciality in specialities().items():
        assert re.fullmatch(r"[0-9]{3}[0-9A-Z]{6}X", code) and speciality.words
        assert speciality.kind in kinds and set(speciality.levels) <= set(levels)


def test_the_benchmark_writes_the_registers_own_columns() -> None:
    assert len(header()) == 330 and all(map(is_npi, map(npi, range(50))))
    assert MAIN.read_text().splitlines()[0].count(",") == 329


@pytest.fixture
def real() -> Path:
    folder = os.environ.get("WARMHANDOFF_TEST_DATA")
    if not folder:
        pytest.skip("WARMHANDOFF_TEST_DATA names no folder with the real files")
    return Path(folder)


@pytest.mark.slow
def test_the_real_files(db: None, real: Path) -> None:
    told = {one.file.rsplit("/", 1)[-1]: one for one in land(inputs_at(real / "nppes"))}
    found = {name: counts(one) for name, one in told.items()}
    assert found["npidata_pfile_bh_reconstructed_330col.csv"] == (52, 52, 0, 0, 0, 0, 0)
    assert found["npidata_pfile_first10_329col.csv"] == (8, 0, 0, 0, 0, 0, 8)
    assert found["pl_pfile_20251103-20251109.csv"] == (4664, 0, 0, 0, 0, 0, 4664)
    assert found["othername_pfile_20251103-20251109.csv"] == (1240, 0, 0, 0, 0, 0, 1240)
    assert found["endpoint_pfile_20251103-20251109.csv"] == (1274, 0, 0, 0, 0, 0, 1274)
    codes = (real / "nucc-25.1" / "nucc_codes.csv").read_text()
    assert [code for code in specialities() if f"{code}," not in codes] == []


@pytest.mark.slow
def test_real_places_land_once_their_people_are_listed(db: None, real: Path) -> None:
    """The main rows of a real week are not at hand: invented ones stand in for the people of its other files."""
    week = real / "nppes"
    npis = {line.split(b",")[0].strip(b'"').decode() for file in ("pl", "othername", "endpoint")
            for line in (week / f"{file}_pfile_20251103-20251109.csv").read_bytes().splitlines()[1:]}  # fmt: skip
    npis = set(sorted(npis)[:300])
    model = lines(1).splitlines(keepends=True)
    rows = b"".join(model[1].replace(npi(1).encode(), one.encode()) for one in sorted(npis))
    files = [of_bytes(model[0] + rows, WEEK), *(file for file in inputs_at(week) if "npidata" not in file.base)]
    first = land(files)
    assert counts(first[0])[1] == len(npis)
    by_part = {one.part: counts(one) for one in first}
    assert by_part["places"][0] == 4664 and by_part["places"][1] > 100
    assert by_part["endpoints"][2] > 20 and by_part["other_names"][2] > 20
    again = {one.part: counts(one) for one in land(files)}
    assert all(figures[1] == figures[2] == figures[5] == 0 for figures in again.values()), again
