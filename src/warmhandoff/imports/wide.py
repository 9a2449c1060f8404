"""Very wide, very long CSV files read for the few rows in them that are wanted.

Registers quote every cell and keep one record a line. Where a block of the file is of that form, which is proved by
counting its quotes, the lines with a wanted code are found on the bytes themselves and only they are taken apart. A
block that is not (a line break inside a cell, a cell without quotes, a torn line) is read record by record with the
csv module: slower, and right.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

BLOCK = 4 * 1024 * 1024
LONGEST_LINE = 1024 * 1024
_QUOTE, _COMMA, _NEWLINE, _RETURN, _X = b'",\n\rX'
_CODE = 10  # characters of a taxonomy code; the last is always X
_OVERLONG = "\x00"

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it begins on, its cells, or why it could not be read; the byte and the line behind it."""

    line: int
    cells: list[str]
    place: int
    behind: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """Lines with nothing wanted in them, from the first to the last, with the first ten characters of each one's first
    cell where they were asked for."""

    first: int
    last: int
    place: int
    names: Sequence[str] = ()

    @property
    def behind(self) -> int:
        return self.last + 1


Piece = Record | Passed


class WideFile:
    """A file of `columns` columns of which the records with one of `codes` in them are wanted.

    Also returned are records whose first cell is not ten characters long or whose second is blank (in the register: the
    number is odd, or its bearer is gone), and any that cannot be read. `named`: tell who was passed over.
    """

    def __init__(self, file: BinaryIO, columns: int, codes: frozenset[str], *, named: bool = False) -> None:
        self._file, self._columns, self._named = file, columns, named
        self._codes = np.array(sorted(code[:-1].encode("ascii") for code in codes), dtype=f"S{_CODE - 1}")

    def pieces(self, place: int, line: int) -> Iterator[Piece]:
        """Everything from the byte `place`, which begins line `line`, to the end."""
        self._file.seek(place)
        tail = b""
        while True:
            data = tail + self._file.read(BLOCK)
            if not data:
                return
            cut = data.rfind(b"\n") + 1
            if len(data) < BLOCK and len(data) > cut:  # the last line has no end
                data, cut = data + b"\n", len(data) + 1
            block, tail = (data[:cut], data[cut:]) if cut else (data, b"")
            found = self._fast(block, place, line) if cut else None
            if found is None:
                yield from self._exact(place, place + len(block), line)
                place, line = self._behind
                self._file.seek(place)
                tail = b""
            else:
                yield from found
                place, line = place + len(block), line + self._lines

    def records(self, place: int, line: int) -> Iterator[Record]:
        """Every record from the byte `place`, which begins line `line`, to the end."""
        return self._exact(place, self._file.seek(0, io.SEEK_END), line)

    # A block of the strict form.

    def _fast(self, block: bytes, place: int, line: int) -> list[Piece] | None:
        """The pieces of a block of whole lines in the strict form; None where it is not of that form."""
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == _NEWLINE)
        starts = np.concatenate((np.zeros(1, dtype=np.intp), ends[:-1] + 1))
        if not self._is_strict(data, starts, ends):
            return None
        self._lines = len(ends)
        pieces: list[Piece] = []
        before = 0
        for number in self._wanted(data, starts, ends):
            cells = self._cells(block[starts[number] : ends[number]])
            if cells is None:
                return None
            if number > before:
                pieces.append(self._passed(data, starts, before, number, place, line))
            end = place + int(ends[number]) + 1
            pieces.append(Record(line + number, cells, end, line + number + 1))
            before = number + 1
        if before < len(ends):
            pieces.append(self._passed(data, starts, before, len(ends), place, line))
        return pieces

    def _is_strict(self, data: _Bytes, starts: _Places, ends: _Places) -> bool:
        if np.count_nonzero(data == _QUOTE) != 2 * self._columns * len(ends):
            return False
        if np.any(ends - starts < 3 * self._columns - 1):
            return False
        last = ends - 1
        last = last - (data[last] == _RETURN)
        return bool(np.all(data[starts] == _QUOTE) and np.all(data[last] == _QUOTE))

    def _wanted(self, data: _Bytes, starts: _Places, ends: _Places) -> list[int]:
        """The lines to be taken apart, by number, in order."""
        behind = np.flatnonzero((data[:-1] == _X) & (data[1:] == _QUOTE))
        behind = behind[behind >= _CODE]
        behind = behind[data[behind - _CODE] == _QUOTE]
        window = np.lib.stride_tricks.sliding_window_view(data, _CODE - 1)[behind - (_CODE - 1)]
        codes = np.ascontiguousarray(window).view(f"S{_CODE - 1}").ravel()
        wanted = np.zeros(len(ends), dtype=bool)
        wanted[np.searchsorted(ends, behind[np.isin(codes, self._codes)])] = True
        odd = (data[starts + _CODE + 1] != _QUOTE) | (data[starts + _CODE + 2] != _COMMA)
        blank = (data[starts + _CODE + 3] == _QUOTE) & (data[starts + _CODE + 4] == _QUOTE)
        return [int(number) for number in np.flatnonzero(wanted | odd | blank)]

    def _cells(self, raw: bytes) -> list[str] | None:
        raw = raw.rstrip(b"\r")
        if b"\x00" in raw or raw.count(b'"') != 2 * self._columns:
            return None
        try:
            cells = raw[1:-1].decode("utf-8").split('","')
        except UnicodeDecodeError:
            return None
        return cells if len(cells) == self._columns else None

    def _passed(self, data: _Bytes, starts: _Places, before: int, to: int, place: int, line: int) -> Passed:
        names: Sequence[str] = ()
        if self._named:
            window = np.lib.stride_tricks.sliding_window_view(data, _CODE)[starts[before:to] + 1]
            names = np.ascontiguousarray(window).tobytes().decode("latin-1")
            names = [names[at : at + _CODE] for at in range(0, len(names), _CODE)]
        end = int(starts[to]) if to < len(starts) else len(data)
        return Passed(line + before, line + to - 1, place + end, names)

    # Anything else.

    def _exact(self, place: int, end: int, line: int) -> Iterator[Record]:
        """Record by record from `place` until one ends at or behind `end`."""
        self._file.seek(place)
        self._behind = (place, line)
        feed = _Feed(self._file, place)
        reader = csv.reader(feed, strict=True)
        while feed.place < end:
            cells, fault = [], ""
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                fault = str(error) or "is not CSV"
            first, self._behind = self._behind[1], (feed.place, line + reader.line_num)
            if fault or any(map(str.strip, cells)):
                yield Record(first, cells, *self._behind, fault or self._fault(cells))
        self._behind = (feed.place, line + reader.line_num)

    def _fault(self, cells: Sequence[str]) -> str:
        text = "".join(cells)
        if "\x00" in text:
            return "holds a NUL byte, or is longer than a row can be"
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            return "is not UTF-8"
        if len(cells) != self._columns:
            return f"has {len(cells)} cells where the header has {self._columns}"
        return ""


class _Feed:
    """Lines of text for the csv module, never longer than a row can be; `place`: the byte behind the last."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        self._file, self.place = file, place

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        self.place += len(raw)
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while rest := self._file.readline(LONGEST_LINE):
                self.place += len(rest)
                if rest.endswith(b"\n"):
                    break
            return _OVERLONG + "\n"
        return raw.decode("utf-8", "surrogateescape")


def header_of(file: BinaryIO) -> tuple[list[str], int, int]:
    """The header's names, the byte behind it, and the number of the line there. No names: there is no header."""
    feed = _Feed(file, 0)
    reader = csv.reader(feed, strict=True)
    try:
        names = next(reader)
    except (StopIteration, csv.Error):
        return [], 0, 1
    if names:
        names[0] = names[0].removeprefix("\ufeff")
    return names, feed.place, reader.line_num + 1
