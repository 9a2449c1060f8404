"""Open Referral HSDS 3.0 into the directory: a JSON page or list of services, or the tables as CSV files.

The whole is read once before anything is written: a file that is torn or is none is refused as a whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from warmhandoff.directory.importing import Arriving, Item, Position, Progress, Rejects, Unread, import_rows
from warmhandoff.imports import hsds_tables
from warmhandoff.imports.documents import Around, documents
from warmhandoff.imports.hsds_service import Note, items_of, parts, services_in
from warmhandoff.imports.inputs import Input, refuse
from warmhandoff.imports.shelf import Shelf
from warmhandoff.imports.telling import Told

_VERSION = 1  # raised when the same file would be read otherwise
_EDITION = re.compile(r"[-_. ]*\d{4}([-_.]?\d{2}){0,2}(?!\d)")
Read = Callable[[], Iterator[tuple[int, dict[str, Any]]]]


def source_name(kind: str, path: str) -> str:
    """A source's name from its file's: without folder, ending and the date of an edition, so that the next one fits."""
    stem = PurePath(path.replace("\\", "/")).name
    stem = re.sub(r"\.(json|ndjson|zip|csv)$", "", stem, flags=re.IGNORECASE)
    stem = _EDITION.sub("", stem)
    stem = re.sub(r"[^\w.-]+", "-", stem).strip("-_.").lower()
    return f"{kind}-{stem or 'directory'}"[:200]


def fingerprint_of(files: Sequence[Input], version: int) -> str:
    return hashlib.sha256(f"{version} {[file.fingerprint for file in files]}".encode()).hexdigest()


def noted(
    items: Iterator[tuple[Item, list[Note]]], notes: Rejects, position: Position | None
) -> Iterator[tuple[Item, Position]]:
    """Items with their positions, from one on; what was left unknown in each is put down, also before it."""
    done = position[0] if position else 0
    for number, (item, left) in enumerate(items, start=1):
        if left:
            notes.add([Unread(line, field, reason) for line, field, reason in left])
            notes.rows += len(left)
        if number > done:
            yield item, [number]


def import_hsds(
    files: Sequence[Input], path: str, *, practice_id: UUID | None, now: datetime, dry_run: bool = False,
    progress: Progress | None = None, name: str | None = None,
) -> Told:  # fmt: skip
    """Land the services of some files. Where a table of services is among them, the tables are read and nothing else.

    `name`: the source's; else it is made from the path, and the next edition must bear the same. Refuses (BadInput,
    nothing written) files without any service, and such as cannot be read.
    """
    with ExitStack() as stack:
        read, whole, total, faults = _opened(list(files), path, stack)
        notes = Rejects()
        notes.add([Unread(line, field, reason) for line, field, reason in faults])
        notes.rows += len(faults)
        today = now.astimezone(UTC).date()
        arriving = Arriving(
            kind="hsds", name=name or source_name("hsds", path), fingerprint=fingerprint_of(files, _VERSION),
            read=lambda position: noted(_items(read, today), notes, position), whole=whole, total=total,
        )  # fmt: skip
        report = import_rows(arriving, practice_id=practice_id, now=now, dry_run=dry_run, progress=progress)
    return Told(path, "services", report, notes)


def _opened(
    files: list[Input], path: str, stack: ExitStack
) -> tuple[Read, bool, int, list[tuple[int, str, str]]]:
    """How to read the services, whether they are all there are of their source, how many, and faults besides."""
    if any(hsds_tables.table_of(file) == "services" for file in files):
        shelf = stack.enter_context(Shelf())
        faults = hsds_tables.fill(shelf, files)
        return (lambda: hsds_tables.services_on(shelf)), True, shelf.count("service"), faults
    pages = [file for file in files if file.base.lower().endswith((".json", ".ndjson", ".jsonl"))]
    around, count = Around(), 0
    for file in pages:
        for document in documents(file, "contents", around):
            count += sum(map(_is_service, services_in(document)))
    if not count:
        refuse(path, "holds no service of HSDS: neither a table of services (services.csv) nor a JSON document of one")
    return (lambda: _documents(pages)), _is_whole(around), count, []


def _is_service(document: object) -> bool:
    if not isinstance(document, dict) or "name" not in document:
        return False
    return "status" in document or "service_at_locations" in document


def _is_whole(around: Around) -> bool:
    """Whether every page is there. A list by itself is all there is; a single service is not."""
    if around.singles:
        return False
    pages = [page for page in around.pages if isinstance(page.get("total_pages"), int)]
    numbers = {str(page.get("page_number")) for page in pages}
    return not pages or len(numbers) >= max(page["total_pages"] for page in pages)


def _documents(pages: Sequence[Input]) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for file in pages:
        for document in documents(file, "contents"):
            number += 1
            yield number, document


def _items(read: Read, today: date) -> Iterator[tuple[Item, list[Note]]]:
    for line, document in read():
        for service in services_in(document):
            if _is_service(service):
                yield from items_of(service, line, today)
            elif not parts(document, "services"):
                yield Unread(line, "name", "is no service of HSDS"), []
