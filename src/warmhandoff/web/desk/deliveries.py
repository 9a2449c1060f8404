"""What can be done with a delivery that is under way: the link sent again, a new code, paper with its cover sheet."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from warmhandoff.referrals.linking import give_new_code, remind
from warmhandoff.referrals.papers import arrived_file, covered_file, earlier_file
from warmhandoff.rules.refusals import BadInput, NotThere
from warmhandoff.web.desk.referral_common import back, open_page
from warmhandoff.web.files import pdf
from warmhandoff.web.requests import StaffRequest


@require_POST
def delivery_remind(request: StaffRequest, referral_id: UUID, delivery_id: UUID) -> HttpResponse:
    """A new link for the recipient, by the same way as the first; the code stays."""
    open_page(request, referral_id, "send")
    remind(request.actor, referral_id, delivery_id, now=request.now)
    messages.success(request, "A new link is on its way, or waits under Messages for your hand. The old one has ended.")
    return back(referral_id)


@require_POST
def delivery_code(request: StaffRequest, referral_id: UUID, delivery_id: UUID) -> HttpResponse:
    """A new link with a new code, with how staff knew whom they gave it to."""
    open_page(request, referral_id, "send")
    try:
        give_new_code(request.actor, referral_id, delivery_id, how=request.POST.get("how", "")[:300], now=request.now)
    except BadInput as refusal:
        reason = refusal.problems[0].reason
        messages.error(request, f"{reason[:1].upper()}{reason[1:]}.")
    else:
        messages.success(request, "There is a new code, and a new link with it. The old ones open nothing any more.")
    return back(referral_id)


@require_safe
def delivery_fax(request: StaffRequest, referral_id: UUID, delivery_id: UUID) -> HttpResponse:
    """The frozen packet behind a cover sheet that names no client: past the gate again each time."""
    opened = open_page(request, referral_id)
    if delivery_id not in {line.id for line in opened.page.deliveries}:
        raise NotThere(subject=delivery_id)
    return pdf(covered_file(request.actor, delivery_id, day=opened.here.date(), now=request.now), "papers.pdf")


@require_safe
def inbox_packet(request: StaffRequest, incoming_id: UUID) -> HttpResponse:
    """The packet that came with an incoming referral, as its sender froze it."""
    return pdf(arrived_file(request.actor, incoming_id, now=request.now), "packet.pdf")


@require_safe
def inbox_packet_before(request: StaffRequest, incoming_id: UUID, version_id: UUID) -> HttpResponse:
    """An earlier version of it, as it arrived."""
    return pdf(earlier_file(request.actor, incoming_id, version_id, now=request.now), "packet-before.pdf")


_ONE = "referrals/<uuid:referral_id>/deliveries/<uuid:delivery_id>"

urlpatterns = [
    path(f"{_ONE}/remind/", delivery_remind, name="delivery_remind"),
    path(f"{_ONE}/code/", delivery_code, name="delivery_code"),
    path(f"{_ONE}/fax.pdf", delivery_fax, name="delivery_fax"),
    path("inbox/<uuid:incoming_id>/packet.pdf", inbox_packet, name="inbox_packet"),
    path("inbox/<uuid:incoming_id>/packet/<uuid:version_id>.pdf", inbox_packet_before, name="inbox_packet_before"),
]
