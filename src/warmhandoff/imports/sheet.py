"""CSV files into the directory, by a mapping.

The file is looked through once before anything is written: what cannot be read at all is refused whole. Then its
rows land in batches; a row that cannot be read is rejected with its line, and the rest lands.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from django.db import transaction

from warmhandoff.directory.importing import BATCH, Counts, Landing, Row, begin, finish, keep, land
from warmhandoff.imports.cells import key_of, row_of
from warmhandoff.imports.mapping import Mapping, open_mapping, recognise
from warmhandoff.rules.refusals import BadInput, Problem

Progress = Callable[[int, int], None]
_HALF = re.compile("[\ud800-\udfff]")
_TORN = "unexpected end of data"


@dataclass(frozen=True)
class Report:
    """What an import did. rows = added + changed + unchanged + merged + rejected; retired are rows no longer there."""

    rows: int
    counts: Counts

    def as_json(self) -> dict[str, Any]:
        """The document of `import --json`."""
        c = self.counts
        return {
            "rows": self.rows, "added": c.added, "changed": c.changed, "unchanged": c.unchanged, "merged": c.merged,
            "retired": c.retired, "rejected": sorted(c.rejected, key=lambda rejected: rejected["line"]),
        }  # fmt: skip


@dataclass(frozen=True)
class _Record:
    """One record of the file: the line it begins on, its cells, or why it could not be read."""

    line: int
    cells: list[str]
    fault: str = ""


@dataclass
class Sheet:
    """A file that was looked through and can be read, with its mapping."""

    data: bytes
    file: str
    mapping: Mapping
    header: list[str] = field(default_factory=list)
    rows: int = 0

    def records(self) -> Iterator[_Record]:
        """Every record after the header; blank lines are passed over."""
        records = _records(self.data, self.mapping.encoding, self.mapping.delimiter)
        next(records, None)
        return (record for record in records if record.cells or record.fault)


def open_sheet(data: bytes, file: str, mapping: Mapping | str | None = None) -> Sheet:
    """Look a CSV file through. `mapping`: one, its name or path, or None to know it by the header.

    Refuses (BadInput, nothing written) an unreadable or torn file, one without header or rows to speak of, a mapping
    that is none, and a header that lacks a column of the mapping.
    """
    if mapping is None:
        mapping = recognise(_header(data, "utf-8", ",", file), file)
    elif isinstance(mapping, str):
        mapping = open_mapping(mapping)
    header = _header(data, mapping.encoding, mapping.delimiter, file)
    _check_header(header, mapping, file)
    sheet = Sheet(data, file, mapping, header)
    for record in sheet.records():
        sheet.rows += 1
        if _TORN in record.fault or "field larger" in record.fault:
            _refuse(file, "a quote is opened and never closed, so the rest cannot be told apart", line=record.line)
    return sheet


def _refuse(file: str, reason: str, *, line: int | None = None, column: str | None = None) -> NoReturn:
    raise BadInput(Problem(reason, field=column, line=line, file=file))


def _records(data: bytes, encoding: str, delimiter: str) -> Iterator[_Record]:
    # Undecodable bytes become half characters, so that one bad row can be told from a bad file.
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(line, [], str(error) or "is not CSV")
            continue
        yield _Record(line, cells if any(map(str.strip, cells)) else [], _fault(cells, encoding.removesuffix("-sig")))


def _fault(cells: list[str], encoding: str) -> str:
    text = "".join(cells)
    if "\x00" in text:
        return "holds a NUL byte"
    return f"is not {encoding}" if not text.isascii() and _HALF.search(text) else ""


def _header(data: bytes, encoding: str, delimiter: str, file: str) -> list[str]:
    first = next(_records(data, encoding, delimiter), None)
    if first is None or not first.cells or first.fault:
        reason = first.fault if first else ""
        _refuse(file, f"has no header that can be read{': it ' + reason if reason else ''}", line=1, column="header")
    return [name.strip() for name in first.cells]


def _check_header(header: list[str], mapping: Mapping, file: str) -> None:
    problems = []
    for column in sorted(mapping.columns()):
        if column not in header:
            problems.append(Problem("the mapping reads this column, and the file has none such", column, 1, file))
        elif header.count(column) > 1:
            problems.append(Problem("the mapping reads this column, and the file has several", column, 1, file))
    if problems:
        raise BadInput(*problems)


def import_sheet(
    sheet: Sheet, *, practice_id: UUID | None, now: datetime, dry_run: bool = False, progress: Progress | None = None
) -> Report:
    """Land a sheet's rows in the shared directory, or with `practice_id` in that practice's own.

    A dry run does the very same and takes it all back. `progress` is told rows done and rows in all.
    """
    if not dry_run:
        return _import(sheet, practice_id, now, progress)
    with transaction.atomic():
        report = _import(sheet, practice_id, now, progress)
        transaction.set_rollback(True)
    return report


def _import(sheet: Sheet, practice_id: UUID | None, now: datetime, progress: Progress | None) -> Report:
    landing = begin(
        practice_id, kind="csv", name=sheet.mapping.name, file_hash=hashlib.sha256(sheet.data).hexdigest(), now=now,
        today=now.astimezone(UTC).date(),
    )  # fmt: skip
    batch, done, all_keys_known = _Batch(landing), 0, True
    for record in sheet.records():
        all_keys_known &= batch.take(sheet, record)
        done += 1
        if done % BATCH == 0:
            batch.land()
            if progress:
                progress(done, sheet.rows)
    batch.land()
    # A row whose key could not be read might be any listing's: then nothing is retired.
    finish(landing, rows=done, retire=all_keys_known)
    if progress:
        progress(done, sheet.rows)
    return Report(done, landing.counts)


@dataclass
class _Batch:
    landing: Landing
    rows: list[Row] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def take(self, sheet: Sheet, record: _Record) -> bool:
        """Read one record. False when it could not even be told which listing it is about."""
        counts = self.landing.counts
        if record.fault or len(record.cells) != len(sheet.header):
            reason = record.fault or f"has {len(record.cells)} cells where the header has {len(sheet.header)}"
            counts.reject(record.line, None, reason)
            return False
        cells = dict(zip(sheet.header, record.cells, strict=True))
        try:
            self.rows.append(row_of(sheet.mapping, cells, record.line, self.landing.today))
        except BadInput as refusal:
            counts.reject(record.line, refusal.problems[0].field, "; ".join(p.reason for p in refusal.problems))
            return self._keep(sheet.mapping, cells)
        return True

    def _keep(self, mapping: Mapping, cells: dict[str, str]) -> bool:
        if any(cells[only.column].strip() not in only.values for only in mapping.only):
            return True  # not for us: a listing it once was is retired
        key = key_of(mapping, cells)
        if key is not None:
            self.kept.append(key)
        return key is not None

    def land(self) -> None:
        if self.rows:
            land(self.landing, self.rows)
        if self.kept:
            keep(self.landing, self.kept)
        self.rows, self.kept = [], []


def read_file(path: Path) -> bytes:
    """The bytes of a file. Refuses one that is not there or cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror or error}", file=str(path))) from error
