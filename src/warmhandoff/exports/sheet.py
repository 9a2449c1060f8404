"""The directory as one CSV file, which the mapping `warmhandoff-export` reads back whole.

A cell that a spreadsheet could take for a formula gets an apostrophe before it (OWASP ASVS 1.2.10), which the mapping
takes off again; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from warmhandoff.directory.exporting import Outgoing
from warmhandoff.directory.fields import FIELDS

HEADER = ("id", *FIELDS, "dates")
NONE = "(none)"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")
_MONEY = ("fee", "sliding_floor")


def harmless(text: str) -> str:
    """The text as no spreadsheet takes it for a formula. One that begins with an apostrophe gets another."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(listings: Iterable[Outgoing]) -> Iterator[str]:
    """The file in pieces of a row; first a byte order mark, by which spreadsheets know UTF-8."""
    yield "\ufeff" + _line(HEADER)
    for listing in listings:
        cells = [_cell(name, listing.values.get(name)) for name in FIELDS]
        yield _line([str(listing.key), *cells, _dates(listing)])


def table(header: Sequence[str], rows: Iterable[Sequence[str | float]]) -> bytes:
    """A small table as a CSV file of its own; words are made harmless, numbers stay numbers."""
    told = ([harmless(cell) if isinstance(cell, str) else str(cell) for cell in row] for row in (header, *rows))
    return ("\ufeff" + "".join(_line(cells) for cells in told)).encode()


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return harmless(_between(name).join(part.replace("|", "/") for part in value)) if value else NONE
    if name in _MONEY:
        return f"{value // 100}.{value % 100:02d}"
    return repr(value) if isinstance(value, (int, float)) else harmless(value)


def _between(name: str) -> str:
    return "|" if FIELDS[name].shape == "plans" else "; "  # the name of a plan may hold a semicolon


def _dates(listing: Outgoing) -> str:
    """ "fee 2026-10-02; plans 2026-10-02 2026-10-03": the day each was seen, and the day it was verified."""
    each = []
    for name, (seen, verified) in listing.dates.items():
        each.append(f"{name} {seen}" + (f" {verified}" if verified else ""))
    return "; ".join(each)
