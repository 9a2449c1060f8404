"""The two files of `warmhandoff match`: a need, and a directory as JSON lines. Faults carry file, line and field."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NoReturn

from warmhandoff.matching.listing import parse_listing, place_is_lost, unknown_fields
from warmhandoff.matching.need import parse_need
from warmhandoff.matching.types import Listing, Need
from warmhandoff.matching.view import Directory
from warmhandoff.rules.refusals import BadInput, Problem

LISTINGS_NAME = "listings.jsonl"
PROBLEMS_SHOWN = 20
_BOM = b"\xef\xbb\xbf"


def parse_object(data: bytes) -> dict[str, object]:
    """One JSON object, strictly: UTF-8, no NaN or Infinity, no key twice. Refuses without file or line."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(Problem(f"is not UTF-8 (byte {error.start + 1})")) from error
    try:
        value = _decoder().decode(text)
    except json.JSONDecodeError as error:
        raise BadInput(Problem(f"is not whole JSON: {error.msg} (column {error.colno})")) from error
    except RecursionError as error:
        raise BadInput(Problem("is nested too deeply")) from error
    except ValueError as error:  # CPython refuses whole numbers of thousands of digits
        raise BadInput(Problem("holds a number with too many digits")) from error
    if not isinstance(value, dict):
        raise BadInput(Problem("is not a JSON object"))
    return value


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_constant)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise BadInput(Problem("is given twice", field=_printable(repeated)))
    for name, value in pairs:
        if isinstance(value, float) and not math.isfinite(value):
            raise BadInput(Problem("is not a finite number", field=_printable(name)))
    return found


def _no_constant(name: str) -> float:
    """NaN and Infinity are no JSON; as the float they spell, the key's own check then names the field."""
    return float(name)


def _printable(name: str) -> str:
    return _visible(name[:60])


def _visible(text: str) -> str:
    """What cannot be printed as its escape: a code or a name in a file must not be able to steer the terminal."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _placed(problem: Problem, file: str, line: int | None = None) -> Problem:
    """The problem with the place in the file where it is."""
    field_name = None if problem.field is None else _visible(problem.field)
    return Problem(_visible(problem.reason), field=field_name, line=line, file=file)


def read_need(data: bytes, file: str) -> Need:
    """The bytes of need.json -> `Need`; every problem names the file."""
    try:
        return parse_need(parse_object(data.removeprefix(_BOM)))
    except BadInput as refusal:
        raise BadInput(*(_placed(problem, file) for problem in refusal.problems)) from refusal


@dataclass
class ListingsRead:
    """The listings of a file, and what was passed over: field names that do not exist, ZIPs that are not known."""

    directory: Directory
    unknown_fields: Counter[str] = field(default_factory=Counter)
    lost_places: int = 0

    def warnings(self) -> list[str]:
        """Sentences for standard error."""
        found = [
            f"{name}: there is no such field; left unread in {_times(count)}"
            for name, count in sorted(self.unknown_fields.items())
        ]
        if self.lost_places:
            found.append(f"zip: not in the table of ZIPs, so the place is unknown, in {_times(self.lost_places)}")
        return found


def read_clients(path: Path) -> list[tuple[str, Need]]:
    """The clients of a panel, one object a line: {"client": name, "need": as in need.json}, in the file's order.

    Refuses the whole file for any faulty line or a client named twice, naming file, line and field of the first 20.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[int, Need]] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            name, need = _client(line)
            if name in found:
                raise BadInput(Problem(f"{name!r} is also the client of line {found[name][0]}", field="client"))
            found[name] = (number, need)
        except BadInput as refusal:
            problems += [_placed(problem, str(path), number) for problem in refusal.problems]
        if len(problems) >= PROBLEMS_SHOWN:
            break
    if problems:
        raise BadInput(*problems[:PROBLEMS_SHOWN])
    return [(name, need) for name, (_, need) in found.items()]


def _client(line: bytes) -> tuple[str, Need]:
    raw = parse_object(line)
    odd = [Problem("there is no such field", field=_printable(name)) for name in raw if name not in ("client", "need")]
    name, need = raw.get("client"), raw.get("need")
    if not isinstance(name, str) or not name:
        odd.append(Problem("a text that is not empty is needed", field="client"))
    if not isinstance(need, dict):
        odd.append(Problem("an object as in need.json is needed", field="need"))
    if odd:
        raise BadInput(*odd)
    try:
        return str(name), parse_need(need)  # type: ignore[arg-type]  # checked above
    except BadInput as refusal:
        within = [replace(one, field=f"need.{one.field}" if one.field else "need") for one in refusal.problems]
        raise BadInput(*within) from refusal


def _times(count: int) -> str:
    return "1 listing" if count == 1 else f"{count} listings"


def listings_path(path: Path) -> Path:
    """The file itself, or `listings.jsonl` of a folder."""
    return path / LISTINGS_NAME if path.is_dir() else path


def read_listings(path: Path) -> ListingsRead:
    """A listings file, or the folder that holds it, as a `Directory`.

    One object a line, UTF-8 (a byte order mark is passed over, blank lines too). Refuses the whole file for any
    faulty line, naming file, line and field of the first 20 faults; nothing is half read.
    """
    file = listings_path(path)
    reading = _Reading(str(file))
    for number, line in enumerate(_lines(file), start=1):
        if line.strip():
            reading.take(number, line)
        if len(reading.problems) >= PROBLEMS_SHOWN:
            reading.refuse(f"reading stopped at line {number}, after {PROBLEMS_SHOWN} faults")
    if reading.problems:
        reading.refuse()
    return ListingsRead(Directory.of(reading.listings), reading.unknown_fields, reading.lost_places)


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(stream):
                yield line.removeprefix(_BOM) if number == 0 else line
    except OSError as error:
        raise unreadable(file, error) from error


def unreadable(file: Path, error: OSError) -> BadInput:
    """The refusal about a file that is not there or cannot be read."""
    return BadInput(Problem(f"cannot be read: {error.strerror or error}", file=str(file)))


@dataclass
class _Reading:
    file: str
    listings: list[Listing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown_fields: Counter[str] = field(default_factory=Counter)
    lost_places: int = 0
    line_of: dict[int, int] = field(default_factory=dict)

    def take(self, number: int, line: bytes) -> None:
        try:
            raw = parse_object(line)
            listing = parse_listing(raw)
        except BadInput as refusal:
            self.problems += [_placed(problem, self.file, number) for problem in refusal.problems]
            return
        earlier = self.line_of.setdefault(listing.id, number)
        if earlier != number:
            reason = f"{listing.id} is also the id of line {earlier}"
            self.problems.append(Problem(reason, field="id", line=number, file=self.file))
            return
        self.count(raw)
        self.listings.append(listing)

    def count(self, raw: Mapping[str, object]) -> None:
        self.unknown_fields.update(_printable(name) for name in unknown_fields(raw))
        self.lost_places += place_is_lost(raw)

    def refuse(self, *more: str) -> NoReturn:
        raise BadInput(*self.problems[:PROBLEMS_SHOWN], *(Problem(reason, file=self.file) for reason in more))
