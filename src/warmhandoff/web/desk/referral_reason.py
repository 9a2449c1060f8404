"""Before options: what a referral's reasons bring up first, one section a step; answered, or passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.directory.browsing import listings
from warmhandoff.referrals import reasoning
from warmhandoff.referrals.reasoning import Before
from warmhandoff.rules.reasons import catalogue
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.desk.referral_common import Opened, attempt, back, can, open_page
from warmhandoff.web.forms.need import FIELD_OF
from warmhandoff.web.forms.reasons import StepForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def referral_before(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """What comes first for this referral's reasons; a POST answers one step, or does what the answers lead to."""
    opened = open_page(request, referral_id, "change")
    before = reasoning.before_options(request.actor, referral_id)
    if request.method != "POST":
        return _page(request, opened, before, _forms(request, opened, before))
    ways: dict[str, Callable[[StaffRequest, Opened, Before], HttpResponse]] = {
        "stay": _stay, "end": _end, "pass": _pass_over,
    }
    return ways.get(request.POST.get("do", ""), _answer)(request, opened, before)


def _forms(request: StaffRequest, opened: Opened, before: Before) -> list[StepForm]:
    posted = request.POST.get("step", "") if request.method == "POST" else ""
    steps = (*before.open, *before.done)
    near = _network(request, opened) if any(step.relation for step in steps) else []
    return [
        StepForm(request.POST if step.code == posted else None, step=step, before=before, need=opened.page.need,
                 listings=near)
        for step in steps
    ]  # fmt: skip


def _network(request: StaffRequest, opened: Opened) -> list[tuple[str, str]]:
    lines = listings(request.actor, today=opened.here.date(), scope="network").lines
    return [(str(line.id), line.name) for line in lines]


def _page(
    request: StaffRequest, opened: Opened, before: Before, forms: list[StepForm], *, status: int = 200
) -> HttpResponse:
    words = catalogue().alternatives
    context = opened.context(
        forms=forms, before=before, may_answer=can(opened.page, "change_need"), licence=before.licence,
        first=before.reasons[0].first if before.reasons else "", main_step=before.open[0] if before.open else None,
        suits=[words[code].label for code in before.suits],
    )  # fmt: skip
    return render(request, "desk/referrals/before.html", context, status=status)


def _answer(request: StaffRequest, opened: Opened, before: Before) -> HttpResponse:
    forms = _forms(request, opened, before)
    form = next((one for one in forms if one.is_bound), None)
    if form is None:
        raise NotThere(subject=opened.id)

    def answer() -> None:
        reasoning.answer_step(request.actor, opened.id, form.answer(), now=request.now, seen=_seen(request))

    if not form.is_valid() or not attempt(form, answer, FIELD_OF):
        return _page(request, opened, before, forms, status=422)
    after = reasoning.before_options(request.actor, opened.id)
    if form.cleaned_data.get("recheck_on"):
        messages.success(request, "Saved. The referral waits until that day, and comes back to you then.")
        return back(opened.id)
    if after.suits or after.open or not can(opened.page, "change_need"):
        messages.success(request, "Saved.")
        return redirect("referral_before", opened.id)
    messages.success(request, "Saved. These are the options.")
    return redirect("referral_options", opened.id)


def _pass_over(request: StaffRequest, opened: Opened, before: Before) -> HttpResponse:
    reasoning.pass_over(request.actor, opened.id, request.POST.get("step", ""), now=request.now)
    waiting = reasoning.is_waiting(request.actor, opened.id)
    return redirect("referral_before" if waiting else "referral_options", opened.id)


def _stay(request: StaffRequest, opened: Opened, before: Before) -> HttpResponse:
    reasoning.stay(request.actor, opened.id, now=request.now, seen=_seen(request))
    messages.success(request, "She stays. The referral is ended, and the record says why.")
    return back(opened.id)


def _end(request: StaffRequest, opened: Opened, before: Before) -> HttpResponse:
    reasoning.end_without_names(request.actor, opened.id, now=request.now, seen=_seen(request))
    messages.success(request, "The work is ended well. If she asks for names later, reopen it.")
    return back(opened.id)


def _seen(request: StaffRequest) -> int | None:
    seen: Any = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 9 else None


urlpatterns = [path("referrals/<uuid:referral_id>/before/", referral_before, name="referral_before")]
