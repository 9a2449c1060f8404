"""The provider register's files, one or a set of them, in the order in which they need each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from warmhandoff.directory import importing
from warmhandoff.directory.importing import Arriving, Item, Position, Progress, Row
from warmhandoff.imports import companions
from warmhandoff.imports.inputs import Input, refuse
from warmhandoff.imports.nppes import MainFile, is_main
from warmhandoff.imports.shelf import Shelf
from warmhandoff.imports.telling import Told
from warmhandoff.imports.wide import header_of
from warmhandoff.imports.workbook import is_workbook

NAME = "nppes"
PARTS = ("main", "places", "other_names", "endpoints", "deactivated")
_VERSION = 1  # raised when the same file would be read otherwise
_SPAN = re.compile(r"_(\d{8})-(\d{8})")
_WHOLE_FROM = timedelta(days=300)

Read = Callable[[Position | None], Iterator[tuple[Item, Position]]]


@dataclass(frozen=True)
class Part:
    """One file of the register and which it is; what else a folder holds is no part of it."""

    file: Input
    part: str


def parts_of(files: Sequence[Input]) -> list[Part]:
    """The register's files among these, in the order of landing. Refuses (BadInput) where there is none."""
    found = [Part(file, part) for file in files for part in [_part(file)] if part]
    if not found:
        names = ", ".join(file.base for file in files[:5]) or "nothing"
        refuse(files[0].name if files else "the folder", f"is no file of the provider register; found: {names}")
    return sorted(found, key=lambda one: (PARTS.index(one.part), _SPAN.findall(one.file.base), one.file.name))


def _part(file: Input) -> str | None:
    if is_workbook(file):
        return "deactivated" if companions.has_deactivated(file) else None
    if not file.base.lower().endswith((".csv", ".txt")) or "fileheader" in file.base.lower():
        return None
    with file.open() as opened:
        header, _place, _line = header_of(opened)
    return "main" if is_main(header) else companions.part_of(header)


def is_whole(file: Input) -> bool:
    """Whether a file, by its name, tells of the whole register: its days begin in 2005. A week's file begins lately."""
    found = _SPAN.search(file.base)
    if found is None:
        return False
    try:
        first, last = (datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC) for text in found.groups())
    except ValueError:
        return False
    return last - first > _WHOLE_FROM


@dataclass(frozen=True)
class _Import:
    practice_id: UUID | None
    now: datetime
    dry_run: bool
    snapshot: bool
    shelf: Shelf | None

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()

    def mains(self, npis: Sequence[str]) -> companions.Said:
        """What the main file said of these NPIs; in a dry run also what it would have said a moment ago."""
        found: dict[str, tuple[Mapping[str, Any], date]] = dict(importing.said_of(self.practice_id, NAME, npis))
        for npi in npis:
            tried = self.shelf.get("main", npi) if self.shelf else None
            if tried is not None:
                found[npi] = (tried["facts"], date.fromisoformat(tried["seen_on"]))
        return found

    def tried(self, row: Row) -> None:
        assert self.shelf is not None
        seen = row.stated_on or self.today
        self.shelf.put("main", row.key, {"facts": dict(row.facts), "seen_on": seen.isoformat()}, line=row.line)

    def arriving(self, part: Part) -> Arriving:
        whole = self.snapshot or is_whole(part.file)
        common = Arriving(
            kind="nppes", name=f"{NAME}-{part.part.replace('_', '-')}", read=self._read(part, whole),
            fingerprint=f"{_VERSION} {int(whole)} {part.file.fingerprint}"[:64], whole=whole, total=part.file.size,
            promised=lambda key: self.shelf is not None and self.shelf.get("main", key) is not None,
        )  # fmt: skip
        if part.part == "main":
            return replace(common, name=NAME)
        if part.part in ("other_names", "endpoints"):
            return replace(common, about=NAME, total=0)
        return replace(common, whole=whole and part.part == "places")

    def _read(self, part: Part, whole: bool) -> Read:
        if part.part == "main":
            held = None if whole else lambda npis: importing.held_keys(self.practice_id, NAME, npis)
            return MainFile(part.file, self.today, held, self.tried if self.shelf else None).read
        if part.part == "deactivated":
            return companions.deactivated(part.file)
        read = {"places": companions.places, "other_names": companions.other_names, "endpoints": companions.endpoints}
        return read[part.part](part.file, self.mains)


def import_register(
    files: Sequence[Input], *, practice_id: UUID | None, now: datetime, dry_run: bool = False,
    snapshot: bool = False, progress: Progress | None = None,
) -> list[Told]:  # fmt: skip
    """Land the register's files: main file, further places, other names, endpoints, deactivations.

    A file whose name spans the register's whole time, or any with `snapshot`, is the whole of its source: what it no
    longer holds is retired. Others tell of changes and retire whom they name as gone. Refuses (BadInput, nothing
    written) where none of the files is of the register, or a main file's header lacks a column.
    """
    parts = parts_of(files)
    with ExitStack() as stack:
        shelf = stack.enter_context(Shelf()) if dry_run else None
        work = _Import(practice_id, now, dry_run, snapshot, shelf)
        arriving = [work.arriving(part) for part in parts]
        return [
            Told(part.file.name, part.part, importing.import_rows(
                one, practice_id=practice_id, now=now, dry_run=dry_run, progress=progress,
            ))
            for part, one in zip(parts, arriving, strict=True)
        ]  # fmt: skip
