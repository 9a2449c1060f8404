"""CSV files into the directory, by a mapping.

The file is looked through once before anything is written: what cannot be read at all is refused whole. Then its
rows land in batches; a row that cannot be read is rejected with its line, and the rest lands. Both times the file is
read from where it lies, a row at a time.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import NoReturn
from uuid import UUID

from warmhandoff.directory.importing import Arriving, Item, Position, Progress, Report, Unread, import_rows
from warmhandoff.imports.cells import key_of, row_of, unguarded
from warmhandoff.imports.inputs import Input, of_bytes
from warmhandoff.imports.mapping import Mapping, open_mapping, recognise
from warmhandoff.rules.refusals import BadInput, Problem

__all__ = ["Record", "Report", "Sheet", "first_rows", "header_of", "import_sheet", "is_recognised",
           "open_sheet", "records_of"]  # fmt: skip
_HALF = re.compile("[\ud800-\udfff]")
_TORN = "unexpected end of data"


@dataclass(frozen=True)
class Record:
    """One record of the file: the line it begins on, its cells, or why it could not be read."""

    line: int
    cells: list[str]
    fault: str = ""


@dataclass
class Sheet:
    """A file that was looked through and can be read, with its mapping."""

    data: Input
    file: str
    mapping: Mapping
    header: list[str] = field(default_factory=list)
    rows: int = 0

    def records(self) -> Iterator[Record]:
        """Every record after the header; blank lines are passed over."""
        records = records_of(self.data, self.mapping.encoding, self.mapping.delimiter)
        next(records, None)
        return (record for record in records if record.cells or record.fault)


def open_sheet(data: bytes | Input, file: str, mapping: Mapping | str | None = None) -> Sheet:
    """Look a CSV file through. `mapping`: one, its name or path, or None to know it by the header.

    Refuses (BadInput, nothing written) an unreadable or torn file, one without header or rows to speak of, a mapping
    that is none, and a header that lacks a column of the mapping.
    """
    data = of_bytes(data, file) if isinstance(data, bytes) else data
    if mapping is None:
        mapping = recognise(header_of(data, "utf-8", ",", file), file)
    elif isinstance(mapping, str):
        mapping = open_mapping(mapping)
    header = header_of(data, mapping.encoding, mapping.delimiter, file)
    _check_header(header, mapping, file)
    sheet = Sheet(data, file, mapping, header)
    for record in sheet.records():
        sheet.rows += 1
        if _TORN in record.fault or "field larger" in record.fault:
            _refuse(file, "a quote is opened and never closed, so the rest cannot be told apart", line=record.line)
    return sheet


def is_recognised(data: Input) -> bool:
    """Whether a file has the header of a shipped mapping."""
    try:
        recognise(header_of(data, "utf-8", ",", data.name), data.name)
    except BadInput:
        return False
    return True


def _refuse(file: str, reason: str, *, line: int | None = None, column: str | None = None) -> NoReturn:
    raise BadInput(Problem(reason, field=column, line=line, file=file))


def records_of(data: Input, encoding: str, delimiter: str) -> Generator[Record, None, None]:
    """Every record of a CSV file, the header first; one that cannot be read says why."""
    # Undecodable bytes become half characters, so that one bad row can be told from a bad file.
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    with io.TextIOWrapper(data.open(), encoding=encoding, errors="surrogateescape", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, [], str(error) or "is not CSV")
                continue
            told = cells if any(map(str.strip, cells)) else []
            yield Record(line, told, _fault(cells, encoding.removesuffix("-sig")))


def _fault(cells: list[str], encoding: str) -> str:
    text = "".join(cells)
    if "\x00" in text:
        return "holds a NUL byte"
    return f"is not {encoding}" if not text.isascii() and _HALF.search(text) else ""


def header_of(data: Input, encoding: str, delimiter: str, file: str) -> list[str]:
    """The names of the columns, trimmed. Refuses (BadInput) a file without a header that can be read."""
    with closing(records_of(data, encoding, delimiter)) as records:
        first = next(records, None)
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

    A dry run tells the very same and writes nothing. `progress` is told rows done and rows in all.
    """
    today = now.astimezone(UTC).date()
    how = json.dumps(asdict(sheet.mapping), default=sorted, sort_keys=True)  # sets in an order that every process sees
    fingerprint = hashlib.sha256(f"{sheet.data.fingerprint} {how}".encode()).hexdigest()
    arriving = Arriving(
        kind="csv", name=sheet.mapping.name, fingerprint=fingerprint, total=sheet.rows,
        read=lambda position: _items(sheet, position, today),
    )  # fmt: skip
    return import_rows(arriving, practice_id=practice_id, now=now, dry_run=dry_run, progress=progress)


def _items(sheet: Sheet, position: Position | None, today: date) -> Iterator[tuple[Item, Position]]:
    """Each record as a row or as what could not be read; the position is how many were done."""
    done = position[0] if position else 0
    for number, record in enumerate(sheet.records(), start=1):
        if number > done:
            yield _item(sheet, record, today), [number]


def first_rows(sheet: Sheet, most: int, *, now: datetime) -> list[Item]:
    """What the first rows of a sheet would become, or why not; nothing is compared with what is held."""
    today = now.astimezone(UTC).date()
    return [_item(sheet, record, today) for record in islice(sheet.records(), most)]


def _item(sheet: Sheet, record: Record, today: date) -> Item:
    if record.fault or len(record.cells) != len(sheet.header):
        reason = record.fault or f"has {len(record.cells)} cells where the header has {len(sheet.header)}"
        return Unread(record.line, None, reason, torn=True)
    cells = dict(zip(sheet.header, record.cells, strict=True))
    if sheet.mapping.guarded:
        cells = {name: unguarded(cell) for name, cell in cells.items()}
    try:
        return row_of(sheet.mapping, cells, record.line, today)
    except BadInput as refusal:
        reason = "; ".join(problem.reason for problem in refusal.problems)
        # A row that is not for us keeps nothing: a listing it once was is retired.
        outside = any(cells[only.column].strip() not in only.values for only in sheet.mapping.only)
        key = None if outside else key_of(sheet.mapping, cells)
        return Unread(record.line, refusal.problems[0].field, reason, key=key, torn=not outside and key is None)
