"""The packet: what goes along is chosen, seen exactly as it leaves, and sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.clients.queries import ReleaseCard
from warmhandoff.core.outbox import mail_works
from warmhandoff.directory.queries import mail_address
from warmhandoff.referrals import ways
from warmhandoff.referrals.cosigning import on_the_page
from warmhandoff.referrals.packets import held
from warmhandoff.referrals.sending import Order, Preview, packet_file, preview, send
from warmhandoff.rules.access import Actor
from warmhandoff.rules.packet import WHY, WRITTEN
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.desk.referral_common import Opened, attempt, back, can, open_page, seen_of, status_of
from warmhandoff.web.desk.referral_release import in_force
from warmhandoff.web.desk.referral_steps import next_choice
from warmhandoff.web.explaining import label
from warmhandoff.web.files import pdf
from warmhandoff.web.forms.referrals import PacketForm, SendForm
from warmhandoff.web.requests import StaffRequest

SENT = {
    "link": "The packet is on its way. Tell them the code by phone: it stands below.",
    "paper": "The packet is frozen. Print it below, and hand it over or fax it.",
    "phone": "Kept as what they may be told. Call them, and say no more than it says.",
}


def _choices(opened: Opened, release: ReleaseCard) -> tuple[list[tuple[int, str]], list[tuple[str, str]]]:
    """Recipients whom the release names, the client's first choice on top; and the classes it covers."""
    options = [one for one in opened.page.options if not one.tried and one.name in release.recipients]
    options.sort(key=lambda one: (one.client_rank is None, one.client_rank or 0))
    known = [code for code in held(opened.id) if code in release.classes]
    classes = [(code, f"{label('information_classes', code)}: {WHY[code]}") for code in known]
    return [(one.listing_id, one.name) for one in options], classes


def _form(
    kind: type[PacketForm], data: QueryDict | None, opened: Opened, release: ReleaseCard, actor: Actor
) -> PacketForm:
    recipients, classes = _choices(opened, release)
    first = next_choice(opened.page)
    to = mail_address(actor, first.listing_id) if first and mail_works() else ""
    recipient = first.listing_id if first else None
    initial = {"recipient": recipient, "way": "link", "to": to, "seen": opened.page.moves_made}
    form = kind(data, initial=initial, recipients=recipients, classes=classes)
    form.offer_ways(ways.offered(actor.practice_id, [key for key, _ in recipients]))
    return form


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def referral_packet(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Choose, look, send. Without a release nothing can be sent: then the page offers to ask the client now."""
    opened = open_page(request, referral_id)
    release = in_force(opened)
    if release is None:
        return render(request, "desk/referrals/packet_no_release.html", opened.context(
            may_ask=can(opened.page, "sign_release", "sign_another"), ask_now=_ask_now(opened, None),
        ), status=403)
    if not can(opened.page, "send"):
        raise NotNow(f"There is no packet to send now: this referral is at “{opened.page.line.state_label}”.")
    if request.method == "POST":
        return _send(request, opened, release)
    looking = "recipient" in request.GET
    form = _form(PacketForm, request.GET if looking else None, opened, release, request.actor)
    ready = None
    if looking and form.is_valid():
        ready = _preview(request, opened, form)
    return _page(request, opened, form, ready)


def _preview(request: StaffRequest, opened: Opened, form: PacketForm) -> Preview:
    given = form.cleaned_data
    return preview(request.actor, opened.id, given["recipient"], given["classes"], now=request.now)


def _page(request: StaffRequest, opened: Opened, form: PacketForm, ready: Preview | None) -> HttpResponse:
    order = None
    if ready is not None:
        order = form if isinstance(form, SendForm) else None
    context = opened.context(
        form=form, ready=ready, order=order, mail_works=mail_works(), query=_query(form) if ready else "",
        writes=_to_write(form), ask_now=_ask_now(opened, form if ready else None),
        co_sign=on_the_page(request.actor, opened.id),
    )
    return render(request, "desk/referrals/packet.html", context, status=status_of(form))


def _to_write(form: PacketForm) -> list[str]:
    """Labels of the classes she may send and the record has no fields for."""
    offered = {code for code, _ in form.fields["classes"].choices}  # type: ignore[attr-defined]
    return [label("information_classes", code) for code in WRITTEN if code in offered]


def _ask_now(opened: Opened, form: PacketForm | None) -> str:
    """Where a release is drafted for exactly what was wanted: ids and codes that say nothing about the client."""
    wanted = _query(form) if form is not None and form.is_valid() else ""
    return f"{reverse('referral_release', args=[opened.id])}?draft=again&{wanted}".rstrip("&")


def _query(form: PacketForm) -> str:
    """Recipient and classes again, for the link to the PDF: ids and codes that say nothing about the client."""
    query = QueryDict(mutable=True)
    query["recipient"] = str(form.cleaned_data["recipient"])
    query.setlist("classes", form.cleaned_data["classes"])
    return query.urlencode()


def _send(request: StaffRequest, opened: Opened, release: ReleaseCard) -> HttpResponse:
    form = _form(SendForm, request.POST, opened, release, request.actor)
    if form.is_valid() and attempt(form, lambda: _order(request, opened, form)):
        way = form.cleaned_data["way"]
        messages.success(request, SENT.get(way) or ways.said(way))
        return back(opened.id)
    ready = _preview(request, opened, form) if {"recipient", "classes"} <= set(form.cleaned_data) else None
    return _page(request, opened, form, ready)


def _order(request: StaffRequest, opened: Opened, form: PacketForm) -> None:
    given = form.cleaned_data
    order = Order(
        listing_id=given["recipient"], classes=given["classes"], way=given["way"], sha256=given["sha256"],
        to=given["to"], attested=given["attested"],
    )
    send(request.actor, opened.id, order, now=request.now, seen=seen_of(form))


@require_safe
def referral_packet_preview_pdf(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The PDF of the preview, byte for byte what would leave."""
    open_page(request, referral_id)  # the door first, whatever the address asks for
    recipient, classes = request.GET.get("recipient", ""), request.GET.getlist("classes")
    if not recipient.isdecimal() or len(recipient) > 18:
        raise BadInput(Problem("choose a recipient", field="recipient"))
    return pdf(preview(request.actor, referral_id, int(recipient), classes, now=request.now).pdf, "packet.pdf")


@require_safe
def delivery_pdf(request: StaffRequest, referral_id: UUID, delivery_id: UUID) -> HttpResponse:
    """The frozen PDF of a delivery, to print or fax: past the gate again each time."""
    opened = open_page(request, referral_id)
    if delivery_id not in {line.id for line in opened.page.deliveries}:
        raise NotThere(subject=delivery_id)
    return pdf(packet_file(request.actor, delivery_id, now=request.now), "packet.pdf")


urlpatterns = [
    path("referrals/<uuid:referral_id>/packet/", referral_packet, name="referral_packet"),
    path("referrals/<uuid:referral_id>/packet/preview.pdf", referral_packet_preview_pdf,
         name="referral_packet_preview_pdf"),
    path("referrals/<uuid:referral_id>/deliveries/<uuid:delivery_id>.pdf", delivery_pdf, name="delivery_pdf"),
]
