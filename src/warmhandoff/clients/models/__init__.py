"""The people in care, who cares for them, how they may be reached, and what they allow to be told."""

from warmhandoff.clients.models.client import CareTeam, Client, EmergencyAccess, IdentityCheck, PortalKey
from warmhandoff.clients.models.lawful import LawfulDisclosure
from warmhandoff.clients.models.process_note import ProcessNote, ProcessNoteKey
from warmhandoff.clients.models.release import Release, ReleaseRecipient
from warmhandoff.clients.models.signing import MinorConsent, ReleaseSigner, ReleaseVersion

__all__ = [
    "CareTeam", "Client", "EmergencyAccess", "IdentityCheck", "LawfulDisclosure", "MinorConsent", "PortalKey",
    "ProcessNote", "ProcessNoteKey", "Release", "ReleaseRecipient", "ReleaseSigner", "ReleaseVersion",
]  # fmt: skip
