"""What the client chose when staff write it down, the list she takes along, and the sheet to choose on paper."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.switches import switches_of
from warmhandoff.referrals import taking
from warmhandoff.referrals.choosing import ClientChoice, record_choice
from warmhandoff.referrals.conflicts import tell_ties
from warmhandoff.referrals.queries import OptionLine, ReferralPage
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.desk.referral_common import Opened, attempt, back, can, open_page, seen_of, status_of
from warmhandoff.web.forms.referrals import CHOICES, HELPERS, ChoiceForm, TakeListForm
from warmhandoff.web.requests import StaffRequest, posted

DONE = {
    "choose": "Her choice is written down. Next comes the release.",
    "choose_next": "Her choice is written down. Next comes the release.",
    "take_list": "She has the list. On the day below you will be asked how it went.",
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
        request.POST or None, initial=initial, kinds=kinds, options=[(one.listing_id, one.name) for one in options],
        on=switches_of(request.actor.practice_id),
    )
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _record(request, opened, form), {
        "ranked": "kind", "ask_at": "ask_on",
    }):
        messages.success(request, DONE.get(form.cleaned_data["kind"], "What she said is written down."))
        return back(referral_id)
    context = opened.context(form=form, ties=[one for one in options if one.tie_text])
    return render(request, "desk/referrals/choice.html", context, status=status_of(form))


def _record(request: StaffRequest, opened: Opened, form: ChoiceForm) -> None:
    choice = ClientChoice(
        kind=form.cleaned_data["kind"], ranked=form.ranked(), ask_at=_morning(opened, form.cleaned_data.get("ask_on")),
        **form.said(),
    )
    record_choice(request.actor, opened.id, choice, now=request.now, seen=seen_of(form))


def _morning(opened: Opened, day: date | None) -> datetime | None:
    """The end of a working day where the practice is: until then it is not overdue to ask."""
    return datetime.combine(day, time(17), opened.zone) if day else None


@require_http_methods(["GET", "HEAD", "POST"])
def referral_list(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The list the client takes along, in her language, made for paper; sending the form says that she has it."""
    opened = open_page(request, referral_id, "change")
    form = TakeListForm(posted(request), initial={"seen": opened.page.moves_made})
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _take(request, opened, form), {
        "ask_at": "ask_on",
    }):
        messages.success(request, DONE["take_list"])
        return back(referral_id)
    kind, name = taking.helper_with_copy(request.actor, referral_id)
    context = opened.context(
        form=form, content=taking.list_content(request.actor, referral_id, now=request.now),
        may_take=can(opened.page, "take_list"), helper=name or dict(HELPERS).get(kind, "") if kind else "",
    )
    return render(request, "desk/referrals/take_list.html", context, status=status_of(form))


def _take(request: StaffRequest, opened: Opened, form: TakeListForm) -> None:
    asked = _morning(opened, form.cleaned_data["ask_on"])
    record_choice(
        request.actor, opened.id, ClientChoice("take_list", "session", ask_at=asked), now=request.now,
        seen=seen_of(form),
    )


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, "application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_safe
def referral_list_pdf(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The list as a file. Its name says nothing."""
    return _pdf(taking.list_file(request.actor, referral_id, now=request.now), "list.pdf")


@require_safe
def referral_paper(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The sheet to choose on: she marks it, staff write it down afterwards."""
    return _pdf(taking.paper_form(request.actor, referral_id, now=request.now), "choice.pdf")


@require_POST
def referral_ties(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """She was told of a tie that was recorded after she had seen the options."""
    seen = request.POST.get("seen", "")
    tell_ties(
        request.actor, referral_id, now=request.now,
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None,
    )
    messages.success(request, "It is in the record that she was told.")
    return back(referral_id)


_ONE = "referrals/<uuid:referral_id>/"
urlpatterns = [
    path(f"{_ONE}choice/", referral_choice, name="referral_choice"),
    path(f"{_ONE}list/", referral_list, name="referral_list"),
    path(f"{_ONE}list.pdf", referral_list_pdf, name="referral_list_pdf"),
    path(f"{_ONE}paper.pdf", referral_paper, name="referral_paper"),
    path(f"{_ONE}ties/", referral_ties, name="referral_ties"),
]
