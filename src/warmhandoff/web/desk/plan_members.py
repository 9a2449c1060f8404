"""A referral that exists already joins the plan, and what was taken off comes back: each by one button."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from warmhandoff.referrals import plan_members
from warmhandoff.rules.plan import Order
from warmhandoff.web.desk.plan import door
from warmhandoff.web.desk.referral_common import open_page
from warmhandoff.web.requests import StaffRequest


def _say(request: StaffRequest, what: str, order: Order) -> None:
    messages.success(request, f"{what} {order.why}")


@require_POST
def referral_into_plan(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Put this referral into the plan of its client."""
    client_id = open_page(request, referral_id, "change").page.line.client_id
    order = plan_members.take_in(request.actor, client_id, referral_id, now=request.now)
    _say(request, "It is in the plan.", order)
    return redirect("client_plan", client_id)


@require_POST
def plan_item_back(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """Put back what was taken off."""
    door(request, client_id, item=item_id)
    order = plan_members.put_back(request.actor, client_id, item_id, now=request.now)
    _say(request, "It is back in the plan.", order)
    return redirect("client_plan", client_id)


urlpatterns = [
    path("referrals/<uuid:referral_id>/into-plan/", referral_into_plan, name="referral_into_plan"),
    path("clients/<uuid:client_id>/plan/<uuid:item_id>/back/", plan_item_back, name="plan_item_back"),
]
