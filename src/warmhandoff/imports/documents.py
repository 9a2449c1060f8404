"""JSON files of any length, one document at a time: a list, a page or bundle that holds one, documents in a row, or one
a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from warmhandoff.imports.inputs import Input
from warmhandoff.rules.refusals import BadInput, Problem

LARGEST = 32 * 1024 * 1024
_PIECE = 256 * 1024
_SPACE = " \t\r\n"


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


@dataclass
class Around:
    """What stands around the documents: how many objects held a list of them, and what else was said there."""

    lists: int = 0
    singles: int = 0
    pages: list[dict[str, Any]] = field(default_factory=list)


def documents(file: Input, name: str, around: Around | None = None) -> Iterator[dict[str, Any]]:
    """The documents of a file: items of a list, or of the list called `name` in an object, or objects by themselves.

    Refuses (BadInput) what is not UTF-8 or not JSON, is torn, nested too deep, over 32 MiB a document, or no object.
    """
    try:
        with io.TextIOWrapper(file.open(), encoding="utf-8-sig") as text:
            read = _Reader(text)
            while read.skip():
                yield from _one(read, name, around or Around())
    except (ValueError, RecursionError) as error:
        reason = "is nested too deep" if isinstance(error, RecursionError) else f"is no JSON that can be read: {error}"
        raise BadInput(Problem(reason, file=file.name)) from error


def _one(read: _Reader, name: str, around: Around) -> Iterator[dict[str, Any]]:
    if read.next() == "[":
        around.lists += 1
        yield from _items(read)
        return
    if read.next() != "{":
        raise ValueError("an object or a list is needed")
    whole, listed = dict[str, Any](), False
    for key in _keys(read):
        if key == name and read.next() == "[":
            listed = True
            yield from _items(read)
        else:
            whole[key] = read.value()
    if listed:
        around.lists += 1
        around.pages.append(whole)
    else:
        around.singles += 1
        yield whole


def _items(read: _Reader) -> Iterator[dict[str, Any]]:
    read.take("[")
    if read.next() == "]":
        read.take("]")
        return
    while True:
        item = read.value()
        if not isinstance(item, dict):
            raise ValueError("a list holds something that is no object")
        yield item
        if read.next() == "]":
            read.take("]")
            return
        read.take(",")


def _keys(read: _Reader) -> Iterator[str]:
    """The keys of an object, each when its value is next."""
    read.take("{")
    if read.next() == "}":
        read.take("}")
        return
    while True:
        key = read.value() if read.next() == '"' else None
        if not isinstance(key, str):
            raise ValueError("an object's key is missing")
        read.take(":")
        yield key
        if read.next() == "}":
            read.take("}")
            return
        read.take(",")


class _Reader:
    """A text of which as much is in memory as the next value needs."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text, self._held, self._at, self._ended = text, "", 0, False

    def _more(self, size: int = _PIECE) -> bool:
        piece = self._text.read(size)
        self._held, self._at = self._held[self._at :] + piece, 0
        self._ended = not piece
        return bool(piece)

    def skip(self) -> bool:
        """Pass over blanks. False at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in _SPACE:
                    return True
                self._at += 1
            if not self._more():
                return False

    def next(self) -> str:
        if not self.skip():
            raise ValueError("it ends in the middle")
        return self._held[self._at]

    def take(self, mark: str) -> None:
        if self.next() != mark:
            raise ValueError(f"{mark} is needed, not {self._held[self._at]!r}")
        self._at += 1

    def value(self) -> Any:
        """The next value, whole; more is read until it is."""
        self.next()
        size = _PIECE
        while True:
            try:
                found, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                if self._ended:
                    raise
            else:
                if end < len(self._held) or self._ended:
                    self._at = end
                    return found
            if len(self._held) - self._at > LARGEST:
                raise ValueError(f"a document is over {LARGEST // 1024**2} MiB, or a text is never closed")
            self._more(size)
            size *= 2
