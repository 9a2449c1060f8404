"""Referrals: the list, and the page of one, from which every step starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.clients.queries import ReleaseCard, releases_of, verbs_on
from warmhandoff.directory.measuring import GHOSTS
from warmhandoff.referrals.checking_in import check_ins_of
from warmhandoff.referrals.conflicts import ties_to_tell
from warmhandoff.referrals.goals import goals_of
from warmhandoff.referrals.inquiries import inquiries_of
from warmhandoff.referrals.joining import same_help
from warmhandoff.referrals.news import news_of
from warmhandoff.referrals.plan_members import is_outside
from warmhandoff.referrals.plans import has_plan
from warmhandoff.referrals.posting import posts_of
from warmhandoff.referrals.queries import DeliveryLine, ReferralPage, TimelineEntry, list_referrals
from warmhandoff.referrals.reasoning import before_options
from warmhandoff.referrals.receipts import Receipt, receipts
from warmhandoff.web.context import here, uses
from warmhandoff.web.desk.referral_common import Opened, can, open_page
from warmhandoff.web.desk.referral_steps import BEFORE, explain_state, loop, main_step, next_choice, other_steps
from warmhandoff.web.explaining import label, need_in_words
from warmhandoff.web.forms.referrals import ANSWERS, TOLD
from warmhandoff.web.requests import StaffRequest

TABS = (("open", "Open"), ("overdue", "Overdue"), ("closed", "Closed"))
SIDES = {"referrer": "our side", "client": "the client", "recipient": "the recipient", "system": "Warm Handoff"}
STATES_OF_DELIVERY = {
    "queued": "On its way", "in_flight": "On its way", "handed_over": "Delivered", "withdrawn": "Withdrawn",
    "failed": "Could not be delivered",
}


@require_safe
def referrals(request: StaffRequest) -> HttpResponse:
    """The referrals the actor may see, soonest due first."""
    tab = request.GET.get("show", "open")
    tab = tab if tab in dict(TABS) else "open"
    lines = list_referrals(request.actor, now=request.now, state=tab)
    rows = [(line, label("outcomes", line.outcome) if line.outcome else "") for line in lines]
    return render(request, "desk/referrals/list.html", {"tabs": TABS, "tab": tab, "rows": rows, "now": here(request)})


@require_safe
def referral(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """One referral: where it stands, the next step, and everything that happened."""
    opened = open_page(request, referral_id)
    page = opened.page
    before, verbs = before_options(request.actor, referral_id), verbs_on(request.actor, page.line.client_id)
    waits = page.line.state == "needed" and bool(before.open) and can(page, "change_need")
    context = opened.context(
        main=BEFORE if waits else main_step(page), before=before, others=other_steps(page),
        loop=loop(page), said=explain_state(page),
        need_words=need_in_words(page.need), kind_label=label("kinds_of_referral", page.kind),
        reason_labels=[reason.label for reason in before.reasons], next_choice=next_choice(page),
        outcome_label=label("outcomes", page.line.outcome) if page.line.outcome else "",
        deliveries=_deliveries(request, opened), ghosts=GHOSTS, releases=_releases(opened),
        attendance=[(SIDES.get(side, side), TOLD.get(told, told), at) for side, told, at in page.attendance],
        events=[_event(entry) for entry in reversed(page.timeline)],
        may_amend=can(page, "amend"), may_change=can(page, "talk", "reopen") or can(page, "hand_to"),
        may_ask=uses(request, "check_ins") and page.line.state != "closed" and can(page, "put_off"),
        check_ins=check_ins_of(request.actor, referral_id), same=same_help(request.actor, referral_id),
        goals=goals_of(request.actor, referral_id) if uses(request, "goals") else [],
        asked_for_room=inquiries_of(request.actor, referral_id, now=request.now),
        need_posts=posts_of(request.actor, referral_id, now=request.now),
        page_pause=uses(request, "pause") and page.line.state != "closed" and "change" in verbs,
        page_plan=uses(request, "plans") and has_plan(request.actor, page.line.client_id),
        beside_plan="change" in verbs and is_outside(request.actor, referral_id),
        texts=[(name, text) for name, text in _texts(page) if text],
        ties_to_tell=ties_to_tell(request.actor, referral_id),
        may_print="see_clinical" in verbs,
        news=news_of(request.actor, referral_id) if page.deliveries else [],
    )
    return render(request, "desk/referrals/referral.html", context)


def _texts(page: ReferralPage) -> list[tuple[str, str]]:
    return [
        ("Why, in words for the client", page.client_reason), ("Why, for the chart (private)", page.chart_reason),
        ("What she hopes for", page.hoped_for), ("Background", page.background), ("In her own words", page.own_words),
        ("How it ended", page.outcome_why),
    ]


@dataclass(frozen=True)
class DeliveryShown:
    """A delivery with its words. `link` is to be handed over by staff and is empty once it opens nothing any more."""

    line: DeliveryLine
    state: str
    link: str
    answer: str
    facts: list[tuple[str, str]]
    receipt: Receipt | None = None
    place: str = ""  # what the clock shows where the recipient is, when her silence is noticed


_FACTS = {
    "openings": "First openings", "methods": "Methods", "fees": "Fees", "limits": "Limits",
    "expectations": "What they ask for", "weeks": "Weeks to wait", "question": "Their question",
    "words": "In their words",
}


def _deliveries(request: StaffRequest, opened: Opened) -> list[DeliveryShown]:
    known = receipts(request.actor, opened.id)
    return [_delivery(line, known[line.id], opened) for line in opened.page.deliveries]


def _delivery(line: DeliveryLine, receipt: Receipt, opened: Opened) -> DeliveryShown:
    facts = [(name, str(line.facts[key])) for key, name in _FACTS.items() if line.facts.get(key)]
    if line.facts.get("decline_reason"):
        facts.insert(0, ("Why not", label("decline_reasons", line.facts["decline_reason"])))
    if line.facts.get("names"):
        facts.append(("They name others who fit", "\n".join(str(name) for name in line.facts["names"])))
    link = f"{settings.BASE_URL}/r/#{line.token}" if line.token and line.way == "link" else ""
    state = STATES_OF_DELIVERY.get(line.state, line.state)
    there = receipt.next_at.astimezone(receipt.place) if receipt.next_at else None
    here_too = there is None or there.utcoffset() == there.astimezone(opened.zone).utcoffset()
    place = "" if here_too or there is None else f"{there:%-I:%M %p}".lower()
    return DeliveryShown(line, state, link, ANSWERS.get(line.answer, ""), facts, receipt, place)


def _releases(opened: Opened) -> list[ReleaseCard]:
    return releases_of(opened.page.line.client_id, today=opened.here.date(), referral_id=opened.id)


def _event(entry: TimelineEntry) -> dict[str, Any]:
    """One entry for parts/timeline.html: who, by which side, and the release it rode on."""
    text = _about(entry.facts)
    if entry.release_id:
        text = f"{text} On the client's release.".strip()
    return {"at": entry.at, "title": entry.label, "by": _by(entry), "text": text}


def _by(entry: TimelineEntry) -> str:
    if entry.side == "system":
        return "Warm Handoff"
    if entry.side == "client":
        return "the client"
    return entry.who or SIDES.get(entry.side, entry.side)


def _about(facts: Mapping[str, Any]) -> str:
    said = [str(facts[key]) for key in ("to", "recipient", "why") if facts.get(key)]
    if facts.get("classes"):
        said.append(", ".join(label("information_classes", code) for code in facts["classes"]))
    if facts.get("outcome"):
        said.append(label("outcomes", facts["outcome"]))
    if facts.get("told") in TOLD:
        said.append(TOLD[facts["told"]])
    if facts.get("decline_reason"):
        said.append(label("decline_reasons", facts["decline_reason"]))
    return ". ".join(part.rstrip(".") for part in said) + ("." if said else "")


urlpatterns = [
    path("referrals/", referrals, name="referrals"),
    path("referrals/<uuid:referral_id>/", referral, name="referral"),
]
