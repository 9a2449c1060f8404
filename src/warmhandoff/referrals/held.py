"""What referrals keeps of a client, for her own export and for the accounting of disclosures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models

from warmhandoff.core.holding import Disclosure, disclosures, part
from warmhandoff.directory.listing import names_of
from warmhandoff.referrals.models import (
    Addendum,
    Amendment,
    Asked,
    Attendance,
    BasisLink,
    BasisPacket,
    Bridge,
    BridgeTry,
    CheckIn,
    CheckInAsk,
    CheckInConsent,
    Choice,
    ChoiceMore,
    Consult,
    Conversation,
    CoSign,
    CrisisNote,
    Delivery,
    DischargeSummary,
    Ending,
    Goal,
    GoalScore,
    Inquiry,
    JointSession,
    LinkIssue,
    NeedPost,
    News,
    Option,
    Packet,
    PacketPart,
    PanelClient,
    PlanItem,
    PlanStep,
    Reasoning,
    Referral,
    ReferralPlan,
    SafetyPlan,
    StayAnswer,
    TalkPlan,
    TherapyCondition,
)
from warmhandoff.referrals.reason_list import plain_reason
from warmhandoff.rules.discharge import lines
from warmhandoff.rules.reasons import OWN


def _of(model: type[models.Model], order: str, *with_it: str) -> Any:
    def rows(client_id: UUID) -> Any:
        found = model._default_manager.filter(referral__client_id=client_id).order_by("referral__created_at", order)
        return found.select_related(*with_it) if with_it else found

    return rows


def _by_delivery(client_id: UUID) -> Any:
    rows = Amendment.objects.filter(delivery__referral__client_id=client_id)
    return rows.select_related("delivery", "packet", "release").order_by("handed_over_at")


def _referrals(client_id: UUID) -> Any:
    rows = Referral.objects.filter(client_id=client_id).select_related("owner__user", "next_owner__user")
    return rows.order_by("created_at")


def _reason(row: Referral | PlanItem) -> str:
    """The code; where it is one of the practice's own, its words, which no vocabulary has."""
    return plain_reason(row.practice_id, row.reason, "en") if row.reason.startswith(OWN) else row.reason


def _others(row: Reasoning) -> list[str]:
    return [plain_reason(row.practice_id, code, "en") if code.startswith(OWN) else code for code in row.others]


def _of_plan(model: type[models.Model], order: str, *with_it: str) -> Any:
    def rows(client_id: UUID) -> Any:
        found = model._default_manager.filter(plan__client_id=client_id).order_by(order)
        return found.select_related(*with_it) if with_it else found

    return rows


def _summaries(client_id: UUID) -> Any:
    rows = DischargeSummary.objects.filter(client_id=client_id).order_by("begun_at")
    return rows.select_related("begun_by__user", "signed_by__user")


def _said(name: str) -> Callable[[DischargeSummary], list[dict[str, str]]]:
    """A part of a summary, section by section, under the words its page has."""
    return lambda row: [{"label": label, "text": text} for label, text in lines(getattr(row, name).reveal() or {})]


def _conditions(client_id: UUID) -> Any:
    rows = TherapyCondition.objects.filter(item__plan__client_id=client_id).order_by("proposed_at")
    return rows.select_related("item", "proposed_by__user", "decided_by__user")


def _item(row: PlanStep | TherapyCondition) -> str:
    return str(row.item.name.reveal())


def _scores(client_id: UUID) -> Any:
    return GoalScore.objects.filter(goal__referral__client_id=client_id).select_related("goal").order_by("at")


def _issues(client_id: UUID) -> Any:
    rows = LinkIssue.objects.filter(delivery__referral__client_id=client_id)
    return rows.select_related("delivery", "by__user").order_by("at")


def _ranked(choice: Choice) -> list[str]:
    """The names behind the listings she put in order."""
    names = dict(Option.objects.filter(referral=choice.referral_id).values_list("listing_id", "listing__name"))
    return [names.get(one, str(one)) for one in choice.ranked]


def _panel_options(row: PanelClient) -> list[str]:
    names = names_of(row.options)
    return [names[one] for one in row.options if one in names]


def _more(client_id: UUID) -> Any:
    rows = ChoiceMore.objects.filter(choice__referral__client_id=client_id)
    return rows.order_by("choice__at")


def _handed_over(client_id: UUID) -> list[Disclosure]:
    """What left, each on a release: an authorized disclosure, which the law does not ask to be accounted for."""
    rows = Delivery.objects.filter(referral__client_id=client_id, handed_over_at__isnull=False)
    return [
        Disclosure(
            row.handed_over_at, row.listing.name, row.to.reveal(), tuple(row.packet.classes), row.referral.purpose,
            "release", required=False, release=str(row.release_id), way=row.way,
        )
        for row in rows.select_related("listing", "packet", "referral")
        if row.handed_over_at
    ]  # fmt: skip


def _amended(client_id: UUID) -> list[Disclosure]:
    """Later versions: disclosures of their own, on the release that covered them."""
    rows = Amendment.objects.filter(delivery__referral__client_id=client_id)
    return [
        Disclosure(
            row.handed_over_at, row.delivery.listing.name, row.delivery.to.reveal(), tuple(row.packet.classes),
            row.delivery.referral.purpose, "release", required=False, release=str(row.release_id),
            way=row.delivery.way, version=row.packet.edition,
        )
        for row in rows.select_related("delivery__listing", "delivery__referral", "packet")
    ]


