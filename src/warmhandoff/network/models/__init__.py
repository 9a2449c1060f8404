"""The tables of the network: needs to come, acquaintance, outreach, goals and what one is best at."""

from warmhandoff.network.models.expected import ExpectedNeed
from warmhandoff.network.models.meeting import Contact, Goal, Group, Outreach
from warmhandoff.network.models.niche import Niche, NicheSaid

__all__ = ["Contact", "ExpectedNeed", "Goal", "Group", "Niche", "NicheSaid", "Outreach"]
