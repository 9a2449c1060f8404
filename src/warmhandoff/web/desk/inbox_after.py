"""The inbox beside the answers: naming others who fit, what comes after a yes, and one's own room."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff import matching
from warmhandoff.directory.queries import listing_card
from warmhandoff.referrals import news, redirecting, room, seeing_on
from warmhandoff.referrals.inbox import IncomingPage, may_log, open_incoming
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere
from warmhandoff.web import explaining
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.finding import Found, ids_of
from warmhandoff.web.desk.referral_common import attempt, seen_of, status_of
from warmhandoff.web.forms.need import NeedForm
from warmhandoff.web.forms.problems import sentence
from warmhandoff.web.forms.receiving import AFTER, RedirectForm, RoomForm
from warmhandoff.web.requests import StaffRequest, posted

_OFFERED = 6
_SAID = {
    "book": "The first session is noted.", "tell_session": "Noted.",
    "recheck": "Noted. If it does not fit, say so early: naming others is a kindness.",
    "pause": "The plan for coming back is kept.", "news": "Your words are on their way to the sender.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_others(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """Not me, but these would fit: what is looked for, then up to three from the practice's own network."""
    page = open_incoming(request.actor, incoming_id, now=request.now)
    if "redirect" not in page.moves:
        raise NotNow(f"This is not possible now: it is at “{page.line.state_label}”.")
    initial = {"zip": practice(request).zip, "formats": ["in_person", "telehealth"], "payment": "any"}
    need_form = NeedForm(posted(request)) if request.method == "POST" else NeedForm(initial=initial)
    if request.method != "POST":
        return _others(request, page, need_form)
    if not need_form.is_valid():
        return _others(request, page, need_form, status=422)
    if "tell" in request.POST:
        return _tell(request, page, need_form)
    return _others(request, page, need_form, form=RedirectForm(initial={"seen": page.moves_made}))


def _tell(request: StaffRequest, page: IncomingPage, need_form: NeedForm) -> HttpResponse:
    form = RedirectForm(request.POST)

    def tell() -> None:
        redirecting.redirect(
            request.actor, page.line.id, form.given(ids_of(request.POST, "listing")), today=here(request).date(),
            now=request.now, seen=seen_of(form),
        )

    if form.is_valid() and attempt(form, tell):
        messages.success(request, "The names are noted. Tell them today; the client and the sender decide.")
        return redirect("inbox_one", page.line.id)
    return _others(request, page, need_form, form=form, status=422)


def _others(
    request: StaffRequest, page: IncomingPage, need_form: NeedForm, *, form: RedirectForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page, "line": page.line, "now": here(request), "section": "inbox", "need_form": need_form, "form": form,
        "picked": ids_of(request.POST, "listing"), "problem_form": form if form and form.errors else need_form,
    }
    if form is not None:
        try:
            context |= _found(request, page, need_form.need())
        except BadInput as refusal:
            need_form.tell(refusal)
            context["form"], context["problem_form"], status = None, need_form, 422
    return render(request, "desk/inbox/others.html", context, status=status)


def _found(request: StaffRequest, page: IncomingPage, need: dict[str, Any]) -> dict[str, Any]:
    today = here(request).date()
    answer = redirecting.find_others(request.actor, page.line.id, need, today=today)
    shown = [option.id for option in answer.options[:_OFFERED]] + [one.id for one in answer.possibles[:_OFFERED]]
    cards = {card.id: card for card in listing_card(request.actor, shown, today=today)}
    return {"need_words": explaining.need_in_words(need), "found": [
        *(Found(cards[one.id], explaining.reasons(vars(one), cards[one.id], need), one.score, [], [])
          for one in answer.options[:_OFFERED] if one.id in cards),
        *(_possible(one, cards[one.id], need) for one in answer.possibles[:_OFFERED] if one.id in cards),
    ]}  # fmt: skip


def _possible(one: matching.Possible, card: Any, need: dict[str, Any]) -> Found:
    return Found(card, explaining.reasons({}, card, need), one.score, [], explaining.questions(one.ask))


@require_POST
def inbox_after(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """What comes after a yes: the day, whether they came, the look at the fit, a pause, news back."""
    open_incoming(request.actor, incoming_id, now=request.now)
    kind = request.POST.get("kind", "")
    if kind not in AFTER:
        raise NotThere(subject=incoming_id)
    form = AFTER[kind](request.POST)
    if form.is_valid() and attempt(form, lambda: _act(request, incoming_id, kind, form)):
        messages.success(request, _SAID[kind])
    else:
        said = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, f"Nothing was kept. {sentence(said[0])}")
    return redirect("inbox_one", incoming_id)


def _act(request: StaffRequest, incoming_id: UUID, kind: str, form: forms.Form) -> None:
    actor, now, seen, given = request.actor, request.now, seen_of(form), form.cleaned_data
    if kind == "book":
        at = form.session_at(ZoneInfo(practice(request).time_zone))  # type: ignore[attr-defined]
        seeing_on.book_here(actor, incoming_id, session_at=at, now=now, seen=seen)
    elif kind == "tell_session":
        seeing_on.tell_session(actor, incoming_id, told=given["told"], now=now, seen=seen)
    elif kind == "recheck":
        seeing_on.recheck(actor, incoming_id, fits=given["fits"], words=given["words"], now=now, seen=seen)
    elif kind == "pause":
        seeing_on.keep_return_plan(actor, incoming_id, given["words"], now=now, seen=seen)
    else:
        news.send_news(actor, incoming_id, given["about"], given["words"], now=now, seen=seen)


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_room(request: StaffRequest) -> HttpResponse:
    """Her own word on her room, said on the listings she keeps; after a no for want of room, closed is proposed."""
    if not may_log(request.actor):
        raise NotAllowed("Room for clients is kept by those who see them.")
    view = room.room_of(request.actor)
    initial = RoomForm.initial_of(view.given)
    proposed = request.GET.get("no_room") == "1"
    form = RoomForm(posted(request), initial={**initial, "accepting": "closed"} if proposed else initial)
    if request.method == "POST" and form.is_valid():
        count: list[int] = []
        if attempt(form, lambda: count.append(room.keep_room(request.actor, form.given(), now=request.now))):
            where = "on your listing" if count[0] == 1 else f"on {count[0]} listings"
            messages.success(request, f"Kept, and said {where}." if count[0] else "Kept.")
            return redirect("inbox")
    context = {"form": form, "view": view, "proposed": proposed, "now": here(request), "section": "inbox"}
    return render(request, "desk/inbox/room.html", context, status=status_of(form))


urlpatterns = [
    path("inbox/room/", inbox_room, name="inbox_room"),
    path("inbox/<uuid:incoming_id>/others/", inbox_others, name="inbox_others"),
    path("inbox/<uuid:incoming_id>/after/", inbox_after, name="inbox_after"),
]
