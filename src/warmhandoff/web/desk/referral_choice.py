"""What the client chose when staff write it down, and the list she takes along."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.directory.queries import listing_card
from warmhandoff.referrals.choosing import ClientChoice, record_choice
from warmhandoff.referrals.queries import OptionLine, ReferralPage
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_common import attempt, back, open_page, seen_of, status_of
from warmhandoff.web.desk.take_list_words import TAKE_LIST
from warmhandoff.web.explaining import label
from warmhandoff.web.forms.referrals import CHOICES, ChoiceForm
from warmhandoff.web.requests import StaffRequest

DONE = {
    "choose": "Her choice is written down. Next comes the release.",
    "choose_next": "Her choice is written down. Next comes the release.",
    "take_list": "She has the list. In two weeks you will be asked how it went.",
}


def open_options(page: ReferralPage) -> list[OptionLine]:
    return [option for option in page.options if not option.tried]


@require_http_methods(["GET", "HEAD", "POST"])
def referral_choice(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """What she said in session or on paper; or hand her the device, or send her the link."""
    opened = open_page(request, referral_id, "change")
    page, options = opened.page, open_options(opened.page)
    kinds = [code for code in CHOICES if code in {move.code for move in page.moves}]
    if not kinds:
        raise NotNow(f"There is nothing to choose now: this referral is at “{page.line.state_label}”.")
    initial: dict[str, object] = {"seen": page.moves_made, "kind": kinds[0], "go_on": page.go_on_agreed}
    initial |= {f"rank_{option.listing_id}": option.client_rank for option in options}
    form = ChoiceForm(
        request.POST or None, initial=initial, kinds=kinds, options=[(one.listing_id, one.name) for one in options]
    )
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _record(request, referral_id, form), {
        "ranked": "kind",
    }):
        messages.success(request, DONE.get(form.cleaned_data["kind"], "What she said is written down."))
        return back(referral_id)
    return render(request, "desk/referrals/choice.html", opened.context(form=form), status=status_of(form))


def _record(request: StaffRequest, referral_id: UUID, form: ChoiceForm) -> None:
    given = form.cleaned_data
    choice = ClientChoice(
        kind=given["kind"], told_by="paper", ranked=form.ranked(), go_on=given["go_on"], words=given["words"],
        likely=given["likely"], barrier=given["barrier"], who_calls=given["who_calls"],
        share_words=given["share_words"],
    )
    record_choice(request.actor, referral_id, choice, now=request.now, seen=seen_of(form))


@require_safe
def referral_list(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The list the client takes along, in her language, made for paper."""
    opened = open_page(request, referral_id)
    page, language = opened.page, opened.page.client_language
    ids = [option.listing_id for option in open_options(page)]
    cards = listing_card(request.actor, ids, today=opened.here.date(), language=language)
    ties = {option.listing_id: option.tie_text for option in page.options}
    plan = (page.need.get("payment") or {}).get("plan", "")
    with translation.override(language):
        context = opened.context(
            cards=[(card, ties.get(card.id, "")) for card in cards], words=TAKE_LIST[language], language=language,
            practice=practice(request), plan=label("plans", plan) if plan else "", plan_code=plan,
        )
    return render(request, "desk/referrals/take_list.html", context)


urlpatterns = [
    path("referrals/<uuid:referral_id>/choice/", referral_choice, name="referral_choice"),
    path("referrals/<uuid:referral_id>/list/", referral_list, name="referral_list"),
]
