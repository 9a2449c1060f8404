"""The wishes: whole-number points, so that order and ties are the same on every machine."""

from __future__ import annotations

from warmhandoff.matching.columns import MILLION
from warmhandoff.matching.types import DEFAULT_WEIGHTS, Need

TIMES_ENOUGH = 4
"""With this many shared times there is nothing more to wish for."""


def applying(need: Need) -> tuple[str, ...]:
    """The terms that count for this need: the same for every listing."""
    asks = {
        "specialism": bool(need.concerns),
        "concerns_wished": bool(need.concerns_wished),
        "modality": bool(need.modalities_wished),
        "identity": bool(need.identities_wished),
        "times": bool(need.times),
        "distance": "in_person" in need.formats,
    }
    return tuple(term for term in DEFAULT_WEIGHTS if asks.get(term, True))


def as_score(points: int, weight_sum: int) -> float:
    """100 x points / (1,000,000 x W): 0 to 100. A need to which only terms of weight 0 apply scores 0."""
    return 100 * points / (MILLION * weight_sum) if weight_sum else 0.0
