"""Referrals and everything that happens on the way until they are closed.

`reflection` is loaded here, as Django needs it, and handed on to nobody: only `referrals.reflecting` imports it.
"""

import warmhandoff.referrals.models.reflection as _private  # noqa: F401 - Django finds the table by this import
from warmhandoff.referrals.models.arrived_joint import ArrivedJoint
from warmhandoff.referrals.models.arrived_version import ArrivedVersion
from warmhandoff.referrals.models.basis_link import BasisLink
from warmhandoff.referrals.models.bridge import Bridge, BridgeTry
from warmhandoff.referrals.models.check_ins import CheckInAsk, CheckInConsent, Goal, GoalScore
from warmhandoff.referrals.models.choice import ChoiceMore
from warmhandoff.referrals.models.crisis import CrisisNote, SafetyPlan
from warmhandoff.referrals.models.crossing import ArrivedPacket, LinkIssue, TakenIn
from warmhandoff.referrals.models.discharge import Addendum, DischargeSummary
from warmhandoff.referrals.models.ending import Ending
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.gap import Gap
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.inquiry import Asked, Inquiry, NeedPost, PostReply
from warmhandoff.referrals.models.joint import JointSession
from warmhandoff.referrals.models.packets import Amendment, BasisPacket, PacketPart
from warmhandoff.referrals.models.plan import PlanItem, PlanStep, ReferralPlan, TherapyCondition
from warmhandoff.referrals.models.reasons import PracticeReason, Reasoning, StayAnswer
from warmhandoff.referrals.models.receiving import Course, News, Room, Weighed
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral
from warmhandoff.referrals.models.supervision import Consult, CoSign
from warmhandoff.referrals.models.talking import TalkPlan
from warmhandoff.referrals.models.transition import PanelClient, PanelMeeting, PanelTransition

__all__ = [
    "Addendum", "Amendment", "ArrivedJoint", "ArrivedPacket", "ArrivedVersion", "Asked", "Attendance", "BasisLink",
    "BasisPacket", "Bridge", "BridgeTry", "CheckIn", "CheckInAsk", "CheckInConsent", "Choice", "ChoiceMore", "CoSign",
    "Consult", "Conversation", "Course", "CrisisNote", "Delivery", "DischargeSummary", "Ending", "Gap", "Goal",
    "GoalScore", "Incoming", "Inquiry", "JointSession", "LinkIssue", "NeedPost", "News", "Option", "Packet",
    "PacketPart", "PanelClient", "PanelMeeting", "PanelTransition", "PlanItem", "PlanStep", "PostReply",
    "PracticeReason", "Reasoning", "Referral", "ReferralPlan", "Room", "SafetyPlan", "StayAnswer", "TakenIn",
    "TalkPlan", "TherapyCondition", "Weighed",
]  # fmt: skip
