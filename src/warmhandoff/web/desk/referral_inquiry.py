"""Asking listings for room without a name: the question, what they said, and the one she says yes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.queries import lines_of
from warmhandoff.referrals import inquiries, inquiring
from warmhandoff.referrals.asking import find_options
from warmhandoff.referrals.identifying import TextCheck, check_text
from warmhandoff.referrals.inquiry_answers import answer_their_question, log_inquiry_answer
from warmhandoff.rules.inquiry import BEFORE_NAMES, ENDS, WAYS
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.rules.sharing import about
from warmhandoff.web.context import uses
from warmhandoff.web.desk.referral_common import Opened, Words, attempt, open_page, status_of, step
from warmhandoff.web.forms.inquiry import InquiryAnswerForm, InquiryForm, QuestionForm, said_in_words
from warmhandoff.web.requests import StaffRequest, posted


def check_in_words(check: TextCheck) -> dict[str, Any]:
    """The check for parts: what was found with advice, how many share it, and what leaving a fact out would bring."""
    estimate = check.estimate
    return {
        "passes": check.passes, "found": check.found, "too_few": check.too_few, "least": check.least,
        "k": about(estimate.k), "facts": [fact.words for fact in estimate.facts],
        "drops": [(drop.fact.words, about(drop.k), drop.k >= check.least) for drop in estimate.drops[:4]],
    }  # fmt: skip


def look_again(request: StaffRequest, referral_id: UUID, form: Any) -> dict[str, Any] | None:
    """The check of the text as it stands in the form; None for an empty one."""
    text = form["text"].value() or ""
    return check_in_words(check_text(request.actor, referral_id, text)) if text.strip() else None


@require_http_methods(["GET", "HEAD", "POST"])
def referral_inquire(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Write the question, tick whom to ask, say when she agreed."""
    opened = open_page(request, referral_id, "send")
    if not uses(request, "inquiries"):
        raise NotNow("Your practice has switched inquiries off.")
    if opened.page.line.state not in BEFORE_NAMES:
        where = opened.page.line.state_label
        raise NotNow(f"An inquiry comes before anyone has her name: this referral is at “{where}”.")
    whom = _whom(request, opened)
    drafted = {"text": inquiries.drafted(request.actor, referral_id), "consent_on": opened.here.date()}
    form = InquiryForm(posted(request), whom=[(str(one.id), one.name) for one in whom], initial={
        **drafted, "listings": request.GET.getlist("listing"),
    })
    only_check = "check" in request.POST
    sent = request.method == "POST" and not only_check
    if sent and form.is_valid() and attempt(form, lambda: _ask(request, referral_id, form)):
        messages.success(request, "They are asked. Their answers come to this page.")
        return redirect("referral_inquiries", referral_id)
    context = opened.context(
        form=form, check=look_again(request, referral_id, form), whom=whom, checked_only=only_check,
        ticked=set(form["listings"].value() or ()),
    )
    status = 200 if only_check else status_of(form)
    return render(request, "desk/referrals/inquire.html", context, status=status)


def _ask(request: StaffRequest, referral_id: UUID, form: InquiryForm) -> None:
    given = form.cleaned_data
    new = inquiring.NewInquiry(
        given["text"], [int(one) for one in given["listings"]], given["consent_on"], given["consent_words"],
        why=given["why"], days=given["days"], by_hand=given["by_hand"],
    )
    inquiring.inquire(request.actor, referral_id, new, now=request.now)


@dataclass(frozen=True)
class Candidate:
    """One who could be asked. `likely`: something is not known; `asked_at`: asked within a month without an answer."""

    id: int
    name: str
    place: str
    likely: bool
    asked_at: Any


def _whom(request: StaffRequest, opened: Opened) -> list[Candidate]:
    """The options for this need, those who are likely, and those offered already."""
    answer = find_options(request.actor, opened.id, now=request.now)
    likely = [one.id for one in answer.possibles]
    offered = [option.listing_id for option in opened.page.options if not option.tried]
    ids = list(dict.fromkeys([*(one.id for one in answer.options), *offered, *likely]))
    lately = inquiries.asked_lately(request.actor, ids, now=request.now)
    lines = lines_of(request.actor, ids, today=opened.here.date())
    return [
        Candidate(line.id, line.name, line.place, line.id in likely and line.id not in offered, lately.get(line.id))
        for line in lines
    ]


