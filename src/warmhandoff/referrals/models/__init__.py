"""Referrals and everything that happens on the way until they are closed.

`reflection` is loaded here, as Django needs it, and handed on to nobody: only `referrals.reflecting` imports it.
"""

import warmhandoff.referrals.models.reflection as _private  # noqa: F401 - Django finds the table by this import
from warmhandoff.referrals.models.following import Attendance, CheckIn
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.plan import PlanItem, PlanStep, ReferralPlan, TherapyCondition
from warmhandoff.referrals.models.reasons import PracticeReason, Reasoning, StayAnswer
from warmhandoff.referrals.models.referral import Choice, Conversation, Option, Referral

__all__ = [
    "Attendance", "CheckIn", "Choice", "Conversation", "Delivery", "Incoming", "Option", "Packet", "PlanItem",
    "PlanStep", "PracticeReason", "Reasoning", "Referral", "ReferralPlan", "StayAnswer", "TherapyCondition",
]  # fmt: skip
