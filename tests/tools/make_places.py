"""Writes src/warmhandoff/rules/places.tsv.xz and zones.tsv from the development dependency `zipcodes`.

Run it again after an update of that package: `.venv/bin/python tests/tools/make_places.py`.
Kept: ZIPs that lie in a state, the District or a territory of the vocabulary and have coordinates. Military
and foreign ones carry zeros, which is no place.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

import zipcodes

from warmhandoff.rules.vocab import vocabulary

TARGET = Path(__file__).parents[2] / "src/warmhandoff/rules/places.tsv.xz"
ZONES = TARGET.with_name("zones.tsv")


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Zip, latitude, longitude (the package's own digits), state, city; in ZIP order."""
    states = vocabulary("states")
    for place in sorted(zipcodes.list_all(), key=lambda place: place["zip_code"]):
        has_coordinates = float(place["lat"] or 0) != 0 or float(place["long"] or 0) != 0
        if has_coordinates and place["state"] in states:
            yield place["zip_code"], place["lat"], place["long"], place["state"], place["city"]


def zones() -> Iterator[tuple[str, str]]:
    """The ZIPs, in order, at which the time zone is another one than that of the ZIP before. Zones that do not exist
    (the package has a few) are passed over."""
    known, before = available_timezones(), ""
    for place in sorted(zipcodes.list_all(), key=lambda place: place["zip_code"]):
        if place["timezone"] in known and place["state"] in vocabulary("states") and place["timezone"] != before:
            before = place["timezone"]
            yield place["zip_code"], before


def main() -> None:
    ZONES.write_text("".join("\t".join(row) + "\n" for row in zones()), "utf-8")
    text = "".join("\t".join(row) + "\n" for row in rows())
    TARGET.write_bytes(lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
