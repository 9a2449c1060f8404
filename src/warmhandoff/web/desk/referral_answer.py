"""From the answer to the check-in: what recipient and client said, written down by staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.referrals.answering import Answer, answer_question, log_answer
from warmhandoff.referrals.attending import book, check_in, tell_attendance
from warmhandoff.referrals.going_on import go_on, ways_on
from warmhandoff.referrals.queries import ReferralPage
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.desk.referral_common import Words, attempt, back, can, open_page, seen_of, status_of, step
from warmhandoff.web.desk.referral_steps import next_choice
from warmhandoff.web.forms.referrals import (
    ANSWERS,
    AnswerForm,
    AttendanceForm,
    BookForm,
    CheckInForm,
    QuestionForm,
    WayForm,
)
from warmhandoff.web.requests import StaffRequest

_WENT_ON = {
    "link": "The packet is on its way to her next choice. Tell them the code by phone.",
    "paper": "The packet is frozen for her next choice: print it below.",
    "phone": "Kept as what her next choice may be told. Call them, and say no more than it says.",
}
_FACTS = ("openings", "fees", "expectations", "words", "decline_reason", "question", "weeks")


@require_http_methods(["GET", "HEAD", "POST"])
def referral_answer(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Write down what the recipient said by phone or on paper."""
    opened = open_page(request, referral_id)
    page = opened.page
    kinds = [code for code in ANSWERS if can(page, code)]
    given_out = [(str(line.id), line.recipient) for line in reversed(page.deliveries) if line.state == "handed_over"]
    if not kinds or not given_out:
        raise NotNow(f"There is no answer to write down now: this referral is at “{page.line.state_label}”.")
    form = AnswerForm(
        request.POST or None, initial={"seen": page.moves_made}, kinds=kinds, deliveries=given_out[:1]
    )
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _log(request, referral_id, form)):
        messages.success(request, "Their answer is written down.")
        return back(referral_id)
    context = opened.context(form=form, recipient=given_out[0][1])
    return render(request, "desk/referrals/answer.html", context, status=status_of(form))