@require_safe
def referral_inquiries(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Who was asked, what they said, and what to do with it."""
    opened = open_page(request, referral_id)
    found = inquiries.inquiries_of(request.actor, referral_id, now=request.now)
    confirmed = next((one for inquiry in found for one in inquiry.asked if one.confirmed), None)
    moves = {move.code for move in opened.page.moves}
    context = opened.context(
        inquiries=[_shown(one) for one in found], confirmed=confirmed, may_confirm="confirm_inquiry" in moves,
        may_ask="inquire" in moves, may_log="answer_inquiry" in moves,
    )
    return render(request, "desk/referrals/inquiries.html", context)


def _shown(inquiry: inquiries.InquiryLine) -> dict[str, Any]:
    rows = [{"line": one, "said": said_in_words(one.said), "way": WAYS.get(one.way, one.way)} for one in inquiry.asked]
    return {"line": inquiry, "rows": rows, "ended": ENDS.get(inquiry.ended, "")}


def asked_line(request: StaffRequest, referral_id: UUID, asked_id: UUID) -> inquiries.AskedLine:
    found = inquiries.inquiries_of(request.actor, referral_id, now=request.now)
    for one in (row for inquiry in found for row in inquiry.asked):
        if one.id == asked_id:
            return one
    raise NotThere(subject=asked_id)


@require_http_methods(["GET", "HEAD", "POST"])
def asked_answer(request: StaffRequest, referral_id: UUID, asked_id: UUID) -> HttpResponse:
    """Write down what was said by telephone; or answer what they asked."""
    opened = open_page(request, referral_id, "send")
    line = asked_line(request, referral_id, asked_id)
    if line.state == "withdrawn" or "answer_inquiry" not in {move.code for move in opened.page.moves}:
        raise NotNow("This inquiry has ended.")
    asks_back = line.state == "question" and request.GET.get("log") != "1"
    form: Any = QuestionForm(posted(request)) if asks_back else InquiryAnswerForm(posted(request))

    def act() -> None:
        if asks_back:
            words = form.cleaned_data["words"]
            answer_their_question(request.actor, referral_id, asked_id, words=words, now=request.now)
        else:
            log_inquiry_answer(request.actor, referral_id, asked_id, form.answer(), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, act):
        messages.success(request, "Your answer stands on their page." if asks_back else "Their answer is written down.")
        return redirect("referral_inquiries", referral_id)
    if asks_back:
        words = Words("Answer their question", "Put it on their page")
        return step(request, opened, form, words, quote=line.said.get("question", ""), quote_by=line.name)
    return step(request, opened, form, Words(f"What did {line.name} say?", "Write it down"))


@require_POST
def asked_confirm(request: StaffRequest, referral_id: UUID, asked_id: UUID) -> HttpResponse:
    """She says yes to this one; the others are told that someone was found."""
    asked_line(request, referral_id, asked_id)  # what is not there is told apart from what is not hers to do
    open_page(request, referral_id, "change")
    chosen = inquiring.confirm(request.actor, referral_id, asked_id, now=request.now)
    if chosen:
        messages.success(request, "Her choice is written down, and the others are told. Next comes the release.")
        return redirect("referral", referral_id)
    messages.success(request, "It is written down, and the others are told. Offer it to her with the options.")
    return redirect("referral_inquiries", referral_id)


@require_POST
def asked_fell_through(request: StaffRequest, referral_id: UUID, asked_id: UUID) -> HttpResponse:
    """The one she said yes to did not work out."""
    asked_line(request, referral_id, asked_id)
    open_page(request, referral_id, "change")
    why = request.POST.get("why", "")[:300].strip() or "no reason named"
    inquiring.fell_through(request.actor, referral_id, asked_id, why=why, now=request.now)
    messages.success(request, "Noted. She can say yes to another one, or you ask others.")
    return redirect("referral_inquiries", referral_id)


@require_POST
def inquiry_end(request: StaffRequest, referral_id: UUID, inquiry_id: UUID) -> HttpResponse:
    """End an inquiry; those who were mailed are thanked."""
    open_page(request, referral_id, "send")
    inquiring.end(request.actor, referral_id, inquiry_id, now=request.now)
    messages.success(request, "The inquiry has ended, and those you wrote to are thanked.")
    return redirect("referral_inquiries", referral_id)


_ONE = "referrals/<uuid:referral_id>/"
urlpatterns = [
    path(f"{_ONE}inquire/", referral_inquire, name="referral_inquire"),
    path(f"{_ONE}inquiries/", referral_inquiries, name="referral_inquiries"),
    path(f"{_ONE}inquiries/<uuid:inquiry_id>/end/", inquiry_end, name="inquiry_end"),
    path(f"{_ONE}asked/<uuid:asked_id>/", asked_answer, name="asked_answer"),
    path(f"{_ONE}asked/<uuid:asked_id>/confirm/", asked_confirm, name="asked_confirm"),
    path(f"{_ONE}asked/<uuid:asked_id>/fell-through/", asked_fell_through, name="asked_fell_through"),
]
