"""Referrals and everything that happens on the way until they are closed.

`reflection` is loaded here, as Django needs it, and handed on to nobody: only `referrals.reflecting` imports it.
"""

import warmhandoff.referrals.models.reflection as _private  # noqa: F401 - Django finds the table by this import
from warmhandoff.referrals.models.choice import ChoiceMore
from warmhandoff.referrals.models.crisis import CrisisNote, SafetyPlan
from warmhandoff.referrals.models.crossing import ArrivedPacket, LinkIssue, TakenIn
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.gap import Gap
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.inquiry import Asked, Inquiry, NeedPost, PostReply
from warmhandoff.referrals.models.packets import Amendment, BasisPacket, PacketPart
from warmhandoff.referrals.models.plan import PlanItem, PlanStep, ReferralPlan, TherapyCondition
from warmhandoff.referrals.models.reasons import PracticeReason, Reasoning, StayAnswer
from warmhandoff.referrals.models.receiving import Course, News, Room, Weighed
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral
from warmhandoff.referrals.models.talking import TalkPlan

__all__ = [
    "Amendment", "ArrivedPacket", "Asked", "Attendance", "BasisPacket", "CheckIn", "Choice", "ChoiceMore",
    "Conversation", "Course", "CrisisNote", "Delivery", "Gap", "Incoming", "Inquiry", "LinkIssue", "NeedPost",
    "News", "Option", "Packet", "PacketPart", "PlanItem", "PlanStep", "PostReply", "PracticeReason", "Reasoning",
    "Referral", "ReferralPlan", "Room", "SafetyPlan", "StayAnswer", "TakenIn", "TalkPlan", "TherapyCondition",
    "Weighed",
]  # fmt: skip
