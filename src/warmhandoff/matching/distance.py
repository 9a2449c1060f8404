"""Great-circle distances from the client to every row, in miles, exact to the last bit where it matters.

The reference is `miles` below, by CPython's `math`. NumPy's sine and power may differ from it in the last bits, so
whatever comes near a threshold or a rounding step is computed again with the reference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from warmhandoff.matching.columns import MILLION, Bools, Floats, Ints, PointColumn, Rows, Tri, millionths

EARTH_RADIUS_MILES = 3958.7613
_NEARLY_ANTIPODAL = 0.999
"""Above this haversine the arc sine is so steep that the last bits of its argument show in the result."""

_TINY_RADIUS = 0.01
"""Below this many miles the last bits of a distance show in the millionths of its share of the radius."""


def miles(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine distance of two points in degrees, on a sphere of 3958.7613 miles (matching contract, float64)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    north = math.sin((phi2 - phi1) / 2)
    east = math.sin((math.radians(lon2) - math.radians(lon1)) / 2)
    haversine = north**2 + math.cos(phi1) * math.cos(phi2) * east**2
    return 2 * EARTH_RADIUS_MILES * math.asin(min(1.0, math.sqrt(haversine)))


def nearness(distance: float, radius: float) -> float:
    """The t of an in-person listing: 2^(-2 x miles / radius)."""
    return math.pow(2.0, -2 * distance / radius)


@dataclass(frozen=True)
class Distances:
    """From one point to each row of a column of points. Rows whose point is unknown have no distance."""

    lat: float
    lon: float
    points: PointColumn

    @cached_property
    def _haversine(self) -> Floats:
        phi1, phi2 = math.radians(self.lat), np.radians(self.points.lat)
        north = np.sin((phi2 - phi1) / 2)
        east = np.sin((np.radians(self.points.lon) - math.radians(self.lon)) / 2)
        haversine: Floats = north**2 + math.cos(phi1) * np.cos(phi2) * east**2
        return haversine

    @cached_property
    def _nearly(self) -> Floats:
        nearly: Floats = 2 * EARTH_RADIUS_MILES * np.arcsin(np.minimum(1.0, np.sqrt(self._haversine)))
        return nearly

    @cached_property
    def _delicate(self) -> Bools:
        delicate: Bools = self._haversine > _NEARLY_ANTIPODAL
        return delicate

    def exact(self, row: int) -> float | None:
        """The reference distance of one row; None where its point is unknown."""
        if not self.points.known[row]:
            return None
        return miles(self.lat, self.lon, float(self.points.lat[row]), float(self.points.lon[row]))

    def _exact(self, row: int) -> float:
        return miles(self.lat, self.lon, float(self.points.lat[row]), float(self.points.lon[row]))

    def within(self, radius: float) -> Tri:
        """Whether each row lies within `radius` miles, the circle itself included."""
        inside = self._nearly <= radius
        unsure = (np.abs(self._nearly - radius) <= 1e-6 + 1e-9 * radius) | self._delicate
        for row in np.flatnonzero(unsure & self.points.known):
            inside[row] = self._exact(int(row)) <= radius
        return Tri.known_where(self.points.known, inside)

    def nearness(self, rows: Rows, radius: float) -> Ints:
        """Millionths of `nearness` for rows that lie within the radius."""
        with np.errstate(over="ignore"):  # a radius near zero under a distance that is zero only by the reference
            scaled = np.power(2.0, -2 * self._nearly[rows] / radius) * MILLION + 0.5
        found = np.floor(scaled).astype(np.int64)
        unsure = (np.abs(scaled - np.round(scaled)) <= 1e-3) | self._delicate[rows] | (radius < _TINY_RADIUS)
        for place in np.flatnonzero(unsure):
            found[place] = millionths(nearness(self._exact(int(rows[place])), radius))
        return found
