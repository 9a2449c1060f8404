"""A client's plan: the order with its sentence, where the harm is, and the buttons that change the order."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.queries import ClientCard, open_client, verbs_on
from warmhandoff.referrals import plans
from warmhandoff.referrals.plan_members import outside
from warmhandoff.referrals.plan_view import PlanPage, open_plan
from warmhandoff.referrals.reason_list import reason_in_words
from warmhandoff.rules.plan import BANDS
from warmhandoff.rules.refusals import NotAllowed, NotNow, NotThere
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.context import here, uses
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.explaining import label
from warmhandoff.web.forms.plan import HarmsForm
from warmhandoff.web.requests import StaffRequest, posted


def door(
    request: StaffRequest, client_id: UUID, *, item: UUID | None = None, change: bool = True
) -> tuple[ClientCard, PlanPage]:
    """Through the doors of client and plan; an item of another plan is not there, whoever asks.

    NotNow where the practice has switched plans off.
    """
    client = open_client(request.actor, client_id, now=request.now)
    if item is not None and not plans.is_item(client_id, item):
        raise NotThere(subject=item)
    page = open_plan(request.actor, client_id, now=request.now)
    if change and "change" not in verbs_on(request.actor, client_id):
        raise NotAllowed("A plan is changed by those who care for the client.", subject=client_id)
    if not uses(request, "plans"):
        raise NotNow("Your practice has switched plans off.")
    return client, page


@require_safe
def client_plan(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """What she could do, one thing at a time, and why in this order."""
    client, page = door(request, client_id, change=False)
    return render(request, "desk/plan/plan.html", _context(request, client, page))


def _context(request: StaffRequest, client: ClientCard, page: PlanPage) -> dict[str, Any]:
    acute = [
        {"area": area, "label": label("harm_areas", area), "severity": page.harms[area].severity,
         "band": BANDS[page.harms[area].band]}
        for area in page.order.acute
    ]  # fmt: skip
    items = [(item, reason_in_words(request.actor.practice_id, item.reason), label("kinds", item.help),
              [(label("harm_areas", area), by) for area, by in item.reduces.items()]) for item in page.items]
    rest = [one for one in page.harms.values() if one.area not in page.order.acute]
    return {
        "client": client, "plan": page, "items": items, "acute": acute, "now": here(request), "section": "clients",
        "harms": [(label("harm_areas", one.area), BANDS[one.band], one.severity) for one in rest],
        "waiting_list": plans.WAITING_LIST, "may_change": "change" in verbs_on(request.actor, client.id),
        "outside": outside(request.actor, client.id), "severities": range(4),
        "first": page.order.now[0] if page.order.now else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def plan_harms(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Where the harm is now, area by area."""
    client, page = door(request, client_id)
    form = HarmsForm(posted(request), harms=page.harms)
    back: list[int] = []

    def keep() -> None:
        back.append(plans.set_harms(request.actor, client_id, form.harms(), now=request.now))

    if request.method == "POST" and form.is_valid() and attempt(form, keep):
        _say(request, back[0])
        return redirect("client_plan", client_id)
    context = {"client": client, "form": form, "section": "clients"}
    return render(request, "desk/plan/harms.html", context, status=status_of(form))


def _say(request: StaffRequest, back: int) -> None:
    more = "One thing that waited comes" if back == 1 else f"{back} things that waited come"
    messages.success(request, f"Recorded. {more} back, with a day to talk about it." if back else "Recorded.")


@require_POST
def plan_reduced(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The risk has become less: what waited for it comes back."""
    door(request, client_id)
    area, severity = request.POST.get("area", ""), request.POST.get("severity", "")
    if area not in vocabulary("harm_areas") or severity not in ("0", "1", "2", "3"):
        raise NotNow("Choose how severe it is now.")
    _say(request, plans.record_reduced(request.actor, client_id, area, int(severity), now=request.now))
    return redirect("client_plan", client_id)


@require_POST
def plan_move(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """One place up or down: in the order itself, or in her own order, from which the suggestion is made."""
    door(request, client_id, item=item_id)
    way: Literal["up", "down"] = "up" if request.POST.get("way") == "up" else "down"
    whose: Literal["hers", "ours"] = "hers" if request.POST.get("whose") == "hers" else "ours"
    plans.move_item(request.actor, client_id, item_id, way, whose=whose, now=request.now)
    return redirect("client_plan", client_id)


@require_POST
def plan_suggested(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Back to the suggested order."""
    door(request, client_id)
    plans.suggest_again(request.actor, client_id, now=request.now)
    return redirect("client_plan", client_id)


urlpatterns = [
    path("clients/<uuid:client_id>/plan/", client_plan, name="client_plan"),
    path("clients/<uuid:client_id>/plan/harms/", plan_harms, name="plan_harms"),
    path("clients/<uuid:client_id>/plan/reduced/", plan_reduced, name="plan_reduced"),
    path("clients/<uuid:client_id>/plan/suggested/", plan_suggested, name="plan_suggested"),
    path("clients/<uuid:client_id>/plan/<uuid:item_id>/move/", plan_move, name="plan_move"),
]
