"""Closing, reopening, another date, another hand, and looking for more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts.queries import colleagues
from warmhandoff.referrals.asking import find_more
from warmhandoff.referrals.closing import close, reopen
from warmhandoff.referrals.planning import hand_to, put_off
from warmhandoff.rules.clock import END_OF_DAY
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.desk.referral_common import Words, attempt, back, can, open_page, seen_of, step
from warmhandoff.web.forms.referrals import CloseForm, HandToForm, PutOffForm, WhyForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def referral_close(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Close the loop by an outcome; only those that go with where the referral stands."""
    opened = open_page(request, referral_id, "change")
    page = opened.page
    outcomes = sorted({code for move in page.moves for code in move.outcomes})
    if not outcomes:
        raise NotNow(f"It cannot be closed now: this referral is at “{page.line.state_label}”.")
    ending = can(page, "end")
    usual = {"settled": "attended_fit", "mismatched": "attended_poor_fit"}
    initial = {"seen": page.moves_made, "outcome": usual.get(page.line.state)}
    form = CloseForm(request.POST or None, initial=initial, outcomes=outcomes)
    to_tell: list[str] = []

    def end() -> None:
        given = form.cleaned_data
        to_tell.extend(close(
            request.actor, referral_id, outcome=given["outcome"], why=given["why"], reason=given["reason"],
            now=request.now, seen=seen_of(form),
        ))

    if request.method == "POST" and form.is_valid() and attempt(form, end):
        messages.success(request, "The loop is closed." if not ending else "It is ended, and the record says why.")
        if names := " and ".join(to_tell):
            messages.warning(request, f"Nothing from here reaches {names}: tell them that nothing more is needed.")
        return back(referral_id)
    lead = "It is closed by what came of it, never by silence. It can be reopened, with everything that was tried."
    words = Words("End without a first session" if ending else "Close the loop", "Close it", lead)
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_reopen(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Open a closed referral again, with a reason."""
    opened = open_page(request, referral_id, "change")
    if not can(opened.page, "reopen"):
        raise NotNow("This referral is open.")
    form = WhyForm(request.POST or None, initial={"seen": opened.page.moves_made})

    def again() -> None:
        reopen(request.actor, referral_id, why=form.cleaned_data["why"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, again):
        messages.success(request, "It is open again, with everything that was tried.")
        return back(referral_id)
    return step(request, opened, form, Words("Reopen this referral", "Reopen it", "It starts again at the options."))


@require_http_methods(["GET", "HEAD", "POST"])
def referral_put_off(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Give the next step another day; it falls due at the end of that day's work."""
    opened = open_page(request, referral_id)
    form = PutOffForm(request.POST or None, initial={"seen": opened.page.moves_made})

    def later() -> None:
        due_at = datetime.combine(form.cleaned_data["day"], END_OF_DAY, opened.zone)
        put_off(request.actor, referral_id, due_at=due_at, why=form.cleaned_data["why"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, later, {"due_at": "day"}):
        messages.success(request, "The next step has another date.")
        return back(referral_id)
    words = Words("Set another date", "Set the date", f"Next step: {opened.page.line.next_step}.")
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_hand_to(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Give the next step to a colleague, who joins the client's care team where she is not on it."""
    opened = open_page(request, referral_id, "change")
    me = request.actor.membership_id
    people = [(str(one.pk), one.user.name) for one in colleagues(request.actor) if one.pk != me]
    form = HandToForm(request.POST or None, initial={"seen": opened.page.moves_made}, colleagues=people)

    def hand() -> None:
        hand_to(request.actor, referral_id, UUID(form.cleaned_data["colleague"]), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, hand):
        messages.success(request, "Your colleague has the next step.")
        return back(referral_id)
    words = Words("Hand to a colleague", "Hand it over",
                  "Your colleague joins this client's care team and has the next step from now on.")
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
def referral_find_more(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Extend the shortlist; what was tried stays remembered."""
    opened = open_page(request, referral_id, "change")
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        find_more(request.actor, referral_id, now=request.now,
                  seen=int(seen) if seen.isdecimal() and len(seen) < 9 else None)
        return redirect("referral_options", referral_id)
    if not can(opened.page, "find_more"):
        raise NotNow(f"This is not possible now: this referral is at “{opened.page.line.state_label}”.")
    return render(request, "desk/referrals/find_more.html", opened.context())


urlpatterns = [
    path("referrals/<uuid:referral_id>/close/", referral_close, name="referral_close"),
    path("referrals/<uuid:referral_id>/reopen/", referral_reopen, name="referral_reopen"),
    path("referrals/<uuid:referral_id>/put-off/", referral_put_off, name="referral_put_off"),
    path("referrals/<uuid:referral_id>/hand-to/", referral_hand_to, name="referral_hand_to"),
    path("referrals/<uuid:referral_id>/find-more/", referral_find_more, name="referral_find_more"),
]
