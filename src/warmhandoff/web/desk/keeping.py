"""Keep it true: whom to ask first, the call with its script, the link, and what someone who tried met with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.doubles import count_to_review
from warmhandoff.directory.history import histories
from warmhandoff.directory.measuring import GHOSTS, report, share_counts, shares_counts
from warmhandoff.directory.own_word import ask_listing
from warmhandoff.directory.queries import listing_page
from warmhandoff.directory.reverifying import called_in_vain, questions, queue, record_call, script
from warmhandoff.referrals.queries import is_handoff, offered_lately
from warmhandoff.rules.refusals import BadInput, NotThere
from warmhandoff.web.context import here, practice
from warmhandoff.web.forms.keeping import CallForm, ReportForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest


@require_safe
def fresh(request: StaffRequest) -> HttpResponse:
    offered = offered_lately(request.actor, now=request.now)
    context = {
        "section": "listings", "now": here(request), "doubles": count_to_review(request.actor),
        "queue": queue(request.actor, today=here(request).date(), now=request.now, offered=offered),
    }  # fmt: skip
    return render(request, "desk/keeping/fresh.html", context)


def _call_page(request: StaffRequest, listing_id: int, form: CallForm, status: int = 200) -> HttpResponse:
    view = listing_page(request.actor, listing_id, today=here(request).date())
    count = len(form.questions)
    words = script() | {"opening": script()["opening"].format(
        caller=request.actor.name, practice=practice(request).name, count=f"{count} thing{'s' if count != 1 else ''}"
    )}  # fmt: skip
    context = {"section": "listings", "now": here(request), "view": view, "form": form, "script": words}
    return render(request, "desk/keeping/call.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_call(request: StaffRequest, listing_id: int) -> HttpResponse:
    """The script of a call, with a form for what was heard."""
    asked = questions(request.actor, listing_id, today=here(request).date())
    if request.method != "POST":
        return _call_page(request, listing_id, CallForm(questions=asked))
    if request.POST.get("outcome") == "no_answer":
        called_in_vain(request.actor, listing_id, now=request.now)
        messages.success(request, "Noted. They come back to this list in three days.")
        return redirect("fresh")
    form = CallForm(request.POST, questions=asked)
    if form.is_valid():
        try:
            record_call(request.actor, listing_id, still=form.still(), changed=form.changed(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Thank you. What you heard counts as checked today.")
            return redirect("fresh")
    return _call_page(request, listing_id, form, status=422)


@require_safe
def listing_history(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Who said what, when, from where, and why it holds or not."""
    name, key, drawn = histories(request.actor, listing_id)
    context = {"section": "listings", "now": here(request), "name": name, "listing_id": key, "histories": drawn}
    return render(request, "desk/keeping/history.html", context)


@require_POST
def listing_ask(request: StaffRequest, listing_id: int) -> HttpResponse:
    """A link by which the listing says itself what is true: mailed, or shown once to hand over."""
    by_hand = request.POST.get("way") == "by_hand"
    asked = ask_listing(request.actor, listing_id, now=request.now, by_hand=by_hand)
    if asked.mailed:
        messages.success(request, "They get a mail with a link. You see their answer on the listing's page.")
        return redirect("listing", listing_id)
    view = listing_page(request.actor, listing_id, today=here(request).date())
    context = {"section": "listings", "now": here(request), "view": view, "link": asked.link}
    return render(request, "desk/keeping/link.html", context)


def _report_page(request: StaffRequest, listing_id: int, form: ReportForm, status: int = 200) -> HttpResponse:
    view = listing_page(request.actor, listing_id, today=here(request).date())
    context: dict[str, Any] = {"section": "listings", "now": here(request), "view": view, "form": form}
    return render(request, "desk/keeping/report.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def listing_report(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Number dead, not accepting, never answered, wrong kind of care: one tap, words if wanted."""
    if request.method != "POST":
        return _report_page(request, listing_id, ReportForm())
    form = ReportForm(request.POST)
    if form.is_valid():
        try:
            about = _handoff(request, listing_id)
            report(request.actor, listing_id, form.cleaned_data["kind"], now=request.now,
                   words=form.cleaned_data["words"], about=about)  # fmt: skip
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, f"Noted: {GHOSTS[form.cleaned_data['kind']].lower()}. Thank you for telling.")
            return redirect("listing", listing_id)
    return _report_page(request, listing_id, form, status=422)


def _handoff(request: StaffRequest, listing_id: int) -> UUID | None:
    """The handoff it was met with, where the form names one. NotThere for one that the actor may not see."""
    if not (named := request.POST.get("about", "")):
        return None
    try:
        about = UUID(named)
    except ValueError as error:
        raise NotThere() from error
    if not is_handoff(request.actor, about, listing_id):
        raise NotThere(subject=about)
    return about


@require_http_methods(["GET", "HEAD", "POST"])
def shared_counts(request: StaffRequest) -> HttpResponse:
    """What referrals measure, and whether the practice's counts go into what all practices read."""
    if request.method == "POST":
        agree = request.POST.get("agree") == "yes"
        share_counts(request.actor, agree, now=request.now)
        messages.success(request, "Your counts are shared, as sums." if agree else "Your counts stay with you.")
        return redirect("shared_counts")
    context = {
        "section": "listings", "now": here(request), "shares": shares_counts(request.actor.practice_id),
        "decides": "policy" in request.actor.verbs("practice"),
    }  # fmt: skip
    return render(request, "desk/keeping/shared_counts.html", context)


urlpatterns = [
    path("network/fresh/", fresh, name="fresh"),
    path("network/counts/", shared_counts, name="shared_counts"),
    path("network/<int:listing_id>/call/", listing_call, name="listing_call"),
    path("network/<int:listing_id>/ask/", listing_ask, name="listing_ask"),
    path("network/<int:listing_id>/history/", listing_history, name="listing_history"),
    path("network/<int:listing_id>/report/", listing_report, name="listing_report"),
]
