"""The device in the hands of one who signs: beside the client, or in her place. Staff sign in again afterwards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.clients.queries import ReleaseCard
from warmhandoff.clients.signatures import Handed, hand_to_signer
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.web.desk.referral_common import attempt, form_needs, open_page, status_of
from warmhandoff.web.desk.referral_release import releases
from warmhandoff.web.forms.releases import HandForm
from warmhandoff.web.portal import signing
from warmhandoff.web.requests import StaffRequest, posted


def _places(card: ReleaseCard) -> list[tuple[int, str]]:
    """Who signs: before the signature to give it, afterwards to look at it and perhaps to take it back."""
    return [(one.order, f"{one.name} ({'signed' if one.signed_at else 'not signed yet'})") for one in card.signers]


@require_http_methods(["GET", "HEAD", "POST"])
def release_device(request: StaffRequest, referral_id: UUID, release_id: UUID) -> HttpResponse:
    """Say to whom, and how she is known; then only that release opens on this device."""
    opened = open_page(request, referral_id)
    card = next((one for one in releases(opened) if one.id == release_id), None)
    if card is None:
        raise NotThere(subject=release_id)
    form_needs(request, opened, "change")
    if card.revoked_at or card.taken_back or not card.signers:
        raise NotNow("This release was taken back, or is older than signing on the device.")
    waiting = [one.order for one in card.waits_for]
    first = next((order for order in waiting if order), waiting[0] if waiting else 0)
    form = HandForm(posted(request), places=_places(card), initial={"whose": first})
    handed: list[Actor] = []
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: handed.append(
        hand_to_signer(request.actor, release_id, _handed(form), now=request.now)
    )):  # fmt: skip
        signing.start(request, handed[0], card.language)
        return redirect("signer")
    context = opened.context(form=form, release=card)
    return render(request, "desk/referrals/release_device.html", context, status=status_of(form))


def _handed(form: HandForm) -> Handed:
    given = form.cleaned_data
    return Handed(given["whose"], given["identity"], given["kind"], given["scope"], given["evidence"])


urlpatterns = [
    path("referrals/<uuid:referral_id>/release/<uuid:release_id>/device/", release_device, name="release_device"),
]
