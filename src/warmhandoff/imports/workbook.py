"""The first sheet of an Excel workbook as rows of texts, and as a CSV file for what reads CSV."""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from warmhandoff.imports.inputs import Input, refuse

LARGEST = 512 * 1024 * 1024
_LARGEST_STRINGS = 64 * 1024 * 1024
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LETTERS = re.compile(r"[A-Z]+")
_MOST_COLUMNS = 1000


def is_workbook(file: Input) -> bool:
    return file.name.lower().endswith(".xlsx")


def rows_of(file: Input) -> Iterator[list[str]]:
    """The rows of the first sheet. Refuses (BadInput) what is no workbook, or unpacks to over 512 MiB."""
    try:
        with file.open() as opened, zipfile.ZipFile(opened) as archive:
            names = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
            if not names:
                refuse(file.name, "is no workbook: it has no sheet")
            first = min(names, key=lambda name: int(re.sub(r"\D", "", name)))
            strings = list(_strings(archive, file.name)) if "xl/sharedStrings.xml" in archive.namelist() else []
            yield from _rows(archive, first, strings, file.name)
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, NotImplementedError, EOFError) as error:
        refuse(file.name, f"is no workbook that can be read: {error}")


def _part(archive: zipfile.ZipFile, name: str, file: str, largest: int) -> BinaryIO:
    entry = archive.getinfo(name)
    if entry.flag_bits & 1:
        refuse(file, "is encrypted")
    if entry.file_size > largest or entry.file_size > 1000 * max(1, entry.compress_size):
        refuse(file, f"unpacks to over {largest // 1024**2} MiB, or to a thousand times its size")
    with archive.open(entry) as part:
        if re.search(rb"<!(DOCTYPE|ENTITY)", part.read(4096)):
            refuse(file, "declares entities, which no workbook needs")
    return archive.open(entry)  # type: ignore[return-value]


def _strings(archive: zipfile.ZipFile, file: str) -> Iterator[str]:
    with _part(archive, "xl/sharedStrings.xml", file, _LARGEST_STRINGS) as part:
        for _event, element in ElementTree.iterparse(part):  # noqa: S314 - entities are refused above
            if element.tag == f"{_NAMESPACE}si":
                yield "".join(text.text or "" for text in element.iter(f"{_NAMESPACE}t"))
                element.clear()


def _rows(archive: zipfile.ZipFile, name: str, strings: list[str], file: str) -> Iterator[list[str]]:
    with _part(archive, name, file, LARGEST) as part:
        for _event, element in ElementTree.iterparse(part):  # noqa: S314 - entities are refused above
            if element.tag == f"{_NAMESPACE}row":
                yield _cells(element, strings)
                element.clear()


def _cells(row: ElementTree.Element, strings: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{_NAMESPACE}c"):
        place = _place(cell.get("r", ""), len(found))
        found += [""] * (place - len(found))
        found.append(_text(cell, strings))
    return found


def _place(reference: str, default: int) -> int:
    letters = _LETTERS.match(reference)
    if letters is None:
        return default
    number = 0
    for letter in letters[0]:
        number = 26 * number + ord(letter) - 64
    if number - 1 < default or number > _MOST_COLUMNS:
        raise ValueError(f"cell {reference[:20]} is out of order or too far to the right")
    return number - 1


def _text(cell: ElementTree.Element, strings: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_NAMESPACE}t"))
    value = cell.findtext(f"{_NAMESPACE}v") or ""
    if cell.get("t") == "s":
        number = int(value)
        if not 0 <= number < len(strings):
            raise ValueError("a cell's text is missing")
        return strings[number]
    return value


def as_csv(file: Input) -> Input:
    """A workbook's first sheet as a CSV file on disk, every row as long as the first."""
    folder = Path(tempfile.mkdtemp(prefix="warmhandoff-import-"))
    path, width = folder / "sheet.csv", 0

    def opened() -> BinaryIO:
        return path.open("rb")

    weakref.finalize(opened, shutil.rmtree, folder, ignore_errors=True)  # gone once nobody can read it any more
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for cells in rows_of(file):
            width = width or len(cells)
            writer.writerow(cells + [""] * (width - len(cells)))
    return Input(file.name, path.stat().st_size, file.fingerprint, opened)
