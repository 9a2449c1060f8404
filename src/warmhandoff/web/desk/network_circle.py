"""The circle: what one planned, with whom to be in touch, groups, goals and words to begin with. No client is in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.directory.queries import listing_page
from warmhandoff.network.circle import calendar_of, circle, exchange_with, group_name, known_of, open_outreach
from warmhandoff.network.meeting import (
    FOLLOW_UP_AFTER,
    Touch,
    add_group,
    done_outreach,
    drop_outreach,
    end_group,
    followed_up,
    keep_contact,
    log_outreach,
    plan_outreach,
    set_goal,
)
from warmhandoff.network.niche import last_heard
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.rules.meeting import GOALS, SMALL, scripts
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.context import here, uses
from warmhandoff.web.files import download
from warmhandoff.web.forms.network import GoalForm, GroupForm, KnownForm, TouchForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

Post = ["GET", "HEAD", "POST"]


def _page(request: StaffRequest, template: str, *, wrong: bool = False, **context: Any) -> HttpResponse:
    shown = {"section": "listings", "now": here(request), **context}
    return render(request, f"desk/network/{template}.html", shown, status=422 if wrong else 200)


@require_safe
def network_circle(request: StaffRequest) -> HttpResponse:
    """One's own plans and goals, and what the practice shares."""
    return _circle(request)


def _circle(
    request: StaffRequest, goal_form: GoalForm | None = None, group_form: GroupForm | None = None
) -> HttpResponse:
    found = circle(request.actor, today=here(request).date())
    initial = {goal.what: goal.a_month for goal in found.goals}
    return _page(
        request, "circle", wrong=goal_form is not None or group_form is not None, found=found, scripts=scripts(),
        small=SMALL, goal_form=goal_form or GoalForm(initial=initial), group_form=group_form or GroupForm(),
    )  # fmt: skip


@require_POST
def network_goals(request: StaffRequest) -> HttpResponse:
    """Set what one means to do a month; empty takes a goal away."""
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _circle(request, goal_form=form)
    for what in GOALS:
        set_goal(request.actor, what, form.cleaned_data[what] or 0, now=request.now)
    messages.success(request, f"Kept. {SMALL}")
    return redirect("network_circle")


@require_POST
def network_group_add(request: StaffRequest) -> HttpResponse:
    form = GroupForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            add_group(
                request.actor, given["name"], given["kind"], place=given["place"], next_on=given["next_on"],
                notes=given["notes"], now=request.now,
            )  # fmt: skip
            return redirect("network_circle")
        except BadInput as refusal:
            tell(form, refusal)
    return _circle(request, group_form=form)


@require_POST
def network_group_end(request: StaffRequest, group_id: UUID) -> HttpResponse:
    end_group(request.actor, group_id, now=request.now)
    return redirect("network_circle")


@require_http_methods(Post)
def network_known(request: StaffRequest, listing_id: int) -> HttpResponse:
    """What the practice knows of one colleague, and what was done together."""
    today = here(request).date()
    view = listing_page(request.actor, listing_id, today=today)
    known = known_of(request.actor, listing_id, today=today)
    form = KnownForm(posted(request), initial={"style": known.style, "fees": known.fees, "next_on": known.next_on})
    if request.method == "POST" and form.is_valid():
        try:
            keep_contact(request.actor, listing_id, **form.cleaned_data, now=request.now)
            messages.success(request, "Kept.")
            return redirect("network_known", listing_id)
        except BadInput as refusal:
            tell(form, refusal)
    exchanged = exchange_with(request.actor, listing_id) if uses(request, "reciprocity") else None
    return _page(
        request, "known", wrong=bool(form.errors), view=view, known=known, form=form, exchanged=exchanged,
        heard=last_heard(request.actor, listing_id),
    )


@require_http_methods(Post)
def network_touch(request: StaffRequest, listing_id: int) -> HttpResponse:
    """Plan to be in touch with a colleague, or write down that one was."""
    view = listing_page(request.actor, listing_id, today=here(request).date())
    return _touch(request, view.line.name, {"listing_id": listing_id})


