"""Listings side by side: every fact of each with its age, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.queries import FactView, ListingView, listing_pages
from warmhandoff.rules.access import Actor

MOST = 4
_LEFT_OUT = ("name", "lat", "lon")  # the heading, and what nobody compares by eye


@dataclass(frozen=True)
class ComparedFact:
    """One fact of each listing, in their order; None where it is not known. `differs`: not all say the same."""

    label: str
    cells: tuple[FactView | None, ...]
    differs: bool


@dataclass(frozen=True)
class Comparison:
    listings: tuple[ListingView, ...]
    facts: tuple[ComparedFact, ...]


def compare(actor: Actor, ids: Sequence[int], *, today: date) -> Comparison:
    """Up to four listings, in the order given; those out of reach are left out. Facts that none knows are left out."""
    views = listing_pages(actor, list(dict.fromkeys(ids))[:MOST], today=today)
    each = [{fact.field: fact for fact in view.facts} for view in views]
    rows = []
    for name, field in FIELDS.items():
        cells = tuple(facts.get(name) for facts in each)
        if name not in _LEFT_OUT and any(cells):
            said = {repr(cell.value) if cell else "" for cell in cells}
            rows.append(ComparedFact(field.label, cells, differs=len(said) > 1))
    return Comparison(tuple(views), tuple(rows))
