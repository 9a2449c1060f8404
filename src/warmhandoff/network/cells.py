"""The squares of the grid of gaps: kind of help and first concern, way of paying, how far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from warmhandoff.rules.gaps import LEAST
from warmhandoff.rules.vocab import vocabulary

_BANDS = (5, 15, 30, 60)
TELEHEALTH, FURTHER, OTHER = "telehealth", "further", "other"


@dataclass(frozen=True, order=True)
class Cell:
    """Codes: kind, concern ("" for none named), payment (a plan, "budget" or "any"), distance (miles as text,
    "telehealth" or "further"). Each is "other" where too few of each sort came to be told apart."""

    kind: str
    concern: str
    payment: str
    distance: str

    @property
    def help_words(self) -> str:
        if self.kind == OTHER:
            return "Other needs"
        kind = _label("kinds", self.kind).partition(" (")[0]
        if self.concern == OTHER:
            return f"{kind}: other concerns"
        return f"{kind}: {_label('concerns', self.concern)}" if self.concern else kind

    @property
    def payment_words(self) -> str:
        named = {"any": "any way of paying", "budget": "self-pay", OTHER: "various ways of paying"}
        return named.get(self.payment) or _label("plans", self.payment)

    @property
    def distance_words(self) -> str:
        named = {TELEHEALTH: "by telehealth", FURTHER: f"over {_BANDS[-1]} miles", OTHER: "at various distances"}
        return named.get(self.distance) or f"within {self.distance} miles"

    def __str__(self) -> str:
        parts = ((self.payment, self.payment_words), (self.distance, self.distance_words))
        return ", ".join([self.help_words, *(words for code, words in parts if code != OTHER)])


def cell_of(need: Mapping[str, Any]) -> Cell:
    """The square of a need as in need.json: its first concern, its one way of paying, how far at the most."""
    payment = need.get("payment") or {}
    paid = str(payment.get("plan") or ("budget" if payment.get("budget") is not None else "any"))
    concern = next(iter(need.get("concerns") or ()), "")
    return Cell(str(need.get("kind", "")), str(concern), paid, _distance(need))


def _distance(need: Mapping[str, Any]) -> str:
    miles = need.get("radius_miles")
    if "in_person" not in (need.get("formats") or ()) or miles is None:
        return TELEHEALTH
    return next((str(band) for band in _BANDS if miles <= band), FURTHER)


def told_cells(counts: Mapping[Cell, int]) -> dict[Cell, Cell]:
    """As what each square is told: itself from LEAST on; what is less is put together with the like of it.

    First without the concern, then without payment and distance, at last without the kind: a rare need of one client
    must not be read off a square. What is left over in the end says no more than that there were some.
    """
    told: dict[Cell, Cell] = {}
    left = {cell: count for cell, count in counts.items() if count}
    for wider in (_as_is, _without_concern, _kind_alone):
        sums: Counter[Cell] = Counter()
        for cell, count in left.items():
            sums[wider(cell)] += count
        told |= {cell: wider(cell) for cell in left if sums[wider(cell)] >= LEAST}
        left = {cell: count for cell, count in left.items() if cell not in told}
    return told | {cell: Cell(OTHER, OTHER, OTHER, OTHER) for cell in left}


def _as_is(cell: Cell) -> Cell:
    return cell


def _without_concern(cell: Cell) -> Cell:
    return replace(cell, concern=OTHER)


def _kind_alone(cell: Cell) -> Cell:
    return Cell(cell.kind, OTHER, OTHER, OTHER)


def _label(name: str, code: str) -> str:
    words = vocabulary(name)
    return words.label(code) if code in words else code


def most_of(cells: Counter[Cell]) -> str:
    """ "about 12 needs a year (Therapist: trauma, Aetna, within 15 miles)"; a number under five is "a few"."""
    total = sum(cells.values())
    names = [str(cell) for cell, _ in sorted(cells.items(), key=lambda two: (-two[1], two[0]))]
    more = f"; and {len(names) - 2} more kinds" if len(names) > 2 else ""
    many = f"about {total} needs" if total >= LEAST else "a few needs"
    return f"{many} a year ({'; '.join(names[:2])}{more})"