def _log(request: StaffRequest, referral_id: UUID, form: AnswerForm) -> None:
    given = form.cleaned_data
    kind = given["kind"]
    keep = {"accept": {"openings", "fees", "expectations"}, "decline": {"decline_reason"}, "ask": {"question"},
            "waitlist": {"weeks"}}[kind] | {"words"}
    answer = Answer(kind=kind, **{name: given[name] for name in _FACTS if name in keep})
    log_answer(request.actor, referral_id, UUID(given["delivery"]), answer, now=request.now)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_question(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Answer the recipient's question; her release decides whether it may be."""
    opened = open_page(request, referral_id, "change")
    page = opened.page
    asked = next((line for line in reversed(page.deliveries) if line.answer == "ask"), None)
    if asked is None or not can(page, "answer_question"):
        raise NotNow("There is no question to answer now.")
    form = QuestionForm(request.POST or None, initial={"seen": page.moves_made})

    def reply() -> None:
        words = form.cleaned_data["words"]
        answer_question(request.actor, referral_id, words=words, now=request.now, seen=seen_of(form))

    if request.method == "POST" and form.is_valid() and attempt(form, reply):
        messages.success(request, "Your answer stands on their page.")
        return back(referral_id)
    return step(request, opened, form, Words("Answer their question", "Send the answer", "They see it on their page."),
                quote=asked.question, quote_by=asked.recipient)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_go_on(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Send the same packet to her next choice, as she agreed."""
    opened = open_page(request, referral_id)
    form = WayForm(request.POST or None, ways=ways_on(request.actor, referral_id))

    def send() -> None:
        go_on(request.actor, referral_id, now=request.now, way=form.cleaned_data["way"])

    if request.method == "POST" and form.is_valid() and attempt(form, send):
        way = form.cleaned_data["way"]
        messages.success(request, _WENT_ON.get(way, "The packet is on its way to her next choice."))
        return back(referral_id)
    following = next_choice(opened.page) if opened.page.go_on_agreed and can(opened.page, "go_on") else None
    context = opened.context(following=following, form=form)
    return render(request, "desk/referrals/go_on.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def referral_book(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Note day and time of the first session, in the practice's zone."""
    opened = open_page(request, referral_id)
    page = opened.page
    _only(page, "book")
    at = page.session_at.astimezone(opened.zone) if page.session_at else None
    initial = {"seen": page.moves_made, "day": at.date() if at else None, "time": at.time() if at else None}
    form = BookForm(request.POST or None, initial=initial)

    def note() -> None:
        session_at = datetime.combine(form.cleaned_data["day"], form.cleaned_data["time"], opened.zone)
        book(request.actor, referral_id, session_at=session_at, now=request.now, seen=seen_of(form))

    if request.method == "POST" and form.is_valid() and attempt(form, note, {"session_at": "day"}):
        messages.success(request, "The first session is noted. After it you will be asked whether it took place.")
        return back(referral_id)
    words = Words("Book the first session", "Note the session", f"Times are those of {opened.zone.key}.",
                  note=_said(page))
    return step(request, opened, form, words)


def _said(page: ReferralPage) -> str:
    accepted = next((line for line in reversed(page.deliveries) if line.answer == "accept"), None)
    openings = accepted.facts.get("openings") if accepted else ""
    return f"{accepted.recipient} named: {openings}" if accepted and openings else ""


def _only(page: ReferralPage, *moves: str) -> None:
    if not can(page, *moves):
        raise NotNow(f"This is not possible now: this referral is at “{page.line.state_label}”.")


@require_http_methods(["GET", "HEAD", "POST"])
def referral_attendance(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Whether the session took place, as we know it; the client and the recipient tell for themselves."""
    opened = open_page(request, referral_id)
    page = opened.page
    told = {"attended": can(page, "tell_attended", "confirm_attendance"),
            "missed": can(page, "tell_missed", "confirm_attendance"), "rather_not": can(page, "confirm_attendance")}
    kinds = [code for code, possible in told.items() if possible]
    _only(page, "tell_attended", "tell_missed", "confirm_attendance")
    form = AttendanceForm(request.POST or None, initial={"seen": page.moves_made}, kinds=kinds)

    def tell() -> None:
        tell_attendance(request.actor, referral_id, told=form.cleaned_data["told"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, tell):
        messages.success(request, "It is written down beside what the others say.")
        return back(referral_id)
    words = Words("The first session", "Write it down", "What the client and the recipient say stands beside it; "
                  "nothing is overwritten, and a missed session is held against nobody.")
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_check_in(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """How it is going, logged after a call or a session."""
    opened = open_page(request, referral_id)
    _only(opened.page, "check_in_well")
    form = CheckInForm(request.POST or None, initial={"seen": opened.page.moves_made})

    def log() -> None:
        given = form.cleaned_data
        check_in(request.actor, referral_id, fits=given["fits"], comfort=given["comfort"], words=given["words"],
                 needs_else=given["needs_else"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, log):
        messages.success(request, "The check-in is in the record.")
        return back(referral_id)
    return step(request, opened, form, Words("Check in", "Log the check-in", "Is it comfortable there? "
                                             "Does she need something else?"))


urlpatterns = [
    path("referrals/<uuid:referral_id>/answer/", referral_answer, name="referral_answer"),
    path("referrals/<uuid:referral_id>/question/", referral_question, name="referral_question"),
    path("referrals/<uuid:referral_id>/go-on/", referral_go_on, name="referral_go_on"),
    path("referrals/<uuid:referral_id>/session/", referral_book, name="referral_book"),
    path("referrals/<uuid:referral_id>/attendance/", referral_attendance, name="referral_attendance"),
    path("referrals/<uuid:referral_id>/check-in/", referral_check_in, name="referral_check_in"),
]
