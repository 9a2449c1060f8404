"""Referrals and everything that happens on the way until they are closed."""

from warmhandoff.referrals.models.choice import ChoiceMore
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.gap import Gap
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral

__all__ = [
    "Attendance", "CheckIn", "Choice", "ChoiceMore", "Conversation", "Delivery", "Gap", "Incoming", "Option", "Packet",
    "Referral",
]  # fmt: skip
