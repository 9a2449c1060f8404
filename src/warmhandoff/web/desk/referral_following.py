"""After it was sent: whether and how she is asked how it goes, her goals, and one looked for twice."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.referrals import checking_in, goals, joining
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.web.context import uses
from warmhandoff.web.desk.referral_common import Words, attempt, back, can, open_page, step
from warmhandoff.web.forms.following import AgreeForm, GoalsForm, WaitingForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def referral_check_ins(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Write down whether she agrees to be asked how it goes, and how; or that she does not want it any more."""
    opened = open_page(request, referral_id)
    if not uses(request, "check_ins") or opened.page.line.state == "closed":
        raise NotNow("Nobody is asked here: check-ins are switched off, or this referral is closed.")
    known = checking_in.check_ins_of(request.actor, referral_id)
    form = AgreeForm(request.POST or None, initial={"how": known.how or "no"})

    def keep() -> None:
        if form.cleaned_data["how"] == "no":
            checking_in.stop(request.actor, referral_id, now=request.now)
        else:
            checking_in.agree(request.actor, referral_id, how=form.cleaned_data["how"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, keep):
        messages.success(request, "It is written down. She can change it at any time.")
        return back(referral_id)
    lead = "A week after it was sent, and a week and thirty days after the first session. Only if she agrees."
    return step(request, opened, form, Words("May she be asked how it goes?", "Write it down", lead))


@require_http_methods(["GET", "HEAD", "POST"])
def referral_waiting(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """How she is while she waits, logged after a call."""
    opened = open_page(request, referral_id)
    if not can(opened.page, "check_in_waiting"):
        raise NotNow(f"This is not possible now: this referral is at “{opened.page.line.state_label}”.")
    form = WaitingForm(request.POST or None)

    def log() -> None:
        checking_in.tell_waiting(request.actor, referral_id, now=request.now, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and attempt(form, log):
        messages.success(request, "The check-in is in the record.")
        return back(referral_id)
    return step(request, opened, form, Words("How she is while she waits", "Log it", "Does she need something else?"))


@require_http_methods(["GET", "HEAD", "POST"])
def referral_goals(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Goals one a line; after the first session, how far each was reached as we see it."""
    opened = open_page(request, referral_id, "change")
    if not uses(request, "goals"):
        raise NotNow("Goals are switched off in this practice.")
    known = goals.goals_of(request.actor, referral_id)
    scored = opened.page.line.state in goals.SCORED
    form = GoalsForm(
        request.POST or None, goals=known if scored else [], first=opened.page.hoped_for if not known else "",
        initial={"goals": "\n".join(one.words for one in known)},
    )  # fmt: skip

    def keep() -> None:
        if scores := form.scores():
            goals.score_goals(request.actor, referral_id, scores, now=request.now)
        goals.set_goals(request.actor, referral_id, form.cleaned_data["goals"].splitlines(), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, keep):
        messages.success(request, "The goals are kept.")
        return back(referral_id)
    lead = "Up to five, one a line, in her words if you can. She scores them on her page, you score them here."
    return step(request, opened, form, Words("Goals", "Keep them", lead))


@require_POST
def referral_join(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Fold this referral into one that looks for the same."""
    opened = open_page(request, referral_id, "change")
    same = {str(one.id): one.id for one in joining.same_help(request.actor, referral_id)}
    into = same.get(request.POST.get("into", ""))
    if into is None:
        raise NotThere(subject=referral_id)
    joining.join(request.actor, opened.id, into, now=request.now)
    messages.success(request, "They are one now. What was written for the other stands here.")
    return redirect("referral", into)


urlpatterns = [
    path("referrals/<uuid:referral_id>/check-ins/", referral_check_ins, name="referral_check_ins"),
    path("referrals/<uuid:referral_id>/waiting/", referral_waiting, name="referral_waiting"),
    path("referrals/<uuid:referral_id>/goals/", referral_goals, name="referral_goals"),
    path("referrals/<uuid:referral_id>/join/", referral_join, name="referral_join"),
]
