"""Referrals and everything that happens on the way until they are closed."""

from warmhandoff.referrals.models.crossing import ArrivedPacket, LinkIssue, TakenIn
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral

__all__ = [
    "ArrivedPacket", "Attendance", "CheckIn", "Choice", "Conversation", "Delivery", "Incoming", "LinkIssue", "Option",
    "Packet", "Referral", "TakenIn",
]  # fmt: skip
