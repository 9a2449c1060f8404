"""A first look at a file nobody has described yet: how it is written, its headings, and what stands in its columns."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from warmhandoff.imports.inputs import Input
from warmhandoff.imports.sheet import header_of, records_of
from warmhandoff.rules.refusals import BadInput, Problem

MOST_COLUMNS = 100
SHOWN = 3
_DELIMITERS = (",", ";", "\t", "|")
_MOST_WORDS = 500
_BEGINNING = 64 * 1024


@dataclass(frozen=True)
class Column:
    """One column: its heading, its first texts, each text with its count (of 500 different ones), and why it cannot
    be used ("" where it can)."""

    heading: str
    first: tuple[str, ...]
    texts: Mapping[str, int]
    fault: str


@dataclass(frozen=True)
class FirstLook:
    """`encoding` and `delimiter` as they seem to be; `rows` counts them all."""

    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    rows: int

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)


def look_at(file: Input) -> FirstLook:
    """Look a CSV file through. Refuses (BadInput) one without a header, without rows, or of over 100 columns."""
    encoding = _encoding(file)
    delimiter = _delimiter(file, encoding)
    header = header_of(file, encoding, delimiter, file.name)
    if len(header) > MOST_COLUMNS:
        reason = f"has {len(header)} columns; over {MOST_COLUMNS} need a mapping that is written by hand"
        raise BadInput(Problem(reason, field="file"))
    texts, rows = _texts(file, encoding, delimiter, len(header)), 0
    found = [(Counter[str](), list[str]()) for _ in header]
    for cells in texts:
        rows += 1
        for (counts, first), cell in zip(found, cells, strict=False):
            _note(counts, first, cell)
    if not rows:
        raise BadInput(Problem("has no rows under its headings", field="file"))
    columns = tuple(
        Column(heading, tuple(first), dict(counts.most_common()), _fault(header, heading))
        for heading, (counts, first) in zip(header, found, strict=True)
    )
    return FirstLook(encoding, delimiter, columns, rows)


def _texts(file: Input, encoding: str, delimiter: str, width: int) -> list[list[str]]:
    records = records_of(file, encoding, delimiter)
    next(records, None)
    return [[" ".join(cell.split()) for cell in record.cells[:width]] for record in records if record.cells]


def _note(counts: Counter[str], first: list[str], cell: str) -> None:
    if not cell:
        return
    if len(first) < SHOWN and cell not in first:
        first.append(cell)
    if cell in counts or len(counts) < _MOST_WORDS:
        counts[cell] += 1


def _fault(header: list[str], heading: str) -> str:
    if not heading:
        return "It has no heading."
    return "Another column has the same heading." if header.count(heading) > 1 else ""


def _encoding(file: Input) -> str:
    """UTF-8 where the whole file is; else the code page in which Excel saves CSV files on Windows."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open() as opened:
            while piece := opened.read(_BEGINNING):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(file: Input, encoding: str) -> str:
    with file.open() as opened:
        beginning = opened.read(_BEGINNING).decode(encoding, "replace")
    first = beginning.lstrip("\ufeff").split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)
