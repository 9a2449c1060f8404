"""Find someone: what help, where, how paid for; and two names on paper, without any client's record.

What is looked for travels in the bodies of forms only, never in an address: it could tell of a client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff import matching
from warmhandoff.directory.finding import WhyNot, find, why_not
from warmhandoff.directory.lists import ListView, ids_on, lists_of
from warmhandoff.directory.queries import Card, listing_card, network_is_empty
from warmhandoff.referrals.gaps import note_unmet
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web import explaining
from warmhandoff.web.context import here, practice
from warmhandoff.web.forms.need import NeedForm, initial_of
from warmhandoff.web.requests import StaffRequest

MOST_PRINTED = 20


@dataclass(frozen=True)
class Found:
    """One option or possible, in words."""

    card: Card
    why: str
    score: float
    shares: list[dict[str, Any]]
    ask: list[str]


@dataclass(frozen=True)
class Unmet:
    """One listing that is not there, in words."""

    id: int
    name: str
    set_aside: bool
    faults: list[str]
    unknowns: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
def find_someone(request: StaffRequest) -> HttpResponse:
    """The form; with POST, the same form and what was found. "loosen" makes one change to the need first."""
    lists = lists_of(request.actor)
    chosen = next((one for one in lists if str(one.id) == request.POST.get("list")), None)
    context: dict[str, Any] = {
        "section": "find_someone", "nobody": network_is_empty(request.actor), "lists": lists, "chosen": chosen,
    }  # fmt: skip
    if request.method != "POST":
        initial = {"zip": practice(request).zip, "formats": ["in_person", "telehealth"], "payment": "any"}
        return render(request, "desk/finding/find.html", {**context, "form": NeedForm(initial=initial)})
    form = NeedForm(request.POST)
    if not form.is_valid():
        return render(request, "desk/finding/find.html", {**context, "form": form}, status=422)
    need = form.need()
    try:
        if request.POST.get("loosen", "").isascii() and request.POST.get("loosen", "").isdigit():
            need = explaining.loosened(need, int(request.POST["loosen"][:4]))
            form = NeedForm(initial=initial_of(need))
        context |= _found(request, need, chosen)
    except BadInput as refusal:
        form.tell(refusal)
        return render(request, "desk/finding/find.html", {**context, "form": form}, status=422)
    return render(request, "desk/finding/find.html", {**context, "form": form})


def _found(request: StaffRequest, need: dict[str, Any], chosen: ListView | None) -> dict[str, Any]:
    today = here(request).date()
    answer = find(request.actor, need, today=today, within=ids_on(request.actor, chosen.id) if chosen else None)
    if not request.POST.get("list") and request.actor.practice_id is not None:
        note_unmet(
            request.actor.practice_id, need, answer, whose=f"{request.actor.member}:{today}", now=request.now
        )
    shown = [option.id for option in answer.options] + [possible.id for possible in answer.possibles]
    cards = {card.id: card for card in listing_card(request.actor, shown, today=today)}
    asked = request.POST.get("whom", "").strip()[:200]
    return {
        "answer": answer, "need_words": explaining.need_in_words(need), "asked": asked,
        "options": [_option(one, cards[one.id], need) for one in answer.options if one.id in cards],
        "possibles": [_possible(one, cards[one.id], need) for one in answer.possibles if one.id in cards],
        "loosenings": explaining.loosenings(answer),
        "unmet": [_unmet(one) for one in why_not(request.actor, need, asked, today=today)] if asked else [],
    }  # fmt: skip


def _option(option: matching.Option, card: Card, need: dict[str, Any]) -> Found:
    why = explaining.reasons(vars(option), card, need)
    return Found(card, why, option.score, explaining.shares(option.terms), [])


def _possible(possible: matching.Possible, card: Card, need: dict[str, Any]) -> Found:
    return Found(card, explaining.reasons({}, card, need), possible.score, [], explaining.questions(possible.ask))


def _unmet(why: WhyNot) -> Unmet:
    return Unmet(why.id, why.name, why.set_aside, explaining.faults(why.fails), explaining.unknowns(why.unknown))


def ids_of(given: QueryDict, name: str) -> list[int]:
    """The listing ids ticked in a form, without what is none."""
    texts = [text for text in given.getlist(name) if text.isascii() and text.isdigit() and len(text) < 19]
    return list(dict.fromkeys(int(text) for text in texts))


@require_http_methods(["GET", "HEAD", "POST"])
def find_print(request: StaffRequest) -> HttpResponse:
    """The list to take along: contact details, plans, where it is, and what to do first."""
    if request.method != "POST":  # the list is made from what was ticked; its address alone says nothing
        return redirect("find_someone")
    today = here(request).date()
    chosen = ids_of(request.POST, "listing")[:MOST_PRINTED]
    cards = listing_card(request.actor, chosen, today=today, language="en")
    if not cards:
        return render(request, "desk/finding/nothing_picked.html", {"section": "find_someone"}, status=422)
    context = {"cards": cards, "now": here(request), "practice": practice(request), "section": "find_someone"}
    return render(request, "desk/finding/print.html", context)


urlpatterns = [
    path("find/", find_someone, name="find_someone"),
    path("find/print/", find_print, name="find_print"),
]
