"""Panel transition in the browser: begin, pick, assign, meet, look at the result, accept; letters to print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.referrals import panel, panel_view
from warmhandoff.referrals.queries import count_open_by_client
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.explaining import change_in_words, label
from warmhandoff.web.files import pdf
from warmhandoff.web.forms.need import FIELD_OF, NeedForm, initial_of
from warmhandoff.web.forms.panel import PanelForm
from warmhandoff.web.forms.problems import sentence
from warmhandoff.web.requests import StaffRequest

STATES = {
    "picking": "Clients are being picked", "working": "Looking for places", "ready": "To be looked at and accepted",
    "accepting": "Referrals are being made", "accepted": "Accepted",
}  # fmt: skip


def _who_treats(request: StaffRequest) -> None:
    if not panel.may_have(request.actor):
        raise NotAllowed("A panel is handed on by the clinician whose it is.")


@require_http_methods(["GET", "HEAD", "POST"])
def transitions(request: StaffRequest) -> HttpResponse:
    """One's own transitions, and a new one."""
    _who_treats(request)
    now = here(request)
    notice = now.date() + timedelta(days=7)
    form = PanelForm(request.POST or None, initial={
        "zip": practice(request).zip, "formats": ["in_person", "telehealth"], "notice_on": notice,
        "last_on": notice + timedelta(days=panel.NOTICE_DAYS),
    })
    made: list[UUID] = []

    def begin() -> None:
        given = form.cleaned_data
        facts = panel.PanelFacts(given["reason"], given["notice_on"], given["last_on"], form.need())
        made.append(panel.begin(request.actor, facts, now=request.now))

    if request.method == "POST" and form.is_valid() and attempt(form, begin, FIELD_OF):
        return redirect("transition", made[0])
    lines = [(line, panel.REASONS[line.reason], STATES[line.state]) for line in panel_view.transitions(request.actor)]
    page = {"form": form, "lines": lines, "now": now, "section": "clients"}
    return render(request, "desk/panel/begin.html", page, status=status_of(form))


def _uuid(value: str | None) -> UUID:
    """The id that was sent; BadInput for what is none."""
    try:
        return UUID(value or "")
    except ValueError as error:
        raise BadInput("Choose from the list.") from error


def _seen(request: StaffRequest) -> int:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 9 else -1


def _pick(request: StaffRequest, transition_id: UUID) -> None:
    wanted = [_uuid(value) for value in request.POST.getlist("clients")]
    panel.pick(request.actor, transition_id, wanted, now=request.now)
    panel.begin_assigning(request.actor, transition_id, now=request.now)


def _assign(request: StaffRequest, transition_id: UUID) -> None:
    panel.begin_assigning(request.actor, transition_id, now=request.now)


def _out(request: StaffRequest, transition_id: UUID) -> None:
    panel.leave_out(request.actor, transition_id, _uuid(request.POST.get("client")), True, now=request.now)


def _in(request: StaffRequest, transition_id: UUID) -> None:
    panel.leave_out(request.actor, transition_id, _uuid(request.POST.get("client")), False, now=request.now)


def _met(request: StaffRequest, transition_id: UUID) -> None:
    panel.met(request.actor, transition_id, _uuid(request.POST.get("meeting")), now=request.now)
    messages.success(request, "Noted, also with the contact.")


def _accept(request: StaffRequest, transition_id: UUID) -> None:
    panel.accept(request.actor, transition_id, seen=_seen(request), now=request.now)


def _drop(request: StaffRequest, transition_id: UUID) -> None:
    panel.drop(request.actor, transition_id, now=request.now)
    messages.success(request, "Thrown away. No referral was made and nobody was told.")


_DO: dict[str, Callable[[StaffRequest, UUID], None]] = {
    "pick": _pick, "assign": _assign, "out": _out, "in": _in, "met": _met, "accept": _accept, "drop": _drop,
}


@require_http_methods(["GET", "HEAD", "POST"])
def transition(request: StaffRequest, transition_id: UUID) -> HttpResponse:
    """One transition, wherever it stands; `do` says which of its steps a POST takes."""
    panel.transition_row(request.actor, transition_id)
    problem = ""
    if request.method == "POST":
        do = _DO.get(request.POST.get("do", ""))
        try:
            if do is None:
                raise BadInput("Choose what to do.")
            do(request, transition_id)
        except BadInput as refusal:
            problem = "; ".join(sentence(each.reason) for each in refusal.problems) or refusal.message
        else:
            return redirect("transitions") if do is _drop else redirect("transition", transition_id)
    return _page(request, transition_id, problem)


def _page(request: StaffRequest, transition_id: UUID, problem: str) -> HttpResponse:
    view = panel_view.open_transition(request.actor, transition_id, now=request.now)
    working = view.state in ("working", "accepting")
    if request.htmx and not working:  # type: ignore[attr-defined]  # the page that waits is to show the result
        return HttpResponse(headers={"HX-Refresh": "true"})
    page = {
        "view": view, "reason": panel.REASONS[view.reason], "state": STATES[view.state], "working": working,
        "problem": problem, "now": here(request), "section": "clients", "kind": label("kinds", view.need["kind"]),
        "unmatched": [(line, [(change_in_words(must, change), total) for must, change, total in line.opens])
                      for line in view.unmatched],
    }
    if view.state in ("picking", "ready"):
        counts = count_open_by_client(request.actor)
        typed, every = set(request.POST.getlist("clients")), request.GET.get("tick") == "all"
        found = panel_view.candidates(request.actor, transition_id, now=request.now)
        page["candidates"] = [
            (one, every or one.picked or str(one.id) in typed, counts.get(one.id, 0)) for one in found
        ]
    template = "progress" if request.htmx else "transition"  # type: ignore[attr-defined]
    return render(request, f"desk/panel/{template}.html", page, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def transition_need(request: StaffRequest, transition_id: UUID, panel_client_id: UUID) -> HttpResponse:
    """What one client needs, where it is not what most of them need."""
    need = panel_view.need_of_client(request.actor, transition_id, panel_client_id, now=request.now)
    form = NeedForm(request.POST or None, initial=initial_of(need))

    def keep() -> None:
        panel.set_need(request.actor, transition_id, panel_client_id, form.need(), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, keep, FIELD_OF):
        messages.success(request, "Kept. Look for places again when all needs are right.")
        return redirect("transition", transition_id)
    page = {"form": form, "transition_id": transition_id, "section": "clients"}
    return render(request, "desk/panel/need.html", page, status=status_of(form))


@require_safe
def transition_letters(request: StaffRequest, transition_id: UUID) -> HttpResponse:
    """All letters in one file to print."""
    try:
        return pdf(panel_view.letters(request.actor, transition_id, now=request.now), "letters.pdf")
    except BadInput as refusal:
        return _page(request, transition_id, "; ".join(each.reason for each in refusal.problems))


urlpatterns = [
    path("transitions/", transitions, name="transitions"),
    path("transitions/<uuid:transition_id>/", transition, name="transition"),
    path("transitions/<uuid:transition_id>/letters.pdf", transition_letters, name="transition_letters"),
    path("transitions/<uuid:transition_id>/clients/<uuid:panel_client_id>/", transition_need, name="transition_need"),
]
