"""Referrals and everything that happens on the way until they are closed."""

from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.inquiry import Asked, Inquiry, NeedPost, PostReply
from warmhandoff.referrals.models.packets import Amendment, BasisPacket, PacketPart
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral

__all__ = [
    "Amendment", "Asked", "Attendance", "BasisPacket", "CheckIn", "Choice", "Conversation", "Delivery", "Incoming",
    "Inquiry", "NeedPost", "Option", "Packet", "PacketPart", "PostReply", "Referral",
]  # fmt: skip
