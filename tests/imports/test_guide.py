"""What the guide shows is what the product reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from warmhandoff.directory.models import Listing
from warmhandoff.imports.mapping import parse_mapping, shipped
from warmhandoff.imports.sheet import import_sheet, open_sheet

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "importing.md").read_text(encoding="utf-8")


def test_the_guides_example_reads_its_own_file(db: None) -> None:
    example = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    header = re.search(r"This one reads `(.*?)`:", GUIDE)
    assert example and header
    rows = (
        f"{header[1]}\n7,Ana,Counselor,Austin,78704,Worry/Magic,90,42.0,-75.0,11/02/2026\n"
        "8,Bo,Plumber,Austin,78704,,,,,\n9,Cy,Clinic,n/a,,Trauma/PTSD,,30.2,-97.7,\n"
    )
    sheet = open_sheet(rows.encode(), "county.csv", parse_mapping(example[1], "guide"))
    report = import_sheet(sheet, practice_id=None, now=datetime(2026, 11, 23, tzinfo=UTC)).as_json()
    assert [row["reason"] for row in report["rejected"]] == ["not behavioural health (Plumber)"]
    ana = Listing.objects.get(source_key="7").facts_now
    assert (ana["treats"]["value"], ana["fee"]["value"], ana["state"]["value"]) == (["anxiety"], 9000, "TX")
    assert "lat" not in ana and ana["name"]["verified_on"] == "2026-11-02"


def test_the_guide_names_every_shipped_mapping_and_the_columns_of_the_sheet() -> None:
    table = GUIDE.partition("| mapping | file |")[2].partition("###")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == set(shipped())
    assert f"    {','.join(shipped()['network-sheet'].header)}\n" in GUIDE
