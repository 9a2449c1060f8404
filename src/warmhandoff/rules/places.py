"""Where a ZIP code lies: latitude, longitude and state, from a table inside the package.

The coordinates are those of the `zipcodes` package (MIT), digit for digit; the table is made by
tests/tools/make_places.py. Military and foreign ZIPs have no coordinates and so are unknown here.
"""

from __future__ import annotations

import lzma
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_ZIP = re.compile(r"[0-9]{5}")
_ZIP_AS_WRITTEN = re.compile(r"\s*([0-9]{5})(?:-?[0-9]{4})?\s*")


@dataclass(frozen=True)
class Place:
    """A point in degrees (WGS 84) with its state's two-letter code. `city` is the post office's name for it."""

    zip: str
    lat: float
    lon: float
    state: str
    city: str


@cache
def _table() -> dict[str, str]:
    packed = files("warmhandoff.rules").joinpath("places.tsv.xz").read_bytes()
    return {line[:5]: line for line in lzma.decompress(packed).decode("utf-8").splitlines()}


def looks_like_zip(text: str) -> bool:
    """Five ASCII digits and nothing else."""
    return _ZIP.fullmatch(text) is not None


def normalised_zip(text: str) -> str | None:
    """The five digits of a ZIP as people write it: '78704-1234', '787041234' and ' 78704 ' give '78704'; else None."""
    match = _ZIP_AS_WRITTEN.fullmatch(text)
    return match.group(1) if match else None


@lru_cache(maxsize=65536)
def place_of_zip(text: str) -> Place | None:
    """The place of a five-digit ZIP; None where it is not known. ZIP+4 goes through `normalised_zip` first."""
    line = _table().get(text)
    if line is None:
        return None
    zip_code, lat, lon, state, city = line.split("\t")
    return Place(zip_code, float(lat), float(lon), state, city)


@cache
def places_in_state() -> dict[str, tuple[Place, ...]]:
    """State -> its places, in the order of their ZIPs."""
    found: dict[str, list[Place]] = {}
    for line in _table().values():
        zip_code, lat, lon, state, city = line.split("\t")
        found.setdefault(state, []).append(Place(zip_code, float(lat), float(lon), state, city))
    return {state: tuple(rows) for state, rows in found.items()}
