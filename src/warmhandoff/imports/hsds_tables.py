"""Open Referral HSDS 3.0 in its tabular form: the tables put together into the documents of its JSON form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from warmhandoff.imports.inputs import Input, refuse
from warmhandoff.imports.shelf import Shelf
from warmhandoff.rules.refusals import BadInput, Problem

# file -> (table, the columns that say what a row belongs to)
TABLES = {
    "organizations": ("organization", ()), "services": ("service", ()), "locations": ("location", ()),
    "service_at_location": ("service_at_location", ("service",)),
    "service_at_locations": ("service_at_location", ("service",)),
    "addresses": ("address", ("location",)), "taxonomy_terms": ("taxonomy_term", ()),
    "phones": ("phone", ("service", "location", "organization", "service_at_location")),
    "languages": ("language", ("service", "location")), "accessibility": ("accessibility", ("location",)),
    "schedules": ("schedule", ("service", "location", "service_at_location")),
    "cost_options": ("cost_option", ("service",)), "attributes": ("attribute", ("link",)),
}  # fmt: skip
_NEEDED = ("id", "name", "status")  # columns without which services.csv is none
Faults = list[tuple[int, str, str]]


def table_of(file: Input) -> str | None:
    """The file's name without its ending, where it is that of a table that is read."""
    stem, _dot, ending = file.base.lower().rpartition(".")
    return stem if ending == "csv" and stem in TABLES else None


def fill(shelf: Shelf, files: Sequence[Input]) -> Faults:
    """Put the tables on the shelf. Returns (line, table, reason) of rows of the lesser tables that cannot be read.

    Refuses (BadInput) a table without header, or one of services that lacks a column or has a row that cannot be read.
    """
    faults: Faults = []
    for file in files:
        stem = table_of(file)
        if stem:
            faults += _fill_one(shelf, file, *TABLES[stem])
    return faults


def _fill_one(shelf: Shelf, file: Input, table: str, owners: Sequence[str]) -> Faults:
    faults: Faults = []
    header: list[str] = []
    for line, cells, fault in _rows(file):
        if not header:
            header = [name.strip() for name in cells]
            _check_header(header, file, table)
            continue
        if not cells and not fault:
            continue
        if fault or len(cells) != len(header):
            reason = fault or f"has {len(cells)} cells where the header has {len(header)}"
            if table == "service":
                raise BadInput(Problem(reason, line=line, file=file.name))
            faults.append((line, table, reason))
            continue
        row = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
        owned = [f"{owner}:{row[f'{owner}_id']}" for owner in owners if row.get(f"{owner}_id")]
        key = row.get("id") or f"line {line}"
        if not shelf.put(table, key, row, line=line, owners=owned):
            # The first row of an id stays; of services the importer says so by the row's key.
            shelf.put(table, f"{key}\n{line}", row, line=line) if table == "service" else faults.append(
                (line, table, f"a row before it has the same id ({key[:60]})")
            )
    if not header:
        refuse(file.name, "has no header that can be read")
    return faults


def _check_header(header: list[str], file: Input, table: str) -> None:
    missing = [name for name in (_NEEDED if table == "service" else ("id",)) if name not in header]
    if missing:
        raise BadInput(*(Problem("is missing from the table", name, 1, file.name) for name in missing))


def _rows(file: Input) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, fault) of each record."""
    with io.TextIOWrapper(file.open(), encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        reader = csv.reader(text, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error) or "field larger" in str(error):
                    raise BadInput(Problem("a quote is opened and never closed", line=line, file=file.name)) from error
                yield line, [], str(error)
                continue
            joined = "".join(cells)
            if "\x00" in joined or any("\ud800" <= letter <= "\udfff" for letter in joined):
                yield line, [], "holds a NUL byte" if "\x00" in joined else "is not UTF-8"
            else:
                yield line, cells, ""


def services_on(shelf: Shelf) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, document) of every service, with all that belongs to it nested as in the JSON form."""
    for line, service in shelf.all("service"):
        key = service.get("id", "")
        organization = shelf.get("organization", service.get("organization_id", "")) or {}
        if organization:
            organization["phones"] = shelf.belonging("phone", f"organization:{organization['id']}")
        yield line, {
            **service, "organization": organization,
            "phones": shelf.belonging("phone", f"service:{key}"),
            "languages": shelf.belonging("language", f"service:{key}"),
            "schedules": shelf.belonging("schedule", f"service:{key}"),
            "cost_options": shelf.belonging("cost_option", f"service:{key}"),
            "attributes": [_attribute(shelf, one) for one in shelf.belonging("attribute", f"link:{key}")],
            "service_at_locations": [_place(shelf, one) for one in _places(shelf, service)],
        }  # fmt: skip


def _places(shelf: Shelf, service: dict[str, Any]) -> list[dict[str, Any]]:
    """The service's places; tables from before the standard's third version name one in the service's own row."""
    found = shelf.belonging("service_at_location", f"service:{service.get('id', '')}")
    return found or ([{"location_id": service["location_id"]}] if service.get("location_id") else [])


def _attribute(shelf: Shelf, attribute: dict[str, Any]) -> dict[str, Any]:
    return {**attribute, "taxonomy_term": shelf.get("taxonomy_term", attribute.get("taxonomy_term_id", "")) or {}}


def _place(shelf: Shelf, place: dict[str, Any]) -> dict[str, Any]:
    key, where = place.get("id", ""), place.get("location_id", "")
    location = shelf.get("location", where) or {}
    if location:
        owner = f"location:{where}"
        location |= {
            "addresses": shelf.belonging("address", owner), "phones": shelf.belonging("phone", owner),
            "accessibility": shelf.belonging("accessibility", owner),
            "languages": shelf.belonging("language", owner), "schedules": shelf.belonging("schedule", owner),
        }  # fmt: skip
    return {
        **place, "location": location, "phones": shelf.belonging("phone", f"service_at_location:{key}"),
        "schedules": shelf.belonging("schedule", f"service_at_location:{key}"),
    }  # fmt: skip
