"""From one listing's rows to what the engine reads: what is known today, seen through a practice's overlay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from warmhandoff.directory.deriving import over
from warmhandoff.directory.freshness import known_values, verified_days
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.matching import Listing as Matchable
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.vocab import trust_of

_ENGINE = frozenset(field.name for field in fields(Matchable)) - {"id", "trust", "verified_days"}


def matchable(listing: Listing, overlay: Overlay | None, today: date) -> Matchable:
    """One listing as the engine reads it: what is known today, and this practice's trust."""
    facts = over(listing.facts_now, overlay.facts_now if overlay else {})
    values = known_values(facts, today)
    values |= _point(values)
    given: dict[str, Any] = {name: _tuple(value) for name, value in values.items() if name in _ENGINE}
    given["kind"] = given.get("kind") or listing.kind
    # The engine takes specialities only within what is treated; the two may be of different ages or sources.
    if "specialises_in" in given:
        treats = given.get("treats")
        given["specialises_in"] = None if treats is None else tuple(_within(given["specialises_in"], treats))
    return Matchable(
        id=listing.pk, trust=trust_of(overlay.relationship) if overlay else 0.0,
        verified_days=verified_days(facts, today), **given,
    )  # fmt: skip


def _point(values: dict[str, Any]) -> dict[str, Any]:
    """The point, or that of the ZIP. A confidential place has none: a distance would give it away."""
    if values.get("confidential"):
        return {"lat": None, "lon": None}
    if values.get("lat") is not None and values.get("lon") is not None:
        return {}
    place = place_of_zip(values.get("zip") or "")
    return {"lat": place.lat, "lon": place.lon} if place else {"lat": None, "lon": None}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _within(codes: Iterable[str], outer: Iterable[str]) -> list[str]:
    allowed = set(outer)
    return [code for code in codes if code in allowed]
