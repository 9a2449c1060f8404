"""The reply page of a recipient without an account: what was sent, and an answer in two clicks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.core import audit
from warmhandoff.core.addresses import address_of
from warmhandoff.referrals import answering, attending, joint, news
from warmhandoff.referrals.answering import ReplyPage
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.files import download
from warmhandoff.web.link_forms import Entrance, RecipientLinkForm, TokenForm, link_page
from warmhandoff.web.reply import session
from warmhandoff.web.reply.forms import FORMS, AcceptForm, AskForm, BookForm, DeclineForm, NewsForm, WaitForm

# What actions say to recipients, so that the catalogue holds it.
SAID = (
    gettext_noop("This link and code do not fit together, or the link has ended. Please call the sender."),
    gettext_noop("choose an answer"),
    gettext_noop("choose a reason"),
    gettext_noop("name one or more first openings"),
    gettext_noop("write your question"),
    gettext_noop("about how many weeks? (1 to 104)"),
    gettext_noop("when is the first session?"),
    gettext_noop("this day cannot be right"),
    gettext_noop("write a few words, 2000 letters at most"),
    gettext_noop("Keep these words as they are"),
    gettext_noop("“{phrase}”: {why} Perhaps {kinder}."),
)
CAN_ANSWER = ("sent", "silent", "waitlisted", "asked")


class ReplyRequest(HttpRequest):
    """A request within the recipient's session."""

    actor: Actor
    now: datetime


