"""Which clock a place goes by, and the zones of whole states, from a table inside the package.

`zones.tsv` names the ZIPs at which the zone changes, in order (tests/tools/make_places.py writes it from the
development dependency `zipcodes`, MIT).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from warmhandoff.rules.places import looks_like_zip, place_of_zip


@cache
def _changes() -> tuple[list[str], list[str]]:
    text = files("warmhandoff.rules").joinpath("zones.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    return [row[0] for row in rows], [row[1] for row in rows]


def zone_of_zip(text: str) -> str | None:
    """The time zone of a five-digit ZIP that is known; None for any other."""
    if not looks_like_zip(text) or place_of_zip(text) is None:
        return None
    starts, zones = _changes()
    return zones[bisect_right(starts, text) - 1]


# The zone in which most of a state's people live, where a listing names no ZIP. Places of several zones are few.
ZONE_OF_STATE = {
    **dict.fromkeys(
        ("CT", "DC", "DE", "FL", "GA", "KY", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA",
         "VT", "WV"), "America/New_York"),
    **dict.fromkeys(
        ("AL", "AR", "IA", "IL", "KS", "LA", "MN", "MO", "MS", "ND", "NE", "OK", "SD", "TN", "TX", "WI"),
        "America/Chicago"),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), "America/Denver"),
    **dict.fromkeys(("CA", "NV", "OR", "WA"), "America/Los_Angeles"),
    "AK": "America/Anchorage", "AZ": "America/Phoenix", "HI": "Pacific/Honolulu", "ID": "America/Boise",
    "IN": "America/Indiana/Indianapolis", "MI": "America/Detroit", "PR": "America/Puerto_Rico",
    "VI": "America/St_Thomas", "GU": "Pacific/Guam", "AS": "Pacific/Pago_Pago", "MP": "Pacific/Saipan",
}  # fmt: skip


@dataclass(frozen=True)
class Where:
    """The clock and the calendar of a place: its time zone, and the state whose holidays it keeps (or none known)."""

    zone: str
    state: str | None


def where(zip_code: str, state: str, *, default: Where) -> Where:
    """The clock and calendar of whoever is at this ZIP or in this state; `default` where neither is known."""
    place = place_of_zip(zip_code) if looks_like_zip(zip_code) else None
    named = place.state if place else state
    zone = zone_of_zip(zip_code) or ZONE_OF_STATE.get(named)
    return Where(zone, named) if zone else default
