"""The national provider register (NPPES) as its dissemination files come: the main file, and what goes with it.

The register tells who someone is, what they are and where. Whether they take clients, which plans, ages or methods:
it does not say, and so it stays unknown. The sex column, licences and the mailing address (often a home) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from warmhandoff.directory.fields import checked, is_npi
from warmhandoff.directory.importing import Gone, Item, Position, Row, Unread
from warmhandoff.imports.inputs import Input, refuse
from warmhandoff.imports.taxonomy import facts_of, specialities
from warmhandoff.imports.tidying import state_of, telephone, titled
from warmhandoff.imports.wide import Passed, Record, WideFile, header_of
from warmhandoff.rules.places import normalised_zip
from warmhandoff.rules.refusals import BadInput, Problem

OUTSIDE = "outside behavioural health: none of its specialities is"
CODES = "Healthcare Provider Taxonomy Code"
_PLACE = "Business Practice Location Address"
_TEXTS = {
    "npi": "NPI", "entity": "Entity Type Code", "organization": "Provider Organization Name (Legal Business Name)",
    "last": "Provider Last Name (Legal Name)", "first": "Provider First Name", "suffix": "Provider Name Suffix Text",
    "credentials": "Provider Credential Text", "other_organization": "Provider Other Organization Name",
    "other_last": "Provider Other Last Name", "other_first": "Provider Other First Name",
    "line_1": f"Provider First Line {_PLACE}", "line_2": f"Provider Second Line {_PLACE}",
    "city": f"Provider {_PLACE} City Name", "state": f"Provider {_PLACE} State Name",
    "zip": f"Provider {_PLACE} Postal Code", "country": f"Provider {_PLACE} Country Code (If outside U.S.)",
    "phone": f"Provider {_PLACE} Telephone Number", "fax": f"Provider {_PLACE} Fax Number",
    "updated": "Last Update Date", "gone": "NPI Deactivation Date", "back": "NPI Reactivation Date",
}  # fmt: skip


def plain(name: str) -> str:
    """A column's name without the blanks, hyphens and capitals in which editions of the files differ."""
    return re.sub(r"[\s\-_]+", " ", name).strip().lower()


@dataclass(frozen=True)
class Columns:
    """Where in a record each thing stands. Read by name: columns that are new are passed over."""

    count: int
    texts: Mapping[str, int]
    codes: tuple[tuple[int, int], ...]  # of each speciality: its code, and whether it is the primary one

    @classmethod
    def of(cls, header: Sequence[str], file: str) -> Columns:
        """Refuses (BadInput) a header that lacks a column, naming each that is missing."""
        places = {plain(name): place for place, name in enumerate(header)}
        missing = [name for name in _TEXTS.values() if plain(name) not in places]
        codes = []
        for number in range(1, 16):
            code = places.get(plain(f"{CODES}_{number}"))
            primary = places.get(plain(f"Healthcare Provider Primary Taxonomy Switch_{number}"))
            if code is not None and primary is not None:
                codes.append((code, primary))
        if not codes:
            missing.append(f"{CODES}_1")
        if missing:
            raise BadInput(*(Problem("the main file has this column, and this file has none such", name, 1, file)
                             for name in missing))  # fmt: skip
        return cls(len(header), {key: places[plain(name)] for key, name in _TEXTS.items()}, tuple(codes))


def is_main(header: Sequence[str]) -> bool:
    names = set(map(plain, header))
    return plain("Entity Type Code") in names and plain(f"{CODES}_1") in names


Held = Callable[[Sequence[str]], set[str]]


