"""The tables of the network: needs to come, acquaintance, outreach, goals and what one is best at."""

from warmhandoff.network.models.expected import ExpectedNeed

__all__ = ["ExpectedNeed"]
