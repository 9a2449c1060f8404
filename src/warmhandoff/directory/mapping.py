"""What was found, on a map: a dot for each ZIP, from the table of places inside the package. Nobody else is asked.

A place that is kept confidential, for all or for this practice, is on no map; nor is one whose ZIP is not known. The
two are told as one number, so that nothing can be read from their difference.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from warmhandoff.directory.deriving import over
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.directory.words import without_hidden_place
from warmhandoff.rules.access import Actor
from warmhandoff.rules.places import Place, place_of_zip

MOST = 5000
MOST_DOTS = 200
WIDTH, HEIGHT = 800, 520
_EDGE = 60
_LEAST_DEGREES = 0.15  # north to south: about ten miles, so that one ZIP is not the whole world
_NAMED = 12
_MILES_A_DEGREE = 69.1
_BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Dot:
    """One ZIP: where on the map, how large, how many listings. `named`: its town is written beside it."""

    zip: str
    town: str
    count: int
    x: float
    y: float
    radius: float
    named: bool


@dataclass(frozen=True)
class Map:
    """`bar`: (miles, how long that is on the map). `elsewhere`: listings without a place that may be shown; `further`:
    those in ZIPs beyond the 200 with the most."""

    dots: tuple[Dot, ...]
    elsewhere: int
    further: int
    bar: tuple[int, float] | None
    width: int = WIDTH
    height: int = HEIGHT


def map_of(actor: Actor, ids: Iterable[int]) -> Map:
    """These listings by ZIP, the fullest first. At most 5,000 make a map: of more, take the first."""
    wanted = list(ids)[:MOST]
    counts = Counter(_zips(actor, wanted))
    places = {code: place for code in counts if (place := place_of_zip(code)) is not None}
    shown = sorted(places, key=lambda code: (-counts[code], code))
    elsewhere = len(wanted) - sum(counts[code] for code in shown)
    if not shown:
        return Map((), elsewhere, 0, None)
    further, shown = sum(counts[code] for code in shown[MOST_DOTS:]), shown[:MOST_DOTS]
    frame = _frame([places[code] for code in shown])
    dots = tuple(_dot(places[code], counts[code], frame) for code in shown)
    return Map(_with_names(dots), elsewhere, further, _bar(frame))


def _zips(actor: Actor, ids: list[int]) -> Iterable[str]:
    """The ZIPs that may be shown; the practice's own word stands over the shared one."""
    said = Overlay.objects.filter(practice_id=actor.practice_id, listing_id__in=ids).exclude(facts_now={})
    own = dict(said.values_list("listing_id", "facts_now"))
    rows = dict(Listing.objects.filter(pk__in=ids).values_list("pk", "zip"))
    for key, facts in Listing.objects.filter(pk__in=own).values_list("pk", "facts_now") if own else ():
        values = {field: fact["value"] for field, fact in over(facts, own[key]).items()}
        rows[key] = without_hidden_place(values).get("zip") or ""
    return [code for code in rows.values() if code]


@dataclass(frozen=True)
class _Frame:
    """What the map shows: a point to begin at, and how many units a degree is each way."""

    north: float
    west: float
    across: float
    down: float


def _frame(places: list[Place]) -> _Frame:
    """All the places, in the middle, at the largest scale at which they fit; miles are as long both ways."""
    north, south = max(place.lat for place in places), min(place.lat for place in places)
    east, west = max(place.lon for place in places), min(place.lon for place in places)
    narrow = math.cos(math.radians((north + south) / 2))
    high = max(north - south, _LEAST_DEGREES)
    wide = max((east - west) * narrow, _LEAST_DEGREES)
    down = min((HEIGHT - 2 * _EDGE) / high, (WIDTH - 2 * _EDGE) / wide)
    across = down * narrow
    return _Frame((north + south) / 2 + HEIGHT / 2 / down, (east + west) / 2 - WIDTH / 2 / across, across, down)


def _dot(place: Place, count: int, frame: _Frame) -> Dot:
    x, y = (place.lon - frame.west) * frame.across, (frame.north - place.lat) * frame.down
    radius = min(24.0, 5 + 2 * math.sqrt(count))
    return Dot(place.zip, place.city.title(), count, round(x, 1), round(y, 1), radius, named=False)


def _with_names(dots: tuple[Dot, ...]) -> tuple[Dot, ...]:
    """The towns of the fullest dots, each once and none over another."""
    named: list[Dot] = []
    found = []
    for dot in dots:
        near = any(abs(dot.x - other.x) < 110 and abs(dot.y - other.y) < 26 for other in named)
        known = any(dot.town == other.town for other in named)
        fits = len(named) < _NAMED and not near and not known
        found.append(Dot(**{**vars(dot), "named": fits}))
        if fits:
            named.append(dot)
    return tuple(found)


def _bar(frame: _Frame) -> tuple[int, float]:
    """The longest round number of miles that is at most a quarter of the map."""
    mile = frame.down / _MILES_A_DEGREE
    fits = [miles for miles in _BARS if miles * mile <= WIDTH / 4]
    miles = fits[-1] if fits else _BARS[0]
    return miles, round(miles * mile, 1)
