"""The inbox: referrals that reached this practice, logged, answered and thanked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.queries import colleagues
from warmhandoff.network.niche import niche_of, said
from warmhandoff.referrals import joint_here, news, receiving, room, seeing_on
from warmhandoff.referrals.inbox import TABS, IncomingPage, list_incoming, may_log, open_incoming
from warmhandoff.referrals.papers import arrived_with
from warmhandoff.referrals.redirecting import source_before, weigh
from warmhandoff.rules.incoming import ARRIVED_BY, FITS, MOVES, THREE_QUESTIONS
from warmhandoff.rules.refusals import NotAllowed, NotThere
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, seen_of
from warmhandoff.web.explaining import label
from warmhandoff.web.forms.inbox import ANSWERS, HandOnForm, HearBackForm, LogForm, ThankForm
from warmhandoff.web.forms.receiving import AFTER
from warmhandoff.web.requests import StaffRequest, posted

_TAB_NAMES = {"waiting": "Waiting", "answered": "Answered", "thanks": "To thank"}
_FACTS = {
    "question": "We asked", "question_answer": "They said", "openings": "First openings", "methods": "How we work",
    "fees": "Fees and plans", "limits": "Limits", "expectations": "What we expect", "weeks": "Weeks to wait",
    "words": "In our words",
}
_SAID = {
    "accept": "Your yes is noted. If you have not told them yet, do it today.",
    "ask": "Your question is noted. An answer is still owed.",
    "waitlist": "The waiting list is noted. It comes back here when the weeks are over.",
    "decline": "Your no is noted. A prompt no is a kindness too.",
    "hear_back": "Noted. The answer is yours again.",
    "hand_on": "Your colleague has it now, with the same date.",
}


@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    """By due time what waits; what was answered; whom to thank."""
    tab = request.GET.get("show", "waiting")
    tab = tab if tab in TABS else "waiting"
    page = {
        "tab": tab, "tabs": [(code, _TAB_NAMES[code]) for code in TABS], "now": here(request),
        "lines": list_incoming(request.actor, now=request.now, tab=tab), "may_log": may_log(request.actor),
        "promise": practice(request),
        "rechecks": seeing_on.rechecks_due(request.actor, now=request.now) if tab == "waiting" else [],
    }
    return render(request, "desk/inbox/inbox.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_log(request: StaffRequest) -> HttpResponse:
    """Log what reached us: two fields are enough."""
    if not may_log(request.actor):
        raise NotAllowed("Calls are logged by clinicians and the front desk.")
    here_now = practice(request)
    form = LogForm(posted(request), members=_members(request), urgent_hours=here_now.urgent_hours)

    def log() -> None:
        receiving.log_incoming(request.actor, _new(request, form), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, log):
        messages.success(request, "It is in the inbox, with the date by which an answer is promised.")
        return redirect("inbox")
    page = {"form": form, "now": here(request), "section": "inbox", "promise": here_now}
    return render(request, "desk/inbox/log.html", page, status=422 if form.is_bound else 200)


def _new(request: StaffRequest, form: LogForm) -> receiving.NewIncoming:
    given = form.cleaned_data
    member = given["to_member"]
    return receiving.NewIncoming(
        from_name=given["from_name"], about=given["about"], came_by=given["came_by"] or "phone",
        from_kind=given["from_kind"] or "colleague", from_contact=given["from_contact"],
        client_name=given["client_name"], to_member=UUID(member) if member else None,
        urgent=given.get("urgent", False), received_at=form.received(ZoneInfo(practice(request).time_zone)),
    )


def _members(request: StaffRequest) -> list[tuple[str, str]]:
    """Whoever asks first, under the empty value; then those who may be given a referral."""
    me = request.actor.membership_id
    others = [
        (str(one.pk), one.user.name) for one in colleagues(request.actor)
        if one.pk != me and set(one.roles) & {"clinician", "coordinator"}
    ]
    return [("", "Me"), *others]


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_one(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """One of them: what is looked for, three questions, and what the sender is told."""
    page = open_incoming(request.actor, incoming_id, now=request.now)
    if request.method != "POST":
        return _show(request, page)
    kind = request.POST.get("kind", "")
    if kind not in _SAID:
        raise NotThere(subject=incoming_id)
    form = _form(request, kind, bound=True)
    if form.is_valid() and attempt(form, _act(request, incoming_id, kind, form)):
        messages.success(request, _SAID[kind])
        return redirect("inbox") if kind == "hand_on" else redirect("inbox_one", incoming_id)
    return _show(request, page, status=422, **{kind: form})


def _act(request: StaffRequest, incoming_id: UUID, kind: str, form: Any) -> Callable[[], None]:
    actor, now, seen = request.actor, request.now, seen_of(form)

    def act() -> None:
        if kind == "hand_on":
            receiving.hand_on(actor, incoming_id, UUID(form.cleaned_data["colleague"]), now=now, seen=seen)
        elif kind == "hear_back":
            receiving.hear_back(actor, incoming_id, form.cleaned_data["words"], now=now, seen=seen)
        else:
            if kind == "accept":
                weigh(actor, incoming_id, {name: form.cleaned_data[name] for name in THREE_QUESTIONS}, now=now)
            receiving.answer_incoming(actor, incoming_id, form.answer(), now=now, seen=seen)

    return act


def _form(request: StaffRequest, kind: str, *, bound: bool = False) -> forms.Form:
    """The form of one move; each on the page has ids of its own."""
    given: dict[str, Any] = {"data": request.POST if bound else None, "auto_id": f"{kind}_%s"}
    if kind == "hand_on":
        people = [(pk, name) for pk, name in _members(request) if pk]
        return HandOnForm(**given, colleagues=people)
    if kind == "thank":
        return ThankForm(**given, niche=niche_of(request.actor.member))
    return HearBackForm(**given) if kind == "hear_back" else ANSWERS[kind](**given)


def _show(request: StaffRequest, page: IncomingPage, *, status: int = 200, **bound: forms.Form) -> HttpResponse:
    """The page; `bound` is the form that came back with something to mend."""
    possible = [code for code in page.moves if code == "thank" or code in _SAID]
    context = {
        "page": page, "line": page.line, "now": here(request), "section": "inbox",
        "came_by": ARRIVED_BY[page.line.came_by], "facts": _facts(page),
        "arrived": arrived_with(request.actor, page.line.id) if page.line.came_by == "member" else None,
        "problem_form": next(iter(bound.values()), None),
        "forms": {code: bound.get(code) or _form(request, code) for code in possible},
        **_beside(request, page),
        "events": [{"at": one.at, "title": MOVES[one.move].label, "by": one.by} for one in page.happened],
    }  # fmt: skip
    return render(request, "desk/inbox/one.html", context, status=status)


def _beside(request: StaffRequest, page: IncomingPage) -> dict[str, Any]:
    """What stands beside the answers: what a yes would teach the sender; after it, how it went on."""
    actor, one = request.actor, page.line.id
    zone, waits = practice(request).time_zone, "accept" in page.moves
    yes = page.line.state == "accepted"
    course = seeing_on.course_of(actor, one, zone=zone, now=request.now) if yes else None
    return {
        "may_redirect": "redirect" in page.moves, "may_act": "book" in page.moves, "course": course,
        "before": source_before(actor, one, now=request.now) if waits else None,
        "after": {code: form(auto_id=f"{code}_%s") for code, form in AFTER.items()} if course else {},
        "fits_label": FITS.get(course.fits, "") if course else "",
        "may_send_news": course is not None and news.may_send_news(actor, one, now=request.now),
        "away_until": room.away_until(actor, one, here(request).date()) if waits and not page.line.is_mine else None,
        "joint": joint_here.joint_here(actor, one, now=request.now) if page.line.came_by == "member" else None,
        "may_send_joint": "agree_joint" in page.moves,
        "no_room": page.line.is_mine and page.facts.get("decline_reason") == "full",
        "names": page.facts.get("names") or [],
    }


def _facts(page: IncomingPage) -> list[tuple[str, str]]:
    facts = [(name, str(page.facts[key])) for key, name in _FACTS.items() if page.facts.get(key)]
    if page.facts.get("decline_reason"):
        facts.insert(0, ("Why not", label("decline_reasons", page.facts["decline_reason"])))
    return facts


@require_POST
def inbox_thank(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """Note the thank-you, or that none is wanted."""
    page = open_incoming(request.actor, incoming_id, now=request.now)
    if "skip" in request.POST:
        receiving.skip_thanks(request.actor, incoming_id, now=request.now, seen=_seen(request))
        messages.success(request, "Noted. You are not reminded of it again.")
        return redirect("inbox_one", incoming_id)
    form = ThankForm(request.POST, auto_id="thank_%s")

    def thank() -> None:
        words = form.cleaned_data["words"]
        receiving.thank(request.actor, incoming_id, words, now=request.now, seen=seen_of(form))
        mine = niche_of(request.actor.member)
        if mine and mine in " ".join(words.split()) and page.listing_id:
            said(request.actor, page.listing_id, "thanks", now=request.now)

    if form.is_valid() and attempt(form, thank):
        messages.success(request, "Your thanks are noted.")
        return redirect("inbox_one", incoming_id)
    return _show(request, page, status=422, thank=form)


def _seen(request: StaffRequest) -> int | None:
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else None


urlpatterns = [
    path("inbox/", inbox, name="inbox"),
    path("inbox/log/", inbox_log, name="inbox_log"),
    path("inbox/<uuid:incoming_id>/", inbox_one, name="inbox_one"),
    path("inbox/<uuid:incoming_id>/thank/", inbox_thank, name="inbox_thank"),
]
