"""The client allows less than she signed, at once and without a new signature."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from warmhandoff.clients.narrowing import Narrower
from warmhandoff.referrals.client_view import client_page
from warmhandoff.referrals.narrowing import narrow
from warmhandoff.rules.refusals import BadInput, NotThere
from warmhandoff.web.portal.door import ClientRequest, for_client, mend, page
from warmhandoff.web.portal.forms import NarrowForm


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def allow_less(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Untick what is no longer allowed; the last day can come sooner."""
    shown = client_page(request.actor, referral_id, now=request.now)
    if shown.signed is None or request.actor.client_id is None:
        raise NotThere(subject=referral_id)
    form = NarrowForm(request.POST if request.method == "POST" else None, card=shown.signed)
    context = {"shown": shown, "form": form}
    if request.method != "POST":
        return page(request, "portal/allow_less.html", context, zone=shown.zone)
    if form.is_valid():
        given = form.cleaned_data
        narrower = Narrower(
            classes=given["classes"], recipients=[int(pk) for pk in given["recipients"]], expires_on=given["expires_on"]
        )
        try:
            narrow(request.actor, request.actor.client_id, shown.signed.id, narrower, now=request.now)
        except BadInput as refusal:
            mend(form, refusal)
        else:
            messages.success(request, _("Thank you. From now on only this is shared."))
            return redirect("portal_referral", referral_id)
    return page(request, "portal/allow_less.html", context, status=422, zone=shown.zone)


urlpatterns = [path("c/about/<uuid:referral_id>/release/less/", allow_less, name="portal_allow_less")]