def for_recipient(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view inside the recipient's session. Without one: the page that says to call the sender."""

    @login_not_required
    @wraps(view)
    def guarded(request: Any) -> HttpResponse:
        actor = session.actor_of(request)
        if actor is None:
            return render(request, "reply/ended.html", status=404)
        request.actor = actor
        try:
            return view(request)
        except (NotThere, NotNow) as refusal:
            audit.record_refusal(actor, refusal, now=request.now)
            if isinstance(refusal, NotThere):
                return render(request, "reply/ended.html", status=refusal.status)
            return render(request, "reply/changed.html", status=refusal.status)

    return guarded


def _enter(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    now = cast(Any, request).now
    actor = answering.open_with_code(typed["token"], typed["code"], now=now, address=address_of(request))
    session.start(request, actor)
    return redirect("reply")


def _form_page(request: HttpRequest, form: TokenForm, status: int) -> HttpResponse:
    return render(request, "reply/link.html", {"form": form}, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """The form for link and code. Only sending it opens anything: scanners that fetch links change nothing."""
    return link_page(request, Entrance(RecipientLinkForm, _enter, _form_page))


@for_recipient
@require_safe
def reply(request: ReplyRequest) -> HttpResponse:
    return _show(request, answering.open_delivery(request.actor, now=request.now))


def _show(request: ReplyRequest, shown: ReplyPage, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The reply page; `forms` are those that came back with something to mend."""
    start = {"seen": shown.moves_made}
    reasons = vocabulary("decline_reasons")
    context = {
        "shown": shown, "prepared_on": date.fromisoformat(shown.content["prepared_on"]),
        "now": request.now.astimezone(ZoneInfo(shown.time_zone)),
        "can_answer": shown.is_live and shown.state in CAN_ANSWER, "problem_form": next(iter(forms.values()), None),
        "accept_form": forms.get("accept") or AcceptForm(initial=start),
        "ask_form": forms.get("ask") or AskForm(initial=start),
        "wait_form": forms.get("waitlist") or WaitForm(initial=start),
        "decline_form": forms.get("decline") or DeclineForm(initial=start),
        "book_form": forms.get("book") or BookForm(initial=start),
        "reasons": [(code, _(reasons.label(code))) for code in reasons],
        "joint": joint.joint_of(request.actor, shown.referral_id, now=request.now) if shown.is_live else None,
        "may_tell_news": shown.is_live and shown.answer == "accept" and news.may_tell(request.actor, now=request.now),
        "news_form": forms.get("news") or NewsForm(),
        "past": shown.session_at is not None and shown.session_at <= request.now,
    }  # fmt: skip
    return render(request, "reply/page.html", context, status=status)


@for_recipient
@require_POST
def answer(request: ReplyRequest) -> HttpResponse:
    """Accept, ask, offer the waiting list, or decline."""
    kind = request.POST.get("kind", "")
    form_class = FORMS.get(kind)
    if form_class is None:
        raise NotThere(subject=kind[:20])
    form = form_class(request.POST)
    status = _answered(request, form) if form.is_valid() else 422
    if status == 422:
        shown = answering.open_delivery(request.actor, now=request.now)
        return _show(request, shown, status=422, **{kind: form})
    messages.success(request, _("Thank you. Your answer is with the sender."))
    return redirect("reply")


def _answered(request: ReplyRequest, form: Any) -> int:
    try:
        answering.answer_delivery(request.actor, form.answer(), now=request.now, seen=form.cleaned_data["seen"])
    except BadInput as refusal:
        _mend(form, refusal)
        return 422
    return 302


def _mend(form: Any, refusal: BadInput) -> None:
    for problem in refusal.problems:
        words = _(problem.reason)
        form.add_error(problem.field if problem.field in form.fields else None, words[:1].upper() + words[1:])


def _referral_id(request: ReplyRequest) -> Any:
    return answering.open_delivery(request.actor, now=request.now).referral_id


@for_recipient
@require_POST
def book(request: ReplyRequest) -> HttpResponse:
    """The day of the first session."""
    shown = answering.open_delivery(request.actor, now=request.now)
    form = BookForm(request.POST)
    if not form.is_valid():
        return _show(request, shown, status=422, book=form)
    at = form.session_at(shown.time_zone)
    try:
        attending.book(
            request.actor, shown.referral_id, session_at=at, now=request.now, seen=form.cleaned_data["seen"]
        )
    except BadInput as refusal:
        _mend(form, refusal)
        return _show(request, shown, status=422, book=form)
    messages.success(request, _("Thank you. The sender and the client see the day."))
    return redirect("reply")


@for_recipient
@require_POST
def attendance(request: ReplyRequest) -> HttpResponse:
    """Whether the first session took place."""
    told = request.POST.get("told", "")
    if told not in ("attended", "missed"):
        raise NotThere
    attending.tell_attendance(request.actor, _referral_id(request), told=told, now=request.now)
    messages.success(request, _("Thank you for telling us."))
    return redirect("reply")


@for_recipient
@require_POST
def tell_news(request: ReplyRequest) -> HttpResponse:
    """How it goes, or that it paused: kept for the sender while the client's release lets it back."""
    form = NewsForm(request.POST)
    if not form.is_valid():
        shown = answering.open_delivery(request.actor, now=request.now)
        return _show(request, shown, status=422, news=form)
    try:
        news.tell_news(request.actor, form.cleaned_data["about"], form.cleaned_data["words"], now=request.now)
    except NoRelease:
        messages.error(request, _("The client's permission does not let news go back. Nothing was sent."))
    else:
        messages.success(request, _("Thank you. The sender has your words."))
    return redirect("reply")


@for_recipient
@require_safe
def packet(request: ReplyRequest) -> HttpResponse:
    """The packet as it was frozen, as PDF."""
    pdf = answering.packet_for_recipient(request.actor, now=request.now)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": 'attachment; filename="packet.pdf"'})


@for_recipient
@require_safe
def packet_data(request: ReplyRequest) -> HttpResponse:
    """The same as data, for a program of the recipient's."""
    return download(answering.packet_data_for_recipient(request.actor, now=request.now), "application/json",
                    "packet.json")


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session on this device."""
    session.end(request)
    response = render(request, "reply/left.html")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


urlpatterns = [
    path("r/", link, name="reply_link"),
    path("r/page/", reply, name="reply"),
    path("r/page/answer/", answer, name="reply_answer"),
    path("r/page/book/", book, name="reply_book"),
    path("r/page/attendance/", attendance, name="reply_attendance"),
    path("r/page/news/", tell_news, name="reply_news"),
    path("r/page/packet/", packet, name="reply_packet"),
    path("r/page/packet.json", packet_data, name="reply_packet_data"),
    path("r/page/leave/", leave, name="reply_leave"),
]
