"""A need post: the text to paste, the answers that came through its link; and when the practice wants to be warned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts.practice_settings import set_share_at_least
from warmhandoff.referrals import posting
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_common import attempt, open_page, status_of
from warmhandoff.web.desk.referral_inquiry import look_again
from warmhandoff.web.forms.inquiry import AskingForm, PostForm
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def referral_post(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Write a post, copy it, and see who answered."""
    opened = open_page(request, referral_id, "send")
    may_post = "post_need" in {move.code for move in opened.page.moves}
    if request.method == "POST" and not may_post:
        raise NotNow("A need post cannot be written now: switched off, or this referral is closed.")
    form = PostForm(posted(request), initial={"text": posting.drafted(request.actor, referral_id)})
    only_check = "check" in request.POST

    def write() -> None:
        given = form.cleaned_data
        life = timedelta(days=given["days"])
        posting.write(request.actor, referral_id, given["text"], why=given["why"], life=life, now=request.now)

    if request.method == "POST" and not only_check and form.is_valid() and attempt(form, write):
        messages.success(request, "The post is ready to copy. Answers come to this page.")
        return redirect("referral_post", referral_id)
    context = opened.context(
        form=form, check=look_again(request, referral_id, form), may_post=may_post, checked_only=only_check,
        posts=posting.posts_of(request.actor, referral_id, now=request.now),
    )
    return render(request, "desk/referrals/need_post.html", context, status=200 if only_check else status_of(form))


@require_POST
def post_close(request: StaffRequest, referral_id: UUID, post_id: UUID) -> HttpResponse:
    """Nobody can answer any more."""
    open_page(request, referral_id, "send")
    posting.close(request.actor, referral_id, post_id, now=request.now)
    messages.success(request, "The post is closed. What was answered stays here.")
    return redirect("referral_post", referral_id)


@require_POST
def post_reply(request: StaffRequest, referral_id: UUID, reply_id: UUID) -> HttpResponse:
    """Take a colleague who answered into the network, offer her, or set her answer aside."""
    open_page(request, referral_id, "send")
    acts: dict[str, tuple[Callable[..., object], str]] = {
        "add": (posting.take_over, "She is in your network now, with what she said."),
        "offer": (posting.offer, "She is among the options offered."),
        "aside": (posting.set_aside, "Set aside. It stays here, folded away."),
    }
    act, said = acts.get(request.POST.get("kind", ""), (None, ""))
    posts = posting.posts_of(request.actor, referral_id, now=request.now)
    if not any(line.id == reply_id for post in posts for line in post.replies):
        raise NotThere(subject=reply_id)
    if act is None:
        raise NotNow("Choose what to do with this answer.")
    try:
        act(request.actor, referral_id, reply_id, now=request.now)
    except BadInput as refusal:
        words = " ".join(problem.reason for problem in refusal.problems)
        messages.warning(request, f"She is in your network now. To offer her: {words}.")
        return redirect("referral_options", referral_id)
    messages.success(request, said)
    return redirect("referral_post", referral_id)


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def practice_asking(request: StaffRequest) -> HttpResponse:
    """When a text without a name counts as telling too much."""
    if "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("This is decided by an administrator of the practice.")
    row = practice(request)
    form = AskingForm(posted(request), initial={"share_at_least": row.share_at_least})

    def save() -> None:
        set_share_at_least(request.actor, form.cleaned_data["share_at_least"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, save):
        messages.success(request, "Saved.")
        return redirect("practice_asking")
    context: dict[str, Any] = {"form": form, "practice": row, "section": "colleagues"}
    return render(request, "desk/practice/asking.html", context, status=status_of(form))


_ONE = "referrals/<uuid:referral_id>/"
urlpatterns = [
    path("practice/asking/", practice_asking, name="practice_asking"),
    path(f"{_ONE}post/", referral_post, name="referral_post"),
    path(f"{_ONE}post/<uuid:post_id>/close/", post_close, name="post_close"),
    path(f"{_ONE}replies/<uuid:reply_id>/", post_reply, name="post_reply"),
]
