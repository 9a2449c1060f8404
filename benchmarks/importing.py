"""How fast the provider register is read and brought in, each figure beside a bare yardstick of the same run.

    python -m benchmarks.importing [--rows 1000000] [--growth] [--reading]

Makes a file of invented rows in the register's own 330-column layout (about 1.2 GB for a million rows, one in eight of
behavioural health), and measures:

- reading and filtering: rows a second of our reader against csv.reader that only counts the rows, and against
  csv.reader with the same filter;
- the whole import (facts, database, index) against sqlite3's executemany of the same rows as one plain table;
- the same file again, which must change nothing;
- the highest resident memory of each, in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
ONE_IN = 8
FIRST = ("ANA", "BEN", "CARLA", "DEV", "ELENA", "FRANK", "GRETA", "HUGO", "INES", "JONAS", "KEIKO", "LENA", "MARCO")
LAST = ("ALDER", "BIRCH", "CEDAR", "DOGWOOD", "ELM", "FIR", "GORSE", "HAZEL", "IVY", "JUNIPER", "LARCH", "MAPLE")
OTHERS = ("207R00000X", "207Q00000X", "208000000X", "2251X0800X", "1223G0001X", "183500000X", "163W00000X")
TOWNS = (("AUSTIN", "TX", "78704"), ("BALTIMORE", "MD", "21218"), ("ALBANY", "NY", "12207"))


def header() -> list[str]:
    """The register's 330 columns."""
    place = [
        "First Line {} Address", "Second Line {} Address", "{} Address City Name", "{} Address State Name",
        "{} Address Postal Code", "{} Address Country Code (If outside U.S.)", "{} Address Telephone Number",
        "{} Address Fax Number",
    ]  # fmt: skip
    names = [
        "NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)",
        "Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)", "Provider First Name",
        "Provider Middle Name", "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text",
        "Provider Other Organization Name", "Provider Other Organization Name Type Code", "Provider Other Last Name",
        "Provider Other First Name", "Provider Other Middle Name", "Provider Other Name Prefix Text",
        "Provider Other Name Suffix Text", "Provider Other Credential Text", "Provider Other Last Name Type Code",
    ]  # fmt: skip
    for kind in ("Business Mailing", "Business Practice Location"):
        names += [f"Provider {name.format(kind)}" for name in place]
    names += ["Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date",
              "NPI Reactivation Date", "Provider Sex Code", "Authorized Official Last Name",
              "Authorized Official First Name", "Authorized Official Middle Name",
              "Authorized Official Title or Position", "Authorized Official Telephone Number"]  # fmt: skip
    for number in range(1, 16):
        names += [f"Healthcare Provider Taxonomy Code_{number}", f"Provider License Number_{number}",
                  f"Provider License Number State Code_{number}",
                  f"Healthcare Provider Primary Taxonomy Switch_{number}"]  # fmt: skip
    for number in range(1, 51):
        names += [f"Other Provider Identifier_{number}",
                  f"Other Provider Identifier Type Code_{number}", f"Other Provider Identifier State_{number}",
                  f"Other Provider Identifier Issuer_{number}"]  # fmt: skip
    names += ["Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
              "Authorized Official Name Prefix Text", "Authorized Official Name Suffix Text",
              "Authorized Official Credential Text"]  # fmt: skip
    names += [f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)]
    return [*names, "Certification Date"]


def npi(number: int) -> str:
    """A number of the register's form whose check digit is right."""
    body = f"1{number:08d}"
    total = 24 + sum(
        sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body))
    )
    return f"{body}{-total % 10}"


def make(path: Path, rows: int) -> None:
    """Invented rows; the same for the same count. Many cells are filled, as in the register, to its width in bytes."""
    chance, names = Random(7), header()
    at = {name: place for place, name in enumerate(names)}
    ours = list(_codes())
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(",".join(f'"{name}"' for name in names) + "\n")
        for number in range(rows):
            cells = [""] * len(names)
            for name, value in _row(number, chance, ours).items():
                cells[at[name]] = value
            out.write('"' + '","'.join(cells) + '"\n')


def _codes() -> list[str]:
    sys.path.insert(0, str(SOURCE))
    from warmhandoff.imports.taxonomy import specialities

    return sorted(specialities())


