"""A joint session on an incoming referral's page: yes or no to the time, and a file for one's own calendar."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.referrals import joint_here
from warmhandoff.referrals.inbox import open_incoming
from warmhandoff.rules.appointments import WORK, calendar
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.rules.refusals import Stale
from warmhandoff.web.desk.joint import seen_of_joint
from warmhandoff.web.files import download
from warmhandoff.web.requests import StaffRequest

_SAID = {
    "yes": "Your yes is on its way to the sender. It stands once the client said yes too.",
    "no": "The sender hears that this time does not work. Your calendar takes it out.",
}


@require_POST
def inbox_joint(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """What the receiving side says to the time that was looked at."""
    open_incoming(request.actor, incoming_id, now=request.now)
    said, seen = request.POST.get("said", ""), seen_of_joint(request.POST.get("seen", ""))
    try:
        joint_here.say_here(request.actor, incoming_id, said, seen=seen, now=request.now)
    except Stale:
        messages.error(request, "Nothing was kept: the sender has changed it meanwhile. This is how it stands now.")
    else:
        messages.success(request, _SAID[said])
    return redirect("inbox_one", incoming_id)


@require_safe
def inbox_joint_ics(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """For one's own calendar: a time, and nothing else."""
    one = joint_here.appointment_here(request.actor, incoming_id, now=request.now)
    return download(calendar([one], summary=WORK), MEDIA_TYPE, "appointment.ics")


urlpatterns = [
    path("inbox/<uuid:incoming_id>/joint/", inbox_joint, name="inbox_joint"),
    path("inbox/<uuid:incoming_id>/appointment.ics", inbox_joint_ics, name="inbox_joint_ics"),
]