@dataclass
class MainFile:
    """The main file: of its rows those with a speciality of behavioural health are listings.

    `held`: of some NPIs, those that are listed. In a file that tells of a week's changes it finds those whose
    speciality is no longer behavioural health, so that they are retired; a whole file needs no asking.
    """

    file: Input
    today: date
    held: Held | None = None
    landed: Callable[[Row], None] | None = None
    columns: Columns = field(init=False)
    _begin: Position = field(init=False)

    def __post_init__(self) -> None:
        with self.file.open() as opened:
            header, place, line = header_of(opened)
        if not header:
            refuse(self.file.name, "has no header that can be read")
        self.columns = Columns.of(header, self.file.name)
        self._begin = [place, line]

    def read(self, position: Position | None) -> Iterator[tuple[Item, Position]]:
        """Each row as it lands, is refused, or is retired, with the position behind it."""
        place, line = position or self._begin
        with self.file.open() as opened:
            wide = WideFile(opened, self.columns.count, frozenset(specialities()), named=self.held is not None)
            for piece in wide.pieces(place, line):
                behind = [piece.place, piece.behind]
                items = self._passed(piece) if isinstance(piece, Passed) else self._record(piece)
                for item in items:
                    yield item, behind

    def _passed(self, piece: Passed) -> Iterator[Item]:
        if self.held is not None:
            gone = self.held(piece.names)
            for line, npi in enumerate(piece.names, start=piece.first):
                if npi in gone:
                    yield Gone(line, npi, counted=False)
        yield Unread(piece.first, CODES, OUTSIDE, until=piece.last)

    def _record(self, record: Record) -> Iterator[Item]:
        if record.fault:
            yield Unread(record.line, None, record.fault, torn=True)
            return
        cells = {key: record.cells[place].strip() for key, place in self.columns.texts.items()}
        npi = cells["npi"]
        if not is_npi(npi):
            reason = "is no NPI: ten digits, the last of which checks the others"
            yield Unread(record.line, "NPI", reason, torn=True)
            return
        try:
            item = self._listing(record, cells)
        except BadInput as refusal:
            reason = "; ".join(problem.reason for problem in refusal.problems)
            item = Unread(record.line, refusal.problems[0].field, reason, key=npi)
        if isinstance(item, Unread) and item.key is None:
            yield Gone(record.line, npi, counted=False)
        elif isinstance(item, Row) and self.landed:
            self.landed(item)
        yield item

    def _listing(self, record: Record, cells: Mapping[str, str]) -> Row | Unread:
        """The row as it lands; `Unread` without a key where nobody of this NPI is to be listed."""
        gone, back = day(cells["gone"], "NPI Deactivation Date"), day(cells["back"], "NPI Reactivation Date")
        if gone and (back is None or back < gone):
            return Unread(record.line, "NPI Deactivation Date", f"this NPI was deactivated on {gone.isoformat()}")
        if cells["entity"] not in ("1", "2"):
            reason = "neither 1 (a person) nor 2 (an organisation)"
            return Unread(record.line, "Entity Type Code", reason, key=cells["npi"])
        codes = self._codes(record.cells)
        facts = facts_of(codes)
        if facts is None:
            return Unread(record.line, CODES, OUTSIDE)
        if cells["country"] not in ("", "US"):
            reason = f"its practice lies in {cells['country'][:20]}, not the United States"
            return Unread(record.line, "country", reason)
        updated = day(cells["updated"], "Last Update Date")
        if updated and updated > self.today:
            raise BadInput(Problem(f"{updated.isoformat()} is yet to come", "Last Update Date"))
        facts |= _who(cells) | where(cells) | {"npi": cells["npi"]}
        return Row(record.line, cells["npi"], known(facts), stated_on=updated)

    def _codes(self, cells: Sequence[str]) -> list[str]:
        """The codes of a record, the primary one first."""
        found = [(cells[primary].strip() != "Y", cells[code].strip()) for code, primary in self.columns.codes]
        return [code for _other, code in sorted(found, key=lambda pair: pair[0]) if code]


def known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that say something, checked as any others are."""
    return {name: value for name, value in checked(facts).items() if value not in (None, [])}


def _who(cells: Mapping[str, str]) -> dict[str, Any]:
    person = cells["entity"] == "1"
    if person:
        name = " ".join(filter(None, (titled(cells["first"]), titled(cells["last"]), titled(cells["suffix"]))))
        other = " ".join(filter(None, (titled(cells["other_first"]), titled(cells["other_last"]))))
        other = other if cells["other_last"] else ""
    else:
        name, other = titled(cells["organization"]), titled(cells["other_organization"])
    if not name:
        raise BadInput(Problem("is blank: a listing needs it", "name"))
    facts: dict[str, Any] = {"name": name, "credentials": cells["credentials"] if person else ""}
    # One more name stands in the main file; further ones come from the file of other names.
    return facts | ({"other_names": other} if other and other.casefold() != name.casefold() else {})


def where(cells: Mapping[str, str]) -> dict[str, Any]:
    """The place of practice and how to reach it."""
    lines = [titled(cells["line_1"]), titled(cells["line_2"])]
    return {
        "address": ", ".join(filter(None, lines)), "city": titled(cells["city"]), "state": state_of(cells["state"]),
        "zip": normalised_zip(cells["zip"][:10]) if cells["zip"] else None, "phone": telephone(cells["phone"]),
        "fax": telephone(cells["fax"]),
    }  # fmt: skip


def day(text: str, column: str) -> date | None:
    """A day as the register writes it, MM/DD/YYYY; None where the cell is blank."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day on the calendar, in no zone
    except ValueError as error:
        raise BadInput(Problem(f"a date as MM/DD/YYYY is needed, not {text[:40]!r}", column)) from error
