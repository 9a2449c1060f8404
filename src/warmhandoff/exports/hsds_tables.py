"""The directory in HSDS's tabular form: a zip with a CSV file for each table, taken apart from the nested services."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Any

from warmhandoff.directory.exporting import Outgoing
from warmhandoff.exports.hsds import service_of
from warmhandoff.exports.sheet import harmless

# file -> its columns; those that end in _id say what a row belongs to
TABLES: dict[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "description"),
    "services": ("id", "organization_id", "name", "alternate_name", "description", "url", "email", "status",
                 "fees_description", "wait_time", "minimum_age", "maximum_age", "assured_date", "last_modified"),
    "locations": ("id", "location_type", "latitude", "longitude"),
    "service_at_location": ("id", "service_id", "location_id"),
    "addresses": ("id", "location_id", "address_1", "city", "state_province", "postal_code", "country",
                  "address_type"),
    "phones": ("id", "service_id", "number", "type"),
    "languages": ("id", "service_id", "name", "code"),
    "accessibility": ("id", "location_id", "description"),
    "schedules": ("id", "service_id", "freq", "byday", "opens_at", "closes_at"),
    "cost_options": ("id", "service_id", "option", "currency", "amount", "amount_description"),
    "attributes": ("id", "link_id", "link_entity", "taxonomy_term_id", "value"),
    "taxonomy_terms": ("id", "code", "name", "description", "taxonomy"),
}  # fmt: skip


class _Table:
    """One file on its way, kept on disk until it is put into the zip."""

    def __init__(self, columns: tuple[str, ...], file: IO[bytes]) -> None:
        self.columns, self.file, self.known = columns, file, set[str]()
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self.writer = csv.writer(self.text, lineterminator="\r\n")
        self.writer.writerow(columns)

    def add(self, row: Mapping[str, Any], **more: str) -> None:
        told = {**row, **more}
        self.writer.writerow([_cell(told.get(name)) for name in self.columns])

    def once(self, row: Mapping[str, Any]) -> None:
        """A row that belongs to many services; there are as many as our vocabularies have codes."""
        if row["id"] not in self.known:
            self.known.add(row["id"])
            self.add(row)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else str(value)


def write(listings: Iterable[Outgoing], file: IO[bytes]) -> int:
    """The zip, with a datapackage.json that names its tables. Returns how many services are in it."""
    count = 0
    with ExitStack() as stack:
        tables = {name: _Table(columns, stack.enter_context(TemporaryFile())) for name, columns in TABLES.items()}
        for listing in listings:
            _take_apart(tables, service_of(listing))
            count += 1
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, table in tables.items():
                _pack(packed, f"{name}.csv", table)
            packed.writestr("datapackage.json", json.dumps(_package(), indent=2))
    return count


def _pack(packed: zipfile.ZipFile, name: str, table: _Table) -> None:
    table.file.seek(0)
    with packed.open(name, "w", force_zip64=True) as target:
        while piece := table.file.read(1024 * 1024):
            target.write(piece)


def _package() -> dict[str, Any]:
    tables = [{"name": name, "path": f"{name}.csv", "profile": "tabular-data-resource"} for name in TABLES]
    return {"name": "human_services_data", "title": "Human Services Data Specification", "resources": tables}


def _take_apart(tables: Mapping[str, _Table], service: Mapping[str, Any]) -> None:
    key, organization = service["id"], service["organization"]
    tables["organizations"].add(organization)
    tables["services"].add(service, organization_id=organization["id"])
    for name in ("phones", "languages", "schedules", "cost_options"):
        for row in service.get(name, ()):
            tables[name].add(row, service_id=key)
    for place in service.get("service_at_locations", ()):
        location = place["location"]
        tables["service_at_location"].add(place, service_id=key, location_id=location["id"])
        tables["locations"].add(location)
        for name in ("addresses", "accessibility"):
            for row in location.get(name, ()):
                tables[name].add(row, location_id=location["id"])
    for attribute in service.get("attributes", ()):
        tables["attributes"].add(attribute, taxonomy_term_id=attribute["taxonomy_term"]["id"])
        tables["taxonomy_terms"].once(attribute["taxonomy_term"])
