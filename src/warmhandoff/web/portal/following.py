"""How it goes, told by her: whether she may be asked, how the waiting is, and how far her goals were reached."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from warmhandoff.referrals import checking_in, goals
from warmhandoff.referrals.client_view import client_page
from warmhandoff.rules.refusals import NotNow
from warmhandoff.web.portal.door import ClientRequest, for_client
from warmhandoff.web.portal.forms import GoalsForm, WaitingForm


@for_client
@require_POST
def may_ask(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """She agrees to be asked on her page or by telephone, or stops it: one press each, without a reason."""
    how = request.POST.get("how", "")
    if how == "no":
        checking_in.stop(request.actor, referral_id, now=request.now)
        messages.success(request, _("We will not ask you any more."))
    else:
        checking_in.agree(request.actor, referral_id, how=how, now=request.now)
        messages.success(request, _("Thank you. You can stop this at any time."))
    return redirect("portal_referral", referral_id)


@for_client
@require_POST
def waiting(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """How she is while nothing has begun yet."""
    shown = client_page(request.actor, referral_id, now=request.now)
    form = WaitingForm(request.POST)
    if "check_in_waiting" not in shown.moves or not form.is_valid():
        raise NotNow("There is nothing to tell here now.")
    said = form.cleaned_data
    checking_in.tell_waiting(
        request.actor, referral_id, comfort=said["comfort"], words=said["words"],
        needs_else=bool(said["words"].strip()), now=request.now,
    )  # fmt: skip
    messages.success(request, _("Thank you for telling us."))
    return redirect("portal_referral", referral_id)


@for_client
@require_POST
def score(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """How far each goal was reached, as she sees it; those she leaves out stay as they were."""
    form = GoalsForm(request.POST, goals=goals.goals_of(request.actor, referral_id))
    if not form.is_valid():
        raise NotNow("These goals changed meanwhile.")
    goals.score_goals(request.actor, referral_id, form.scores(), now=request.now)
    messages.success(request, _("Thank you for telling us."))
    return redirect("portal_referral", referral_id)


urlpatterns = [
    path("c/about/<uuid:referral_id>/may-ask/", may_ask, name="portal_may_ask"),
    path("c/about/<uuid:referral_id>/waiting/", waiting, name="portal_waiting"),
    path("c/about/<uuid:referral_id>/goals/", score, name="portal_goals"),
]
