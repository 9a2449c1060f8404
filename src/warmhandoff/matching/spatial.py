"""Where listings lie, so that a circle is a few runs of rows: points along a space-filling curve, in small round caps.

Everything here decides only what is clear at a glance, by chords of the unit sphere; whatever lies within a hair of a
circle is decided by the reference distance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from warmhandoff.matching.columns import Floats, Ints
from warmhandoff.matching.distance import EARTH_RADIUS_MILES

SPOTS_A_CAP = 32
CAPS_A_REGION = 16
"""As in native/sweep.c."""
_CURVE_BITS = 16
SURE = 1e-13
"""Squared chords are within this much, and a billionth of themselves, of what they are in real numbers."""
CAP_MARGIN = 1e-9
ROOM = 7
"""The kernel compares eight numbers at a time, from any place on."""


def along_the_curve(lat: Floats, lon: Floats) -> Ints:
    """Each point's place on a Hilbert curve over latitude and longitude: points near on it are near on the ground."""
    side = (1 << _CURVE_BITS) - 1
    x = ((lon + 180) / 360 * side).astype(np.int64)
    y = ((lat + 90) / 180 * side).astype(np.int64)
    place = np.zeros(len(lat), dtype=np.int64)
    for bit in reversed(range(_CURVE_BITS)):
        step = 1 << bit
        right, up = (x & step) > 0, (y & step) > 0
        place += step * step * ((3 * right) ^ up)
        turned = np.where(right & ~up, step - 1 - (x & (step - 1)), x & (step - 1))
        other = np.where(right & ~up, step - 1 - (y & (step - 1)), y & (step - 1))
        x, y = np.where(up, turned, other), np.where(up, other, turned)
    return place


def on_the_sphere(lat: Floats, lon: Floats) -> Floats:
    """Degrees -> points of the unit sphere, one row each."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def eye_of(lat: float, lon: float) -> tuple[float, float, float]:
    """One place as a point of the unit sphere."""
    phi, lam = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def squares_from(eye: tuple[float, float, float], x: Floats, y: Floats, z: Floats) -> Floats:
    """The squared chords from one point of the sphere to many."""
    return (x - eye[0]) ** 2 + (y - eye[1]) ** 2 + (z - eye[2]) ** 2


def chord_of(radius_miles: float) -> float:
    """The chord of the unit sphere under an arc of so many miles; 3, which nothing reaches, for half the globe."""
    half = radius_miles / (2 * EARTH_RADIUS_MILES)
    return 2 * math.sin(half) if half < math.pi / 2 else 3.0


def caps_of(points: Floats, firsts: Sequence[int]) -> Floats:
    """Each run of points (from each first to the next; the last number is the end) as centre and radius: x of all, y,
    z, radii; with room behind."""
    found = np.zeros((4, len(firsts) - 1 + ROOM))
    for place, (low, high) in enumerate(zip(firsts[:-1], firsts[1:], strict=True)):
        run = points[low:high]
        centre = run.mean(axis=0)
        found[:3, place] = centre
        found[3, place] = np.sqrt(((run - centre) ** 2).sum(axis=1).max())
    return found


def runs_of(starts: Ints, stops: Ints) -> Ints:
    """All whole numbers of the runs [start, stop), in order."""
    lengths = stops - starts
    if not len(lengths):
        return np.zeros(0, dtype=np.int64)
    ends = lengths.cumsum()
    return np.arange(ends[-1]) + (starts - (ends - lengths)).repeat(lengths)
