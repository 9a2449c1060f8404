"""The crisis path behind the numbers: the place where she is, her safety plan, the practice's texts, and the note."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.policies import discloses_for_treatment
from warmhandoff.accounts.texts import texts_of
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.referrals.crisis import ON_RELEASE, follow_up, notes_of, open_follow_up, record_crisis
from warmhandoff.referrals.safety import keep_safety_plan, open_safety_plan, safety_plan_pdf, services_near
from warmhandoff.rules.crisis import lines, table, where
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.context import here
from warmhandoff.web.forms.crisis import CrisisForm, FollowUpForm, PlaceForm, SafetyPlanForm, text_forms
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted


def _around(request: StaffRequest, said: str | None) -> dict[str, Any]:
    """What stands under the numbers on both pages: the place, what is near it, and the practice's own texts."""
    found = where(said or "")
    own = texts_of(request.actor.practice_id)
    return {
        "place": found, "asked": said is not None, "place_form": PlaceForm(initial={"place": said}),
        "near": services_near(request.actor, found.zip, today=here(request).date()), "lines": lines()[1:],
        "texts": [(entry, own.get(code)) for code, entry in text_forms().items()], "means": table()["means"],
        "countries": [entry["name"] for entry in table()["country"]], "now": here(request),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def crisis_near(request: StaffRequest) -> HttpResponse:
    """Without a client's record: the numbers, then what is near the place that was named. Nothing is written."""
    said = request.POST.get("place", "")[:80] if request.method == "POST" else None
    return render(request, "desk/crisis/near.html", {"section": "crisis", **_around(request, said)})


@require_http_methods(["GET", "HEAD", "POST"])
def client_crisis(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The path for one client. A POST looks near a place; what is written down goes to the next address."""
    said = request.POST.get("place", "")[:80] if request.method == "POST" else None
    form = CrisisForm(initial={"place": said or ""}, for_treatment=discloses_for_treatment(request.actor))
    return _path(request, client_id, form, said=said)


def _path(request: StaffRequest, client_id: UUID, form: CrisisForm, *, said: str | None = None) -> HttpResponse:
    card = open_client(request.actor, client_id, now=request.now)
    verbs = verbs_on(request.actor, client_id)
    clinical = "see_clinical" in verbs
    if said is None and form.is_bound:
        said = form.data.get("place")
    page = {
        "card": card, "form": form, "section": "clients", "may_change": "change" in verbs, "clinical": clinical,
        "may_send": "send" in verbs,
        "plan": open_safety_plan(request.actor, client_id, now=request.now) if clinical else None,
        "parts": table()["part"], "notes": notes_of(request.actor, client_id, now=request.now),
        "screening": table()["screening"], "zip": card.contact.get("zip", ""), **_around(request, said),
    }
    return render(request, "desk/crisis/path.html", page, status=422 if form.is_bound and form.errors else 200)


@require_POST
def client_crisis_record(request: StaffRequest, client_id: UUID) -> HttpResponse:
    form = CrisisForm(request.POST, for_treatment=discloses_for_treatment(request.actor))
    if form.is_valid():
        try:
            record_crisis(request.actor, client_id, form.facts(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            said = "It is written down. Within 24 hours someone asks after her; it stands on Today."
            untold = form.facts().tells and form.facts().basis != ON_RELEASE
            more = " What was told without a release stands there too: complete it, and someone else looks at it."
            messages.success(request, said + more if untold else said)
            return redirect("client_crisis", client_id)
    return _path(request, client_id, form)


@require_http_methods(["GET", "HEAD", "POST"])
def crisis_follow_up(request: StaffRequest, client_id: UUID, crisis_id: UUID) -> HttpResponse:
    """She was reached, and how she is; or nobody reached her yet, and it stays open."""
    open_follow_up(request.actor, client_id, crisis_id)
    card = open_client(request.actor, client_id, now=request.now)
    form = FollowUpForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reached = request.POST.get("reached") == "yes"
        try:
            follow_up(request.actor, crisis_id, reached=reached, words=form.cleaned_data["words"], now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            said = "It is written down." if reached else "Noted. It stays on Today until someone reaches her."
            messages.success(request, said)
            return redirect("client_crisis", client_id)
    page = {"card": card, "form": form, "now": here(request), "section": "clients", "crisis_id": crisis_id}
    return render(request, "desk/crisis/follow_up.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def safety_plan(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Her safety plan, written with her; every version stays."""
    card = open_client(request.actor, client_id, now=request.now)
    plan = open_safety_plan(request.actor, client_id, now=request.now)
    may_change = "change" in verbs_on(request.actor, client_id)
    if request.method == "POST" and not may_change:
        raise NotAllowed("A safety plan is written by those who care for her.", subject=client_id)
    form = SafetyPlanForm(posted(request), initial={**plan.parts, "seen": plan.number, "shared": plan.shared})
    if request.method == "POST" and form.is_valid():
        try:
            keep_safety_plan(
                request.actor, client_id, form.parts(), seen=form.cleaned_data["seen"],
                shared=form.cleaned_data["shared"], now=request.now,
            )
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Kept. Give her a copy on paper, or read it with her.")
            return redirect("safety_plan", client_id)
    page = {"card": card, "plan": plan, "form": form, "may_change": may_change, "now": here(request),
            "source": table()["safety_plan"], "section": "clients", "means": table()["means"]}
    return render(request, "desk/crisis/safety_plan.html", page, status=422 if form.errors else 200)


@require_safe
def safety_plan_copy(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Her copy on paper, in her language."""
    pdf = safety_plan_pdf(request.actor, client_id, now=request.now)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": 'inline; filename="plan.pdf"'})


_ONE = "clients/<uuid:client_id>/"
urlpatterns = [
    path("crisis/near/", crisis_near, name="crisis_near"),
    path(f"{_ONE}crisis/", client_crisis, name="client_crisis"),
    path(f"{_ONE}crisis/record/", client_crisis_record, name="client_crisis_record"),
    path(f"{_ONE}crisis/<uuid:crisis_id>/", crisis_follow_up, name="crisis_follow_up"),
    path(f"{_ONE}safety-plan/", safety_plan, name="safety_plan"),
    path(f"{_ONE}safety-plan.pdf", safety_plan_copy, name="safety_plan_pdf"),
]