def _notes(client_id: UUID) -> Any:
    rows = CrisisNote.objects.filter(client_id=client_id).order_by("at")
    return rows.select_related("by__user", "follow_up_owner__user", "followed_up_by__user")


def _told_in_crisis(client_id: UUID) -> list[Disclosure]:
    """Who was told in a crisis. Treatment, her own wish and a release need no accounting; threat and law do."""
    return [
        Disclosure(
            row.at, row.told.reveal(), "", ("as_needed",), "averting_harm", f"basis_{row.basis}",
            required=row.basis in ("threat", "law"),
        )
        for row in _notes(client_id) if row.basis
    ]  # fmt: skip


def register() -> None:
    """The parts in the order in which she reads them."""
    part("Referrals", Referral, _referrals, reason=_reason)
    part("Conversations", Conversation, _of(Conversation, "held_on", "by__user"))
    part("What was to be said", TalkPlan, _of(TalkPlan, "at", "by__user", "shared_by__user"))
    part("How you were held", Bridge, lambda client: Bridge.objects.filter(client_id=client)
         .select_related("holder__user", "caretaker__user", "let_go_by__user").order_by("begun_at"))
    part("Tries to reach you", BridgeTry, lambda client: BridgeTry.objects.filter(bridge__client_id=client)
         .select_related("by__user").order_by("on", "at"))
    part("Discharge summaries", DischargeSummary, _summaries, chart=_said("chart"), shareable=_said("shareable"))
    part("Added to discharge summaries", Addendum, lambda client: Addendum.objects
         .filter(summary__client_id=client).select_related("by__user").order_by("at"))
    part("Consultations", Consult, lambda client: Consult.objects.filter(client_id=client)
         .select_related("asked_by__user", "answered_by__user").order_by("asked_at"))
    part("Co-signatures", CoSign, lambda client: CoSign.objects.filter(client_id=client)
         .select_related("asked_by__user", "decided_by__user").order_by("asked_at"))
    part("Joint sessions", JointSession, _of(JointSession, "proposed_at", "by__user"))
    part("Options", Option, _of(Option, "order", "listing"))
    part("Inquiries without a name", Inquiry, _of(Inquiry, "asked_at", "by__user"))
    part("Who was asked without a name", Asked, _of(Asked, "asked_at", "listing"))
    part("Need posts", NeedPost, _of(NeedPost, "posted_at", "by__user"))
    part("Choices", Choice, _of(Choice, "at"), ranked=_ranked)
    part("With the choices", ChoiceMore, _more)
    part("Packets", Packet, _of(Packet, "frozen_at", "frozen_by__user"))
    part("Deliveries", Delivery, _of(Delivery, "queued_at", "listing", "packet", "release"))
    part("Later versions", Amendment, _by_delivery)
    part("Written for packets", PacketPart, _of(PacketPart, "written_at", "written_by__user"))
    part("Packets on another ground", BasisPacket, _of(BasisPacket, "frozen_at", "frozen_by__user", "disclosure"))
    part("Links to packets on another ground", BasisLink, lambda client: BasisLink.objects
         .filter(packet__referral__client_id=client).select_related("given_by__user").order_by("given_at"))
    part("News of how it goes", News, _of(News, "at", "delivery__listing"))
    part("Links given again", LinkIssue, _issues)
    part("Sessions", Attendance, _of(Attendance, "at"))
    part("Check-ins", CheckIn, _of(CheckIn, "at"))
    part("Whether you are asked how it goes", CheckInConsent, _of(CheckInConsent, "agreed_at"))
    part("When you were asked how it goes", CheckInAsk, _of(CheckInAsk, "asked_at"))
    part("Goals", Goal, _of(Goal, "order"))
    part("Goals as scored", GoalScore, _scores, goal=lambda row: row.goal.words.reveal())
    part("How it ended", Ending, _of(Ending, "at", "listing", "by__user"))
    part("What was looked at first", Reasoning, _of(Reasoning, "changed_at"), others=_others)
    part("Ways to stay", StayAnswer, _of(StayAnswer, "alternative"))
    part("Your plan", ReferralPlan, lambda client: ReferralPlan.objects.filter(client_id=client))
    part("What is planned", PlanItem, _of_plan(PlanItem, "hers"), reason=_reason)
    part("Next steps of the plan", PlanStep, _of_plan(PlanStep, "made_at", "item", "done_by__user"), item=_item)
    part("Conditions of therapy", TherapyCondition, _conditions, item=_item)
    part("When our practice changed", PanelClient, lambda client: PanelClient.objects.filter(client_id=client)
         .order_by("added_at"), options=_panel_options)
    disclosures("handed over", _handed_over)
    disclosures("amended", _amended)
    part("Safety plans", SafetyPlan, lambda client: SafetyPlan.objects.filter(client_id=client)
         .select_related("by__user").order_by("number"))
    part("In a crisis", CrisisNote, _notes)
    disclosures("told in a crisis", _told_in_crisis)
