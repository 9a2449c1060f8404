"""The files that come with the register's main file: further places of practice, other names, endpoints, and the list
of numbers that were taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from warmhandoff.directory.fields import is_npi
from warmhandoff.directory.importing import Gone, Item, Position, Row, Unread
from warmhandoff.imports.inputs import Input
from warmhandoff.imports.nppes import day, known, plain, where
from warmhandoff.imports.tidying import titled
from warmhandoff.imports.wide import Record, WideFile, header_of
from warmhandoff.imports.workbook import is_workbook, rows_of
from warmhandoff.rules.refusals import BadInput

Said = Mapping[str, tuple[Mapping[str, Any], date]]
Mains = Callable[[Sequence[str]], Said]
"""Of some NPIs: what the main file said of those that are listed, and when."""

_UNKNOWN = "no listing of behavioural health has this NPI: the main file comes first"
_SECOND = "Provider Secondary Practice Location Address"
_PLACE = {
    "npi": "NPI", "line_1": f"{_SECOND}- Address Line 1", "line_2": f"{_SECOND}-  Address Line 2",
    "city": f"{_SECOND} - City Name", "state": f"{_SECOND} - State Name", "zip": f"{_SECOND} - Postal Code",
    "country": f"{_SECOND} - Country Code (If outside U.S.)", "phone": f"{_SECOND} - Telephone Number",
    "fax": "Provider Practice Location Address - Fax Number",
}  # fmt: skip
_NAME = {"npi": "NPI", "name": "Provider Other Organization Name"}
_ENDPOINT = {"npi": "NPI", "type": "Endpoint Type", "endpoint": "Endpoint"}
_GONE = {"npi": "NPI", "day": "NPPES Deactivation Date"}
_OF_A_PLACE = frozenset({"address", "city", "state", "zip", "phone", "fax", "lat", "lon"})
_MOST_TOGETHER = 500


def _fits(header: Sequence[str], names: Mapping[str, str]) -> bool:
    return {plain(name) for name in names.values()} <= set(map(plain, header))


def part_of(header: Sequence[str]) -> str | None:
    """Which of the companions has this header: places, other_names, endpoints or deactivated; None: none of them."""
    kinds = {"places": _PLACE, "endpoints": _ENDPOINT, "other_names": _NAME, "deactivated": _GONE}
    # The main file has a column of other names as well, and far more columns.
    return next((part for part, names in kinds.items() if len(header) < 40 and _fits(header, names)), None)


@dataclass(frozen=True, slots=True)
class _Line:
    """A record with the cells that are read, by our names for them."""

    record: Record
    cells: Mapping[str, str]

    @property
    def behind(self) -> Position:
        return [self.record.place, self.record.behind]


def _lines(file: Input, names: Mapping[str, str], position: Position | None) -> Iterator[_Line]:
    with file.open() as opened:
        header, place, line = header_of(opened)
        at = {plain(name): number for number, name in enumerate(header)}
        places = {key: at[plain(name)] for key, name in names.items()}
        if position:
            place, line = position
        for record in WideFile(opened, len(header), frozenset()).records(place, line):
            cells = {} if record.fault else {key: record.cells[number].strip() for key, number in places.items()}
            yield _Line(record, cells)


def _groups(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    while group := list(islice(lines, _MOST_TOGETHER)):
        yield group


def _bad(line: _Line) -> Unread | None:
    if line.record.fault:
        return Unread(line.record.line, None, line.record.fault, torn=True)
    if not is_npi(line.cells["npi"]):
        reason = "is no NPI: ten digits, the last of which checks the others"
        return Unread(line.record.line, "NPI", reason, torn=True)
    return None


def places(file: Input, mains: Mains) -> Callable[[Position | None], Iterator[tuple[Item, Position]]]:
    """Further places of practice: each is a listing of its own, because a client may live near this one."""

    def read(position: Position | None) -> Iterator[tuple[Item, Position]]:
        for group in _groups(_lines(file, _PLACE, position)):
            said = mains([line.cells["npi"] for line in group if line.cells])
            for line in group:
                yield _bad(line) or _place(line, said), line.behind

    return read


def _place(line: _Line, said: Said) -> Item:
    cells, number = line.cells, line.record.line
    if cells["npi"] not in said:
        return Unread(number, "NPI", _UNKNOWN)
    main, seen_on = said[cells["npi"]]
    if cells["country"] not in ("", "US"):
        return Unread(number, "country", f"the place lies in {cells['country'][:20]}, not the United States")
    try:
        own = known(where(cells))
    except BadInput as refusal:
        return Unread(number, refusal.problems[0].field, refusal.problems[0].reason, torn=True)
    if not own.get("address"):
        return Unread(number, "address", "is blank: a place needs it", torn=True)
    if all(own.get(name) == main.get(name) for name in ("address", "city", "zip")):
        return Unread(number, "address", "is the place of the main file's row")
    spelled = "|".join(str(own.get(name, "")).casefold() for name in ("address", "city", "state", "zip"))
    key = f"{cells['npi']}/{hashlib.blake2b(spelled.encode(), digest_size=8).hexdigest()}"
    of_whom = {name: value for name, value in main.items() if name not in _OF_A_PLACE and value is not None}
    return Row(number, key, {**of_whom, **own}, stated_on=seen_on)


def other_names(file: Input, mains: Mains) -> Callable[[Position | None], Iterator[tuple[Item, Position]]]:
    """Names an organisation also goes by."""
    return _gathered(file, _NAME, mains, lambda line: ("other_names", titled(line.cells["name"])))


def endpoints(file: Input, mains: Mains) -> Callable[[Position | None], Iterator[tuple[Item, Position]]]:
    """Direct addresses and websites; endpoints between machines are not kept."""
    return _gathered(file, _ENDPOINT, mains, _endpoint)


def _endpoint(line: _Line) -> tuple[str, str] | str:
    kind, endpoint = line.cells["type"].upper(), line.cells["endpoint"]
    if kind == "DIRECT":
        return "direct_address", endpoint
    if kind in ("WEB", "OTHERS") and endpoint.lower().startswith(("http://", "https://")):
        return "website", endpoint
    return f"an endpoint of type {kind[:20]} is not kept"


def _gathered(
    file: Input, names: Mapping[str, str], mains: Mains, read_one: Callable[[_Line], tuple[str, str] | str]
) -> Callable[[Position | None], Iterator[tuple[Item, Position]]]:
    """Rows that say more of the main file's listings: those of one NPI, wherever they stand, become one."""

    def read(position: Position | None) -> Iterator[tuple[Item, Position]]:
        done = position[0] if position else 0
        for number, item in enumerate(items(), start=1):
            if number > done:
                yield item, [number]

    def items() -> Iterator[Item]:
        found: dict[str, tuple[int, int, dict[str, list[str]]]] = {}
        for group in _groups(_lines(file, names, None)):
            said = mains([line.cells["npi"] for line in group if line.cells])
            for line in group:
                refused = _bad(line) or _noted(line, said, found, read_one)
                if refused:
                    yield refused
        for npi, (first, rows, words) in found.items():
            facts = {name: values[0] for name, values in words.items() if name != "other_names"}
            if "other_names" in words:
                facts["other_names"] = _joined(words["other_names"])
            yield Row(first, npi, known(facts), rows=rows)

    return read


