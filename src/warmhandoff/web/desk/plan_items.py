"""One item of a plan: added, changed, begun as a referral, asked about, taken off; and a condition of therapy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.clients.queries import ClientCard
from warmhandoff.referrals import conditions, following_through, plan_members, plans
from warmhandoff.referrals.plan_view import ItemView, PlanPage
from warmhandoff.referrals.reason_list import reasons_of
from warmhandoff.referrals.reasoning import is_waiting
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.web.desk.plan import door
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.desk.referral_need import new_referral, warn_of_level
from warmhandoff.web.forms.need import FIELD_OF
from warmhandoff.web.forms.plan import BarrierForm, ConditionForm, EndForm, ItemForm, ReviewForm, initial_of_item
from warmhandoff.web.forms.referrals import ReferralForm
from warmhandoff.web.requests import StaffRequest, posted


def _item(page: PlanPage, item_id: UUID) -> ItemView:
    found = next((item for item in (*page.items, *page.past) if item.id == item_id), None)
    if found is None:
        raise NotThere(subject=item_id)
    return found


def _form_page(request: StaffRequest, template: str, client: ClientCard, form: Any, **more: Any) -> HttpResponse:
    context = {"client": client, "form": form, "section": "clients", **more}
    return render(request, f"desk/plan/{template}.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item_add(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """One more thing she could do."""
    client, _ = door(request, client_id)
    form = ItemForm(posted(request), known=reasons_of(request.actor.practice_id))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: plans.add_item(request.actor, client_id, form.new(), now=request.now)
    ):
        messages.success(request, "Planned. It becomes a referral when you begin it.")
        return redirect("client_plan", client_id)
    return _form_page(request, "item", client, form)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """What is said of an item, changed."""
    client, page = door(request, client_id, item=item_id)
    item = _item(page, item_id)
    form = ItemForm(posted(request), known=reasons_of(request.actor.practice_id), initial=initial_of_item(item))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: plans.change_item(request.actor, client_id, item_id, form.new(), now=request.now)
    ):
        messages.success(request, "Saved.")
        return redirect("client_plan", client_id)
    return _form_page(request, "item", client, form, item=item)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item_begin(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """The item becomes a referral: the same one screen as any other, with what is known of it filled in."""
    client, page = door(request, client_id, item=item_id)
    item = _item(page, item_id)
    if item.referral_id:
        raise NotNow("This item was begun already.")
    known = reasons_of(request.actor.practice_id)
    form = ReferralForm(request.POST or None, known=known, initial={
        "zip": client.contact.get("zip", ""), "formats": ["in_person"], "kind": item.help, "level": "outpatient",
        "languages": ["es"] if client.language == "es" else [], "reason": item.reason, "title": item.name,
        "hoped_for": item.goal, "referral_kind": "adjunct",
    })
    made: list[UUID] = []

    def begin() -> None:
        new = new_referral(form, client.language, known)
        made.append(plans.begin_item(request.actor, client_id, item_id, new, now=request.now))

    if request.method == "POST" and form.is_valid() and attempt(form, begin, FIELD_OF):
        warn_of_level(request, form, client.language)
        return redirect("referral_before" if is_waiting(request.actor, made[0]) else "referral_options", made[0])
    context = {"form": form, "client": client, "client_language": client.language, "section": "clients"}
    return render(request, "desk/referrals/need.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item_barrier(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """What got in the way, without blame, and one supportive next step."""
    client, page = door(request, client_id, item=item_id)
    item = _item(page, item_id)
    named = following_through.named_before(request.actor, client_id, item_id)
    form = BarrierForm(posted(request), barrier=named)

    def answer() -> None:
        given = form.cleaned_data
        following_through.answer(request.actor, client_id, item_id, barrier=given["barrier"], words=given["words"],
                                 proposal=given["proposal"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, answer):
        if form.cleaned_data["proposal"] == "another_option" and item.referral_id:
            return redirect("referral_find_more", item.referral_id)
        messages.success(request, "Written down. It comes back to you in a week.")
        return redirect("client_plan", client_id)
    return _form_page(request, "barrier", client, form, item=item)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item_condition(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """A condition of therapy: proposed, decided by the supervisor, reviewed; whatever is next."""
    client, page = door(request, client_id, item=item_id)
    item = _item(page, item_id)
    told = item.condition
    if told is not None and told.decision == "waiting":
        return _decide(request, client, item)
    if told is not None and told.decision == "in_force":
        return _review(request, client, item)
    form = ConditionForm(posted(request))
    made: list[str] = []

    def propose() -> None:
        made.append(conditions.propose(request.actor, client_id, item_id, form.new(), now=request.now))

    if request.method == "POST" and form.is_valid() and attempt(form, propose):
        waits = made[0] == "waiting"
        messages.success(request, "Your supervisor decides." if waits else "It is in force, until you review it.")
        return redirect("client_plan", client_id)
    return _form_page(request, "condition", client, form, item=item)


def _decide(request: StaffRequest, client: ClientCard, item: ItemView) -> HttpResponse:
    if request.method == "POST":
        agreed = request.POST.get("agreed") == "yes"
        conditions.decide(request.actor, client.id, item.id, agreed=agreed, now=request.now)
        messages.success(request, "It is in force." if agreed else "It is not made a condition.")
        return redirect("client_plan", client.id)
    context = {"client": client, "item": item, "section": "clients"}
    return render(request, "desk/plan/decide.html", context)


def _review(request: StaffRequest, client: ClientCard, item: ItemView) -> HttpResponse:
    form = ReviewForm(posted(request))

    def review() -> None:
        conditions.review(request.actor, client.id, item.id, again_on=form.cleaned_data["again_on"], now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, review):
        messages.success(request, "Reviewed.")
        return redirect("client_plan", client.id)
    return _form_page(request, "review", client, form, item=item)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_item_end(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """Take it off the plan, with a reason where one is given."""
    client, page = door(request, client_id, item=item_id)
    item = _item(page, item_id)
    form = EndForm(posted(request))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: plans.end_item(request.actor, client_id, item_id, why=form.cleaned_data["why"], now=request.now)
    ):
        messages.success(request, "Taken off the plan. It stays in the record, and can be put back below the plan.")
        return redirect("client_plan", client_id)
    return _form_page(request, "end", client, form, item=item)


@require_POST
def plan_item_step(request: StaffRequest, client_id: UUID, item_id: UUID) -> HttpResponse:
    """A dated step was taken; or the item rests, or is taken up again; or she is on its waiting list."""
    door(request, client_id, item=item_id)
    what = request.POST.get("what", "")
    if what in ("rest", "wake"):
        following_through.rest(request.actor, client_id, item_id, resting=what == "rest", now=request.now)
    elif what == "on_list":
        plan_members.on_waiting_list(request.actor, client_id, item_id, now=request.now)
    else:
        following_through.done(request.actor, client_id, item_id, what, now=request.now)
    return redirect("client_plan", client_id)


_ITEM = "clients/<uuid:client_id>/plan/<uuid:item_id>/"
urlpatterns = [
    path("clients/<uuid:client_id>/plan/add/", plan_item_add, name="plan_item_add"),
    path(_ITEM, plan_item, name="plan_item"),
    path(f"{_ITEM}begin/", plan_item_begin, name="plan_item_begin"),
    path(f"{_ITEM}barrier/", plan_item_barrier, name="plan_item_barrier"),
    path(f"{_ITEM}condition/", plan_item_condition, name="plan_item_condition"),
    path(f"{_ITEM}end/", plan_item_end, name="plan_item_end"),
    path(f"{_ITEM}step/", plan_item_step, name="plan_item_step"),
]
