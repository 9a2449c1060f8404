"""Where colleagues without an account answer: an inquiry that came to them, or a need post they read somewhere.

Nothing here says who the client is: nobody who comes this far has been told. A link opens by sending its token; a GET
changes nothing, so that a scanner that follows links does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.core.addresses import address_of
from warmhandoff.referrals import inquiry_answers, posting
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, TooMany
from warmhandoff.web.forms.inquiry import said_in_words
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.inquiry import session
from warmhandoff.web.inquiry.forms import FORMS, AnswerForm, ReplyForm
from warmhandoff.web.link_forms import Entrance, TokenForm, link_page
from warmhandoff.web.without_account import without_account

_OPENING: dict[session.Kind, tuple[Callable[..., UUID], str, str]] = {
    "inquiry": (inquiry_answers.open_inquiry, "inquiry", "inquiry/link.html"),
    "need_post": (posting.open_post, "post_page", "inquiry/post_link.html"),
}


def _now(request: HttpRequest) -> datetime:
    return cast(datetime, cast(Any, request).now)


def _link(request: HttpRequest, kind: session.Kind) -> HttpResponse:
    opening, then, template = _OPENING[kind]

    def enter(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
        now = _now(request)
        session.start(request, kind, opening(typed["token"], now=now, address=address_of(request)), now=now)
        return redirect(then)

    def show(request: HttpRequest, form: TokenForm, status: int) -> HttpResponse:
        return render(request, template, {"form": form}, status=status)

    return link_page(request, Entrance(TokenForm, enter, show))


@without_account
@require_http_methods(["GET", "HEAD", "POST"])
def inquiry_link(request: HttpRequest) -> HttpResponse:
    return _link(request, "inquiry")


@without_account
@require_http_methods(["GET", "HEAD", "POST"])
def post_link(request: HttpRequest) -> HttpResponse:
    return _link(request, "need_post")


@without_account
@require_safe
def inquiry(request: HttpRequest) -> HttpResponse:
    """What is looked for, and the four answers."""
    asked_id = session.subject_of(request, "inquiry", now=_now(request))
    return redirect("inquiry_link") if asked_id is None else _show_inquiry(request, asked_id)


def _show_inquiry(request: HttpRequest, asked_id: UUID, bad: AnswerForm | None = None) -> HttpResponse:
    try:
        shown = inquiry_answers.inquiry_page(asked_id, now=_now(request))
    except NotThere:
        return redirect("inquiry_link")
    forms = {kind: made() for kind, made in FORMS.items()} | ({bad.kind: bad} if bad else {})
    context = {"shown": shown, "forms": forms, "said": said_in_words(shown.said), "problem_form": bad,
               "now": _now(request)}  # fmt: skip
    return render(request, "inquiry/page.html", context, status=422 if bad else 200)


@without_account
@require_POST
def inquiry_answer(request: HttpRequest) -> HttpResponse:
    """Yes, a waiting list, no, or a question."""
    now = _now(request)
    asked_id = session.subject_of(request, "inquiry", now=now)
    if asked_id is None:
        return redirect("inquiry_link")
    made = FORMS.get(request.POST.get("kind", ""))
    if made is None:
        messages.error(request, "Please choose one of the answers.")
        return redirect("inquiry")
    form = made(request.POST)
    try:
        if form.is_valid():
            inquiry_answers.answer_inquiry(asked_id, form.answer(), now=now)
    except BadInput as refusal:
        tell(form, refusal)
    except NotNow as refusal:
        messages.success(request, refusal.message)
        return redirect("inquiry")
    except NotThere:
        return redirect("inquiry_link")
    if form.errors:
        return _show_inquiry(request, asked_id, form)
    messages.success(request, "Thank you. Your answer is with whoever asked.")
    return redirect("inquiry")


@without_account
@require_http_methods(["GET", "HEAD", "POST"])
def post_page(request: HttpRequest) -> HttpResponse:
    """The text that was posted, and the form to answer it."""
    now = _now(request)
    post_id = session.subject_of(request, "need_post", now=now)
    if post_id is None:
        return redirect("post_link")
    form, status = ReplyForm(request.POST if request.method == "POST" else None), 200
    try:
        shown = posting.post_page(post_id, now=now)
        if request.method == "POST":
            status = _replied(request, post_id, form)
    except NotThere:
        return redirect("post_link")
    if status == 302:
        messages.success(request, "Thank you. Your answer is with whoever posted this.")
        return redirect("post_page")
    return render(request, "inquiry/post_page.html", {"shown": shown, "form": form}, status=status)


def _replied(request: HttpRequest, post_id: UUID, form: ReplyForm) -> int:
    """302 once the answer is written down; else the status of the page on which there is something to mend."""
    if not form.is_valid():
        return 422
    try:
        posting.reply(post_id, form.reply(), now=_now(request), address=address_of(request))
    except (BadInput, TooMany) as refusal:
        if isinstance(refusal, BadInput):
            tell(form, refusal)
        else:
            form.add_error(None, refusal.message)
        return refusal.status
    return 302


urlpatterns = [
    path("i/", inquiry_link, name="inquiry_link"),
    path("i/page/", inquiry, name="inquiry"),
    path("i/page/answer/", inquiry_answer, name="inquiry_answer"),
    path("i/post/", post_link, name="post_link"),
    path("i/post/page/", post_page, name="post_page"),
]
