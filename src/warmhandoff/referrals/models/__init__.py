"""Referrals and everything that happens on the way until they are closed."""

from warmhandoff.referrals.models.crisis import CrisisNote, SafetyPlan
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral
from warmhandoff.referrals.models.talking import TalkPlan

__all__ = [
    "Attendance", "CheckIn", "Choice", "Conversation", "CrisisNote", "Delivery", "Incoming", "Option", "Packet",
    "Referral", "SafetyPlan", "TalkPlan",
]  # fmt: skip
