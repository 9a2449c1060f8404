"""The elements a release must hold, as data with citation and date, and which of them one lacks.

Source: 45 CFR 164.508(c) for every release; 42 CFR 2.31(a) besides where records of a substance-use programme are in
it. The table is release_tables/elements.toml. Support for the practice, whose counsel decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.refusals import BadInput, Problem

PART2_CLASSES = frozenset({"substance_use"})


@dataclass(frozen=True)
class Element:
    """One element: what it asks for, where the law says so, and the words for it where they are always the same."""

    code: str
    law: str
    cite: str
    asks: str
    is_statement: bool
    en: str = ""
    es: str = ""

    def text(self, language: str) -> str:
        """The statement in "en" or "es"."""
        return self.es if language == "es" else self.en


@dataclass(frozen=True)
class Law:
    """Where a group of elements comes from, and when that was read."""

    code: str
    name: str
    source: str
    read_on: date


@dataclass(frozen=True)
class Ending:
    """An event that ends a release, in words for staff and for clients."""

    code: str
    label: str
    plain: str
    plain_es: str

    def words(self, language: str) -> str:
        return self.plain_es if language == "es" else self.plain


def _read(name: str) -> dict[str, Any]:
    text = files("warmhandoff.rules").joinpath("release_tables", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def elements() -> dict[str, Element]:
    """Every element by its code, in the order of the law."""
    found = [
        Element(one["code"], one["law"], one["cite"], one["asks"], one["held_by"] == "statement", one.get("en", ""),
                one.get("es", ""))
        for one in _read("elements.toml")["element"]
    ]
    return {one.code: one for one in found}


@cache
def laws() -> dict[str, Law]:
    """The laws the elements come from."""
    raw = _read("elements.toml")["laws"]
    return {code: Law(code, one["name"], one["source"], one["read_on"]) for code, one in raw.items()}


@cache
def endings() -> dict[str, Ending]:
    """Every event a release can end with, by its code."""
    found = [Ending(**one) for one in _read("endings.toml")["ending"]]
    return {one.code: one for one in found}


def ending(code: str) -> Ending:
    """The event of this code; an unknown one is refused."""
    if code not in endings():
        raise BadInput(Problem("this event is not one a release can end with", field="ends_with"))
    return endings()[code]


def of_law(*codes: str) -> frozenset[str]:
    """The codes of the elements of these laws ("general", "part2")."""
    return frozenset(one.code for one in elements().values() if one.law in codes)


GENERAL = of_law("general")
PART2 = of_law("part2")


def is_part2(classes: Iterable[str], *, programme: bool = False) -> bool:
    """Whether 42 CFR Part 2 asks for its own elements: for these classes, or for all records of such a programme."""
    return programme or bool(PART2_CLASSES & set(classes))


def required(classes: Iterable[str], *, programme: bool = False) -> frozenset[str]:
    """The elements a disclosure of these classes rests on. `programme`: the practice is a Part 2 programme."""
    return GENERAL | PART2 if is_part2(classes, programme=programme) else GENERAL


def statements(classes: Iterable[str], *, programme: bool = False) -> tuple[str, ...]:
    """The codes of the statements a release's text holds, in the order they are read."""
    needed = required(classes, programme=programme)
    return tuple(one.code for one in elements().values() if one.is_statement and one.code in needed)


@dataclass(frozen=True)
class Filled:
    """What one release says, for checking. `statements`: codes of the statements that stand in its text.

    authority: whether nobody signed for somebody else, or it is said by what right.
    """

    patient: str
    discloser: str
    recipients: int
    classes: frozenset[str]
    purpose: str
    ends: bool
    signed: bool
    authority: bool
    statements: frozenset[str]


def held(filled: Filled) -> frozenset[str]:
    """The codes of the elements this release holds."""
    facts = {
        "what": bool(filled.classes), "from_whom": bool(filled.discloser.strip()), "to_whom": filled.recipients > 0,
        "purpose": bool(filled.purpose), "ends": filled.ends, "signature": filled.signed,
        "authority": filled.authority, "part2_patient": bool(filled.patient.strip()),
    }
    said = {code for code in filled.statements if code in elements() and elements()[code].is_statement}
    return frozenset({code for code, there in facts.items() if there} | said)


def missing(present: frozenset[str], classes: Iterable[str], *, programme: bool = False) -> list[Element]:
    """The elements these classes ask for that are not among `present`, in the order of the law; empty: complete."""
    needed = required(classes, programme=programme) - present
    return [one for one in elements().values() if one.code in needed]
