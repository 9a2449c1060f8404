"""A health plan's directory (Da Vinci Plan-Net 1.1.0, FHIR 4.0.1) into the directory.

All resources are put aside first, so that what refers to another finds it wherever it stands; a file that is torn or is
none is refused as a whole, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from warmhandoff.directory.importing import Arriving, Item, Progress, Rejects, Unread, import_rows
from warmhandoff.imports.documents import Around, documents
from warmhandoff.imports.fhir_reading import some, words
from warmhandoff.imports.hsds import fingerprint_of, noted, source_name
from warmhandoff.imports.hsds_service import Note
from warmhandoff.imports.inputs import Input, refuse
from warmhandoff.imports.plan_net_listing import items_of, listed, owners_of
from warmhandoff.imports.shelf import Shelf
from warmhandoff.imports.telling import Told

_VERSION = 1  # raised when the same file would be read otherwise
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
KINDS = ("PractitionerRole", "HealthcareService", "OrganizationAffiliation")
_KNOWN = {*KINDS, "Practitioner", "Organization", "Location", "InsurancePlan", "Endpoint"}


def import_plan_net(
    files: Sequence[Input], path: str, *, practice_id: UUID | None, now: datetime, dry_run: bool = False,
    progress: Progress | None = None, name: str | None = None,
) -> Told:  # fmt: skip
    """Land the roles, services and affiliations of some files of bundles, resources, or resources one a line.

    `name`: the source's; else it is made from the path, and the next edition must bear the same. Refuses (BadInput,
    nothing written) files without any of these, and such as cannot be read.
    """
    with Shelf() as shelf:
        refused, whole = _fill(shelf, files)
        count = sum(shelf.count(f"listed {kind}") for kind in KINDS)
        if not count:
            refuse(path, f"holds no resource that is a listing: {', '.join(KINDS)}")
        notes, today = Rejects(), now.astimezone(UTC).date()
        arriving = Arriving(
            kind="plan_net", name=name or source_name("plan-net", path), whole=whole, total=count,
            fingerprint=fingerprint_of(files, _VERSION),
            read=lambda position: noted(_items(shelf, refused, today), notes, position),
        )  # fmt: skip
        report = import_rows(arriving, practice_id=practice_id, now=now, dry_run=dry_run, progress=progress)
    return Told(path, "directory", report, notes)


def _fill(shelf: Shelf, files: Sequence[Input]) -> tuple[list[Unread], bool]:
    """Put every resource aside. Returns those that are none, and whether these are all of their source."""
    around, number, refused = Around(), 0, list[Unread]()
    for file in files:
        if not file.base.lower().endswith((".json", ".ndjson", ".jsonl")):
            continue
        for document in documents(file, "entry", around):
            number += 1
            resource = document.get("resource") if "resourceType" not in document else document
            reason = _put(shelf, resource, words(document.get("fullUrl")), number)
            if reason:
                refused.append(Unread(number, "resourceType", reason, torn=True))
    more = any(words(link.get("relation")) == "next" for page in around.pages for link in some(page.get("link")))
    return refused, not more and number > 1


def _put(shelf: Shelf, resource: object, url: str, line: int) -> str:
    """Put one resource aside; why not, where it is none."""
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return "is no FHIR resource"
    kind = resource["resourceType"]
    if kind not in _KNOWN:
        return ""  # of no use here, and no fault
    key = resource.get("id") or url.rpartition("/")[2].rpartition(":")[2]
    if not isinstance(key, str) or not _ID.fullmatch(key):
        return f"a {kind} without an id that can be one"
    held = {**{name: value for name, value in resource.items() if name not in ("text", "contained")}, "id": key}
    if not shelf.put(kind, key, held, line=line, owners=owners_of(held)):
        return "" if shelf.get(kind, key) == held else f"a resource before it is {kind}/{key} and says otherwise"
    if url:
        shelf.put("url", url, held, line=line)
    if listed(held):
        shelf.put(f"listed {kind}", key, {}, line=line)
    return ""


def _items(shelf: Shelf, refused: Sequence[Unread], today: date) -> Iterator[tuple[Item, list[Note]]]:
    for one in refused:
        yield one, []
    for kind in KINDS:
        for line, resource in shelf.all(kind):
            if listed(resource):
                yield from items_of(shelf, resource, line, today)