def _noted(
    line: _Line, said: Said, found: dict[str, tuple[int, int, dict[str, list[str]]]],
    read_one: Callable[[_Line], tuple[str, str] | str],
) -> Unread | None:  # fmt: skip
    number, npi = line.record.line, line.cells["npi"]
    if npi not in said:
        return Unread(number, "NPI", _UNKNOWN)
    told = read_one(line)
    if isinstance(told, str):
        return Unread(number, "Endpoint Type", told)
    try:
        facts = known(dict([told]))
    except BadInput as refusal:
        return Unread(number, told[0], refusal.problems[0].reason)
    if not facts:
        return Unread(number, told[0], "is blank")
    first, rows, words = found.get(npi, (number, 0, {}))
    value = str(facts[told[0]])
    if value not in words.setdefault(told[0], []):
        words[told[0]].append(value)
    found[npi] = (first, rows + 1, words)
    return None


def _joined(names: Sequence[str]) -> str:
    """As many of the names as fit."""
    joined = names[0]
    for name in names[1:]:
        if len(joined) + len(name) + 2 <= 300:
            joined += f"; {name}"
    return joined


def deactivated(file: Input) -> Callable[[Position | None], Iterator[tuple[Item, Position]]]:
    """The numbers that were taken back: a workbook as the register publishes it, or the same as CSV."""

    def read(position: Position | None) -> Iterator[tuple[Item, Position]]:
        done = position[0] if position else 0
        begun = False
        for number, cells in enumerate(_cells_of(file), start=1):
            if begun and number > done and any(cells):
                yield _deactivated(number, cells), [number]
            begun |= plain(cells[0] if cells else "") == "npi"

    return read


def has_deactivated(file: Input) -> bool:
    """Whether a workbook is the register's list: a title, then the two columns."""
    header = next((cells for cells in islice(rows_of(file), 5) if plain(cells[0] if cells else "") == "npi"), [])
    return part_of(header) == "deactivated"


def _cells_of(file: Input) -> Iterator[list[str]]:
    if is_workbook(file):
        yield from rows_of(file)
        return
    with file.open() as opened:
        for record in WideFile(opened, 2, frozenset()).records(0, 1):
            yield [record.fault] if record.fault else record.cells


def _deactivated(number: int, cells: Sequence[str]) -> Item:
    npi = cells[0].strip()
    if not is_npi(npi):
        return Unread(number, "NPI", "is no NPI: ten digits, the last of which checks the others")
    try:
        day(cells[1].strip() if len(cells) > 1 else "", "NPPES Deactivation Date")
    except BadInput as refusal:
        return Unread(number, "NPPES Deactivation Date", refusal.problems[0].reason)
    return Gone(number, npi)
