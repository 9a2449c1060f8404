"""A joint session on the referral's pages: proposed, what was heard from whom, called off, and for one's calendar."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.queries import verbs_on
from warmhandoff.referrals import joint
from warmhandoff.rules.appointments import WORK, calendar
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.rules.refusals import BadInput, NotNow, Problem
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_common import attempt, open_page, status_of
from warmhandoff.web.files import download
from warmhandoff.web.forms.joint import JointForm
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def referral_joint(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """What is proposed; by POST a time, or another one."""
    opened = open_page(request, referral_id, "send")
    found = joint.joint_of(request.actor, referral_id, now=request.now)
    may = joint.may_propose(request.actor, referral_id)
    initial: dict[str, Any] = {"minutes": 50}
    if found is not None:
        local = found.at.astimezone(opened.zone).replace(tzinfo=None)
        initial = {"at": local, "minutes": found.minutes, "where": found.where}
    form = JointForm(posted(request), initial=initial)
    zone = ZoneInfo(practice(request).time_zone)

    def propose() -> None:
        given = form.cleaned_data
        told = joint.propose(
            request.actor, referral_id, at=form.when(zone), minutes=given["minutes"], where=given["where"],
            now=request.now,
        )
        messages.success(request, f"Proposed. {_who_knows(told)}")

    if request.method == "POST" and not may:
        raise NotNow("A joint session needs someone who has received the packet.", subject=referral_id)
    if request.method == "POST" and form.is_valid() and attempt(form, propose):
        return redirect("referral_joint", referral_id)
    may_send = "send" in verbs_on(request.actor, opened.page.line.client_id)
    context = opened.context(form=form, joint=found, may_propose=may and may_send, may_send=may_send)
    return render(request, "desk/referrals/joint.html", context, status=status_of(form))


def _who_knows(told: frozenset[joint.Who]) -> str:
    """Whom it reaches by itself, by a message or in an inbox on this server, and whom somebody has to tell."""
    if len(told) == 2:
        return "Both are told that there is something new for them."
    if not told:
        return "Nothing could go out: tell both, and say here what you hear."
    got, other = ("The client", "the recipient") if "client" in told else ("The recipient", "the client")
    return f"{got} is told; tell {other} yourself, and say here what you hear."


def seen_of_joint(posted_seen: str) -> int:
    """The revision a button stood for; BadInput for anything else."""
    if not (posted_seen.isascii() and posted_seen.isdecimal() and len(posted_seen) < 9):
        raise BadInput(Problem("this page is not whole: please open it again", field="seen"))
    return int(posted_seen)


@require_POST
def referral_joint_said(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """What staff heard: the recipient or the client agrees, or it is called off."""
    open_page(request, referral_id, "send")
    seen = seen_of_joint(request.POST.get("seen", ""))
    said = request.POST.get("said", "")
    if said == "off":
        told = joint.call_off(request.actor, referral_id, seen=seen, now=request.now)
        messages.success(request, f"Called off. Calendars take it out. {_who_knows(told)}")
    elif said == "recipient":
        joint.agree(request.actor, referral_id, "recipient", seen=seen, now=request.now)
        messages.success(request, "Noted: the recipient agrees.")
    elif said == "client":
        joint.agree(request.actor, referral_id, "client", seen=seen, now=request.now)
        messages.success(request, "Noted: she agrees.")
    else:
        raise BadInput(Problem("choose an answer", field="said"))
    return redirect("referral_joint", referral_id)


@require_safe
def referral_joint_ics(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """For one's own calendar: a time, and nothing else."""
    open_page(request, referral_id)
    one = joint.appointment_of(request.actor, referral_id, now=request.now)
    return download(calendar([one], summary=WORK), MEDIA_TYPE, "appointment.ics")


_ONE = "referrals/<uuid:referral_id>/joint/"
urlpatterns = [
    path(_ONE, referral_joint, name="referral_joint"),
    path(f"{_ONE}said/", referral_joint_said, name="referral_joint_said"),
    path(f"{_ONE}appointment.ics", referral_joint_ics, name="referral_joint_ics"),
]
