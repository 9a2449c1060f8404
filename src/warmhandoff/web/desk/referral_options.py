"""The options of a referral: ranked, with why, what is still to be asked, and what would open more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.directory.browsing import listings
from warmhandoff.directory.queries import Card, listing_card
from warmhandoff.referrals.asking import USUAL, find_options, offer, why_not
from warmhandoff.referrals.inquiries import Said, said_by_listing
from warmhandoff.referrals.queries import OptionLine, ReferralPage
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.desk.referral_common import Opened, can, open_page
from warmhandoff.web.desk.referral_steps import loop
from warmhandoff.web.explaining import faults, loosenings, need_in_words, questions, reasons, shares, unknowns
from warmhandoff.web.forms.inquiry import said_in_words
from warmhandoff.web.forms.problems import sentence
from warmhandoff.web.requests import StaffRequest

LOOKED_UP = 5


@dataclass(frozen=True)
class Shown:
    """An option as its card shows it. `ask`: what is not known of it; empty for one that meets every must."""

    id: int
    name: str
    rank: int
    score: float
    why: str
    shares: list[dict[str, Any]]
    ask: list[str]
    verified_days: int | None
    tie: str
    ticked: bool
    card: Card | None
    said: Said | None = None
    said_words: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def referral_options(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Look at the options and tick those to offer."""
    opened = open_page(request, referral_id, "change")
    problems: list[str] = []
    if request.method == "POST":
        problems = _offer(request, referral_id)
        if not problems:
            messages.success(request, "The options are offered. Now she chooses.")
            return redirect("referral_list" if request.POST.get("then") == "list" else "referral", referral_id)
    context = _context(request, opened, problems)
    return render(request, "desk/referrals/options.html", context, status=422 if problems else 200)


def _ticked(values: Sequence[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]


def _offer(request: StaffRequest, referral_id: UUID) -> list[str]:
    seen = request.POST.get("seen", "")
    try:
        offer(
            request.actor, referral_id, _ticked(request.POST.getlist("options")), now=request.now,
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else None,
            single_reason=request.POST.get("single_option_reason", ""),
        )
    except BadInput as refusal:
        return [sentence(problem.reason) for problem in refusal.problems]
    return []


def _context(request: StaffRequest, opened: Opened, problems: list[str]) -> dict[str, Any]:
    page, today = opened.page, opened.here.date()
    answer = find_options(request.actor, opened.id, now=request.now)
    found = answer.as_json()
    offered = [option for option in page.options if not option.tried]
    ids = [*(one.id for one in answer.options), *(one.id for one in answer.possibles)]
    ids += [option.listing_id for option in offered if option.listing_id not in ids]
    cards = {card.id: card for card in listing_card(request.actor, ids, today=today)}
    if request.method == "POST":
        ticked = set(_ticked(request.POST.getlist("options")))
    else:  # a few are ticked from the start: what she has already, else the best three
        ticked = {option.listing_id for option in offered} or {one.id for one in answer.options[:USUAL]}
    view = _View(page.need, cards, ticked, said_by_listing(request.actor, opened.id))
    return opened.context(
        problems=problems, loop=loop(page), need_words=need_in_words(page.need), answer=answer,
        may_offer=can(page, "offer"),
        options=view.shown(found["options"]), possibles=view.shown(found["possibles"], after=len(answer.options)),
        earlier=view.earlier(offered, found), tried=_tried(page), loosenings=loosenings(answer)[:4],
        single_reason=request.POST.get("single_option_reason", ""), may_change=can(page, "change_need"),
        may_inquire=can(page, "inquire"),
        may_post=can(page, "post_need"),
        looked_up=_looked_up(request, opened.id, today), asked_for=request.GET.get("name", ""),
    )


TRIED = {
    "declined": "said no", "silent": "did not answer", "missed": "the session did not take place",
    "poor_fit": "did not fit", "not_wanted": "not the one for her",
}


def _tried(page: ReferralPage) -> list[tuple[str, str]]:
    """Who was tried already, with what came of it."""
    return [(option.name, TRIED.get(option.tried, "did not work out")) for option in page.options if option.tried]


@dataclass(frozen=True)
class _View:
    need: Mapping[str, Any]
    cards: Mapping[int, Card]
    ticked: set[int]
    said: Mapping[int, Said]

    def shown(self, found: Any, after: int = 0) -> list[Shown]:
        return [self._one(one, rank) for rank, one in enumerate(found, start=after + 1)]

    def earlier(self, offered: Sequence[OptionLine], found: Mapping[str, Any]) -> list[Shown]:
        """What she has already and what is not among those found now: extended, not restarted."""
        here = {one["id"] for one in [*found["options"], *found["possibles"]]}
        kept = [{**option.why, "id": option.listing_id, "name": option.name} for option in offered]
        return self.shown([one for one in kept if one["id"] not in here], after=len(here))

    def _one(self, found: Mapping[str, Any], rank: int) -> Shown:
        card, said = self.cards.get(found["id"]), self.said.get(found["id"])
        return Shown(
            id=found["id"], name=card.name if card else str(found["name"] or "A listing without a name"), rank=rank,
            score=found.get("score", 0), why=reasons(found, card, self.need), shares=shares(found.get("terms") or {}),
            ask=questions(found.get("ask") or ()), verified_days=card.verified_days if card else None,
            tie=card.tie_text if card else "", ticked=found["id"] in self.ticked, card=card,
            said=said, said_words=said_in_words(said.facts) if said else "",
        )


def _looked_up(request: StaffRequest, referral_id: UUID, today: date) -> list[dict[str, Any]]:
    """Why a listing that was asked for by name is not among the options."""
    words = request.GET.get("name", "").strip()
    if not words:
        return []
    found = listings(request.actor, today=today, scope="all", words=words[:80]).lines[:LOOKED_UP]
    return [_why_not(request.actor, referral_id, line.id, line.name, request) for line in found]


def _why_not(actor: Actor, referral_id: UUID, listing_id: int, name: str, request: StaffRequest) -> dict[str, Any]:
    try:
        said = why_not(actor, referral_id, listing_id, now=request.now)
    except BadInput:  # retired or set aside: no row of what the engine searches
        return {"name": name, "fails": ["is set aside, or no longer in use"], "unknown": []}
    return {"name": name, "fails": faults(said.fails), "unknown": unknowns(said.unknown)}


urlpatterns = [path("referrals/<uuid:referral_id>/options/", referral_options, name="referral_options")]