def _row(number: int, chance: Random, ours: list[str]) -> dict[str, str]:
    city, state, postal = chance.choice(TOWNS)
    row = {
        "NPI": npi(number), "Entity Type Code": "1", "Provider Last Name (Legal Name)": chance.choice(LAST),
        "Provider First Name": chance.choice(FIRST), "Provider Credential Text": chance.choice(["LCSW", "M.D.", "PHD"]),
        "Provider Enumeration Date": "05/23/2010", "Last Update Date": f"{chance.randrange(1, 13):02d}/15/2024",
        "Provider Sex Code": chance.choice("MF"), "Is Sole Proprietor": chance.choice("XYN"),
        "Certification Date": "01/15/2024",
    }  # fmt: skip
    for kind in ("Business Mailing", "Business Practice Location"):
        row |= {
            f"Provider First Line {kind} Address": f"{chance.randrange(1, 9999)} {chance.choice(LAST)} ST",
            f"Provider Second Line {kind} Address": chance.choice(["", "", f"STE {chance.randrange(1, 999)}"]),
            f"Provider {kind} Address City Name": city, f"Provider {kind} Address State Name": state,
            f"Provider {kind} Address Postal Code": f"{postal}{chance.randrange(10_000):04d}",
            f"Provider {kind} Address Country Code (If outside U.S.)": "US",
            f"Provider {kind} Address Telephone Number": f"512555{chance.randrange(10_000):04d}",
        }  # fmt: skip
    codes = [chance.choice(ours if chance.randrange(ONE_IN) == 0 else OTHERS), chance.choice(OTHERS)]
    for place, code in enumerate(codes[: chance.choice([1, 1, 2])], start=1):
        row |= {
            f"Healthcare Provider Taxonomy Code_{place}": code, f"Provider License Number_{place}": f"L{number}",
            f"Provider License Number State Code_{place}": state,
            f"Healthcare Provider Primary Taxonomy Switch_{place}": "Y" if place == 1 else "N",
        }  # fmt: skip
    for place in range(1, chance.choice([1, 1, 2, 4])):
        row[f"Other Provider Identifier_{place}"] = str(chance.randrange(10**9))
        row[f"Other Provider Identifier Type Code_{place}"] = "05"
    return row


# What is measured: each in a process of its own, which prints one JSON document.


def read_ours(path: Path, _folder: Path) -> dict[str, Any]:
    from warmhandoff.imports.taxonomy import specialities
    from warmhandoff.imports.wide import Passed, WideFile, header_of

    rows = found = 0
    with path.open("rb") as file:
        names, place, line = header_of(file)
        for piece in WideFile(file, len(names), frozenset(specialities())).pieces(place, line):
            if isinstance(piece, Passed):
                rows += piece.last - piece.first + 1
            else:
                rows, found = rows + 1, found + 1
    return {"rows": rows, "found": found}


def read_bare(path: Path, _folder: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        return {"rows": sum(1 for _ in csv.reader(file)) - 1}


def read_filtered(path: Path, _folder: Path) -> dict[str, Any]:
    codes, rows, found = frozenset(_codes()), 0, 0
    with path.open(encoding="utf-8", newline="") as file:
        records = csv.reader(file)
        places = [at for at, name in enumerate(next(records)) if name.startswith("Healthcare Provider Taxonomy Code_")]
        for cells in records:
            rows += 1
            found += any(cells[at] in codes for at in places)
    return {"rows": rows, "found": found}


def store(path: Path, folder: Path) -> dict[str, Any]:
    """sqlite3's executemany of the same rows, already filtered, as one plain table with an index."""
    from warmhandoff.imports.taxonomy import specialities
    from warmhandoff.imports.wide import Passed, WideFile, header_of

    with path.open("rb") as file:
        names, place, line = header_of(file)
        wide = WideFile(file, len(names), frozenset(specialities()))
        rows = [piece.cells[:45] for piece in wide.pieces(place, line) if not isinstance(piece, Passed)]
    begun = time.perf_counter()
    with sqlite3.connect(folder / "plain.sqlite3") as database:
        database.execute(f"CREATE TABLE row ({', '.join(f'c{number}' for number in range(45))})")
        database.executemany(f"INSERT INTO row VALUES ({', '.join('?' * 45)})", rows)
        database.execute("CREATE UNIQUE INDEX by_npi ON row (c0)")
    return {"rows": len(rows), "seconds": time.perf_counter() - begun}


def bring_in(path: Path, _folder: Path) -> dict[str, Any]:
    """The import itself, into the database of this process's environment."""
    from datetime import UTC, datetime

    import django

    django.setup()
    from warmhandoff.directory.importing import import_rows  # noqa: F401 - the apps are loaded before the clock starts
    from warmhandoff.imports.inputs import inputs_at
    from warmhandoff.imports.register import import_register
    from warmhandoff.imports.telling import rejected_rows, totals

    begun = time.perf_counter()
    told = import_register(inputs_at(path), practice_id=None, now=datetime(2026, 11, 22, tzinfo=UTC))
    return {**totals(told), "rejected": rejected_rows(told), "seconds": time.perf_counter() - begun}


def index(_path: Path, _folder: Path) -> dict[str, Any]:
    """The matching index over what was brought in."""
    from datetime import date
    from uuid import uuid4

    import django

    django.setup()
    from warmhandoff.directory.columns import directory_for

    begun = time.perf_counter()
    directory_for(uuid4(), today=date(2026, 11, 22))
    return {"seconds": time.perf_counter() - begun}


MEASURES: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "ours": read_ours, "bare": read_bare, "filtered": read_filtered, "store": store, "import": bring_in, "index": index,
}  # fmt: skip


