"""A joint session on the reply page: the recipient agrees, or says that the time does not work."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.referrals import answering, joint
from warmhandoff.rules.appointments import WORK, calendar
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.files import download
from warmhandoff.web.reply.views import ReplyRequest, for_recipient


@for_recipient
@require_POST
def reply_joint(request: ReplyRequest) -> HttpResponse:
    """Yes to the time that was looked at, or no."""
    shown = answering.open_delivery(request.actor, now=request.now)
    seen, said = request.POST.get("seen", ""), request.POST.get("said", "")
    if said not in ("yes", "no") or not (seen.isascii() and seen.isdecimal() and len(seen) < 9):
        raise NotThere
    if said == "yes":
        joint.agree(request.actor, shown.referral_id, "recipient", seen=int(seen), now=request.now)
    else:
        joint.call_off(request.actor, shown.referral_id, seen=int(seen), now=request.now)
    messages.success(request, _("Thank you. Your answer is with the sender."))
    return redirect("reply")


@for_recipient
@require_safe
def reply_joint_ics(request: ReplyRequest) -> HttpResponse:
    """For her calendar: a time, and nothing else."""
    shown = answering.open_delivery(request.actor, now=request.now)
    one = joint.appointment_of(request.actor, shown.referral_id, now=request.now)
    return download(calendar([one], summary=WORK), MEDIA_TYPE, "appointment.ics")


urlpatterns = [
    path("r/page/joint/", reply_joint, name="reply_joint"),
    path("r/page/appointment.ics", reply_joint_ics, name="reply_joint_ics"),
]
