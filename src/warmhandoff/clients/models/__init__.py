"""The people in care, who cares for them, how they may be reached, and what they allow to be told."""

from warmhandoff.clients.models.client import CareTeam, Client, EmergencyAccess, IdentityCheck, PortalKey
from warmhandoff.clients.models.lawful import LawfulDisclosure
from warmhandoff.clients.models.release import Release, ReleaseRecipient

__all__ = [
    "CareTeam", "Client", "EmergencyAccess", "IdentityCheck", "LawfulDisclosure", "PortalKey", "Release",
    "ReleaseRecipient",
]  # fmt: skip
