"""One export into one file, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from warmhandoff.directory.exporting import Outgoing, how_many, outgoing
from warmhandoff.exports import hsds, hsds_tables, plan_net, sheet
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Form:
    """A format and the ending of its file: what it is called, its media type, and how it is written."""

    title: str
    media: str
    write: Callable[[Iterator[Outgoing], int, IO[bytes]], None]


def _pieces(pieces: Iterable[str], file: IO[bytes]) -> None:
    for piece in pieces:
        file.write(piece.encode("utf-8"))


FORMS: dict[tuple[str, str], Form] = {
    ("csv", ".csv"): Form(
        "One table (CSV)", "text/csv", lambda rows, total, file: _pieces(sheet.lines(rows), file)
    ),
    ("hsds", ".json"): Form(
        "Open Referral HSDS 3.0 (JSON)", "application/json",
        lambda rows, total, file: _pieces(hsds.page(rows, total), file),
    ),
    ("hsds", ".zip"): Form(
        "Open Referral HSDS 3.0 (tables)", "application/zip", lambda rows, total, file: _tables(rows, file)
    ),
    ("fhir", ".json"): Form(
        "FHIR, Plan-Net 1.1.0 (a bundle)", "application/fhir+json",
        lambda rows, total, file: _pieces(plan_net.bundle(rows), file),
    ),
    ("fhir", ".ndjson"): Form(
        "FHIR, Plan-Net 1.1.0 (one a line)", "application/fhir+ndjson",
        lambda rows, total, file: _pieces(plan_net.lines(rows), file),
    ),
}  # fmt: skip


def _tables(rows: Iterator[Outgoing], file: IO[bytes]) -> None:
    hsds_tables.write(rows, file)


def form_of(kind: str, name: str) -> Form:
    """The form of this format by its file's ending. Refuses (BadInput) an ending that it has not."""
    ending = Path(name).suffix.lower()
    found = FORMS.get((kind, ending))
    if found is None:
        known = " or ".join(each for of, each in FORMS if of == kind)
        raise BadInput(Problem(f"a file of this format ends in {known}", file=name))
    return found


def export(kind: str, file: IO[bytes], name: str, practice_id: UUID | None, progress: Progress | None = None) -> int:
    """Write the directory in this format (csv, hsds, fhir) to an open file; how many listings went along."""
    form, total, count = form_of(kind, name), how_many(practice_id), 0

    def counted() -> Iterator[Outgoing]:
        nonlocal count
        for listing in outgoing(practice_id):
            count += 1
            yield listing
            if progress and count % 500 == 0:
                progress(count, total)

    form.write(counted(), total, file)
    if progress:
        progress(max(count, 1), max(count, 1))
    return count


def export_to(path: Path, kind: str, *, practice_id: UUID | None, progress: Progress | None = None) -> dict[str, Any]:
    """The same to a path, under which there is a whole file or none. Refuses (BadInput) one that is there already."""
    form_of(kind, path.name)
    if path.exists():
        raise BadInput(Problem("there is a file of this name already, and it was left as it is", file=str(path)))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            count = export(kind, file, path.name, practice_id, progress)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror or error}. Nothing was left.") from error
    finally:
        part.unlink(missing_ok=True)
    return {"file": str(path), "listings": count, "size": path.stat().st_size}