def measured(name: str, path: Path, folder: Path) -> dict[str, Any]:
    """Run one measure in a process of its own; its answer with its seconds and its highest memory in MiB."""
    environment = {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}", "WARMHANDOFF_DATA": str(folder / "data"),
                   "DJANGO_SETTINGS_MODULE": "warmhandoff.settings"}  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.importing", "--measure", name, str(path), str(folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(name: str, path: Path, folder: Path) -> None:
    import warmhandoff.imports.wide  # noqa: F401 - what is loaded once a process is no part of any figure

    _codes()
    begun = time.perf_counter()
    found = MEASURES[name](path, folder)
    found = {"seconds": time.perf_counter() - begun, **found}
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def table(rows: int, folder: Path, *, reading: bool) -> None:
    """Make the file, measure, print."""
    path = folder / "npidata_pfile_20050523-20261108.csv"
    make(path, rows)
    print(f"\n{rows:,} rows of {len(header())} columns, {path.stat().st_size / 1e6:,.0f} MB")
    rates = {}
    for name, words in (("bare", "csv.reader, counting only"), ("filtered", "csv.reader with the filter"),
                        ("ours", "ours: read and filtered")):  # fmt: skip
        found = min((measured(name, path, folder) for _ in range(3)), key=lambda one: float(one["seconds"]))
        rates[name] = rows / found["seconds"]
        assert found["rows"] == rows
        print(f"  {words:28} {found['seconds']:8.2f} s {rates[name]:12,.0f} rows/s  peak {found['peak']:6.0f} MiB")
    print(f"  ours over the fastest bare reader: {rates['ours'] / max(rates['bare'], rates['filtered']):.1f} times")
    if reading:
        return
    subprocess.run(
        [sys.executable, "-m", "warmhandoff", "manage", "migrate", "--verbosity", "0"], check=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "WARMHANDOFF_DATA": str(folder / "data")},
    )  # fmt: skip
    plain = measured("store", path, folder)
    first, again = measured("import", path, folder), measured("import", path, folder)
    built = measured("index", path, folder)
    assert again["unchanged"] == first["added"] and again["changed"] == 0
    print(f"  {first['added']:,} listings from {rows:,} rows ({first['rejected']:,} rejected)")
    for words, found in (("executemany, one plain table", plain), ("the whole import", first),
                         ("the same file again", again), ("the matching index", built)):  # fmt: skip
        print(f"  {words:28} {found['seconds']:8.2f} s {'':19}  peak {found['peak']:6.0f} MiB")
    print(f"  the import over executemany: {first['seconds'] / plain['seconds']:.0f} times")
    print(f"  the same again over the first: {again['seconds'] / first['seconds']:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--growth", action="store_true", help="10,000 and 100,000 rows first")
    parser.add_argument("--reading", action="store_true", help="only reading and filtering")
    parser.add_argument("--measure", nargs=3, metavar=("NAME", "FILE", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        _measure(given.measure[0], Path(given.measure[1]), Path(given.measure[2]))
        return
    for rows in ([10_000, 100_000] if given.growth else []) + [given.rows]:
        with tempfile.TemporaryDirectory(prefix="warmhandoff-benchmark-") as folder:
            table(rows, Path(folder), reading=given.reading)


if __name__ == "__main__":
    main()