@require_http_methods(Post)
def network_group_touch(request: StaffRequest, group_id: UUID) -> HttpResponse:
    """The same with a group."""
    return _touch(request, group_name(request.actor, group_id), {"group_id": group_id}, way="group")


def _touch(request: StaffRequest, name: str, whom: dict[str, Any], way: str = "coffee") -> HttpResponse:
    form = TouchForm(posted(request), initial={"way": way, "on": here(request).date()})
    if request.method == "POST" and form.is_valid():
        touch = Touch(**form.cleaned_data, **whom)
        act = log_outreach if request.POST.get("do") == "log" else plan_outreach
        try:
            act(request.actor, touch, now=request.now)
            messages.success(request, "Kept.")
            return redirect("network_circle")
        except BadInput as refusal:
            tell(form, refusal)
    return _page(request, "touch", wrong=bool(form.errors), form=form, name=name, scripts=scripts())


@require_http_methods(Post)
def network_outreach_done(request: StaffRequest, outreach_id: UUID) -> HttpResponse:
    """What was planned took place."""
    line = open_outreach(request.actor, outreach_id)
    today = here(request).date()
    initial = {"on": min(line.on, today), "words": line.words, "follow_up_on": today + FOLLOW_UP_AFTER}
    form = TouchForm(posted(request), initial=initial)
    form.fields.pop("way")
    if request.method == "POST" and form.is_valid():
        touch = Touch("", **form.cleaned_data)
        try:
            done_outreach(request.actor, outreach_id, touch, now=request.now)
            messages.success(request, "Kept.")
            return redirect("network_circle")
        except BadInput as refusal:
            tell(form, refusal)
    return _page(request, "done", wrong=bool(form.errors), form=form, line=line)


@require_POST
def network_outreach_drop(request: StaffRequest, outreach_id: UUID) -> HttpResponse:
    drop_outreach(request.actor, outreach_id, now=request.now)
    messages.success(request, f"Taken off. {SMALL}")
    return redirect("network_circle")


@require_POST
def network_followed_up(request: StaffRequest, outreach_id: UUID) -> HttpResponse:
    followed_up(request.actor, outreach_id, now=request.now)
    return redirect("network_circle")


@require_safe
def network_calendar(request: StaffRequest) -> HttpResponse:
    """All that one planned, as a file for a calendar."""
    return download(calendar_of(request.actor, now=request.now), MEDIA_TYPE, "outreach.ics")


@require_safe
def network_outreach_calendar(request: StaffRequest, outreach_id: UUID) -> HttpResponse:
    open_outreach(request.actor, outreach_id)
    return download(calendar_of(request.actor, outreach_id, now=request.now), MEDIA_TYPE, "outreach.ics")


_ONE = "network/outreach/<uuid:outreach_id>"
urlpatterns = [
    path("network/circle/", network_circle, name="network_circle"),
    path("network/circle/goals/", network_goals, name="network_goals"),
    path("network/circle/outreach.ics", network_calendar, name="network_calendar"),
    path("network/groups/", network_group_add, name="network_group_add"),
    path("network/groups/<uuid:group_id>/end/", network_group_end, name="network_group_end"),
    path("network/groups/<uuid:group_id>/touch/", network_group_touch, name="network_group_touch"),
    path("network/<int:listing_id>/known/", network_known, name="network_known"),
    path("network/<int:listing_id>/touch/", network_touch, name="network_touch"),
    path(f"{_ONE}/done/", network_outreach_done, name="network_outreach_done"),
    path(f"{_ONE}/drop/", network_outreach_drop, name="network_outreach_drop"),
    path(f"{_ONE}/followed-up/", network_followed_up, name="network_followed_up"),
    path(f"{_ONE}/outreach.ics", network_outreach_calendar, name="network_outreach_calendar"),
]
