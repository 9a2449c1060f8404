"""A joint session on the client's page: she agrees, or says that the time does not work."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.referrals import joint
from warmhandoff.referrals.client_view import client_page
from warmhandoff.rules.appointments import PLAIN, calendar
from warmhandoff.rules.calendar import MEDIA_TYPE
from warmhandoff.rules.refusals import NotThere
from warmhandoff.web.files import download
from warmhandoff.web.portal.door import ClientRequest, for_client


@for_client
@require_POST
def portal_joint(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Yes to the time she looked at, or no."""
    client_page(request.actor, referral_id, now=request.now)
    seen, said = request.POST.get("seen", ""), request.POST.get("said", "")
    if said not in ("yes", "no") or not (seen.isascii() and seen.isdecimal() and len(seen) < 9):
        raise NotThere
    if said == "yes":
        joint.agree(request.actor, referral_id, "client", seen=int(seen), now=request.now)
    else:
        joint.call_off(request.actor, referral_id, seen=int(seen), now=request.now)
    messages.success(request, _("Thank you. We have kept what you said."))
    return redirect("portal_referral", referral_id)


@for_client
@require_safe
def portal_joint_ics(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """For her calendar: a time, and a word that says nothing to whoever looks at her telephone."""
    client_page(request.actor, referral_id, now=request.now)
    one = joint.appointment_of(request.actor, referral_id, now=request.now)
    return download(calendar([one], summary=PLAIN), MEDIA_TYPE, "appointment.ics")


urlpatterns = [
    path("c/about/<uuid:referral_id>/together/", portal_joint, name="portal_joint"),
    path("c/about/<uuid:referral_id>/appointment.ics", portal_joint_ics, name="portal_joint_ics"),
]
