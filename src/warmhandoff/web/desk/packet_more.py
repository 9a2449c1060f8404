"""Around the packet: texts the record has no fields for, later versions, and packets on another lawful ground."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients.lawful import DisclosureLine, open_disclosure
from warmhandoff.clients.queries import verbs_on
from warmhandoff.referrals import amending, basis_links, on_a_basis
from warmhandoff.referrals.freezing import Preview
from warmhandoff.referrals.packets import held, texts_of, write_texts
from warmhandoff.rules.refusals import NotAllowed, NotNow, NotThere
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.desk.referral_common import Opened, Words, attempt, back, can, open_page, seen_of, status_of, step
from warmhandoff.web.desk.referral_release import in_force
from warmhandoff.web.files import pdf
from warmhandoff.web.forms.disclosures import AmendForm, TextsForm, class_choices
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
def referral_packet_texts(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Type or paste what a packet may hold and the record has no field for."""
    opened = open_page(request, referral_id, "change")
    if "change" not in verbs_on(request.actor, opened.page.line.client_id):
        raise NotAllowed("These texts are written by those who care for the client.", subject=referral_id)
    form = TextsForm(posted(request), initial=texts_of(opened.id))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: write_texts(request.actor, opened.id, form.cleaned_data, now=request.now)
    ):
        messages.success(request, "Kept with the referral. Nothing of it leaves until you choose it for a packet.")
        return redirect("referral_packet", referral_id)
    words = Words("Texts for the packet", "Keep them", "Write or paste only what they need. Leave empty what they do "
                  "not.", "Nothing is made up: what is empty here is not in a packet. Notes you keep for yourself do "
                  "not belong here.")
    return step(request, opened, form, words)


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def referral_amend(request: StaffRequest, referral_id: UUID, delivery_id: UUID) -> HttpResponse:
    """A later version for someone who has the packet: what it holds, what changed, exactly how it leaves."""
    opened = open_page(request, referral_id)
    classes = amending.classes_now(request.actor, opened.id, delivery_id)
    release = in_force(opened)
    if release is None or not can(opened.page, "amend"):
        raise NotNow("A later version needs a release in force, and someone who has the packet.")
    told: list[bool] = []
    form = AmendForm(
        posted(request), initial={"classes": classes, "seen": opened.page.moves_made},
        classes=[code for code in held(opened.id) if code in release.classes],
    )
    ready: list[Preview] = []
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: ready.append(_amended(request, opened, delivery_id, form))
    ) and form.cleaned_data["sha256"] and attempt(
        form, lambda: told.append(_amend(request, opened, delivery_id, form))
    ):
        tell = "They hear of it by themselves" if told[0] else "Nothing goes out by itself: tell them"
        messages.success(request, f"The later version is theirs now. {tell}. The one before stays in the record.")
        return back(referral_id)
    context = opened.context(form=form, ready=ready[0] if ready else None)
    return render(request, "desk/referrals/amend.html", context, status=status_of(form))


def _change(delivery_id: UUID, form: forms.Form) -> amending.Change:
    given = form.cleaned_data
    return amending.Change(delivery_id, given["classes"], given["changed"], given["sha256"])


def _amended(request: StaffRequest, opened: Opened, delivery_id: UUID, form: forms.Form) -> Preview:
    return amending.preview_amendment(request.actor, opened.id, _change(delivery_id, form), now=request.now)


def _amend(request: StaffRequest, opened: Opened, delivery_id: UUID, form: forms.Form) -> bool:
    change = _change(delivery_id, form)
    return amending.amend(request.actor, opened.id, change, now=request.now, seen=seen_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def basis_packet(request: StaffRequest, referral_id: UUID, disclosure_id: UUID) -> HttpResponse:
    """A packet on a recorded ground: shown exactly as it leaves, then frozen, to print or to be read by link."""
    opened = open_page(request, referral_id)
    line = open_disclosure(request.actor, disclosure_id, now=request.now)
    if line.client_id != opened.page.line.client_id:
        raise NotThere(subject=disclosure_id)
    form = _BasisForm(posted(request), codes=held(opened.id))
    ready: list[Preview] = []
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: ready.append(
        on_a_basis.preview_on_basis(request.actor, opened.id, disclosure_id, form.cleaned_data["classes"],
                                    now=request.now)
    )) and form.cleaned_data["sha256"] and attempt(form, lambda: on_a_basis.send_on_basis(
        request.actor, opened.id, disclosure_id, form.cleaned_data["classes"], sha256=form.cleaned_data["sha256"],
        now=request.now,
    )):
        messages.success(request, "Frozen. Print it, or send a link to it, below.")
        return redirect("basis_packet", referral_id, disclosure_id)
    more = {"form": form, "ready": ready[0] if ready else None}
    return _basis_page(request, opened, line, BasisLinkForm(), status=status_of(form), **more)


def _basis_page(
    request: StaffRequest, opened: Opened, line: DisclosureLine, link_form: BasisLinkForm, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    context = opened.context(
        disclosure=line, frozen=on_a_basis.packet_of(opened.id, line.id), link_form=link_form,
        links=basis_links.links_of(request.actor, opened.id, line.id, now=request.now), **more,
    )  # fmt: skip
    return render(request, "desk/referrals/basis_packet.html", context, status=status)


@require_POST
@confirm_first
def basis_link(request: StaffRequest, referral_id: UUID, disclosure_id: UUID) -> HttpResponse:
    """Send a link to the frozen packet, or make one to hand over; or end it."""
    opened = open_page(request, referral_id, "send")
    line = open_disclosure(request.actor, disclosure_id, now=request.now)
    form = BasisLinkForm(request.POST)
    if not form.is_valid():
        return _basis_page(request, opened, line, form, status=422)
    if form.cleaned_data["end"]:
        basis_links.end_link(request.actor, referral_id, disclosure_id, now=request.now)
        messages.success(request, "The link opens nothing any more.")
    elif attempt(form, lambda: basis_links.give_link(
        request.actor, referral_id, disclosure_id, to=form.cleaned_data["to"], now=request.now
    )):  # fmt: skip
        messages.success(request, "The link is made. Tell them the code by phone: it never goes with the link.")
    else:
        return _basis_page(request, opened, line, form, status=422)
    return redirect("basis_packet", referral_id, disclosure_id)


class BasisLinkForm(forms.Form):
    """Where a link goes; nothing of it is needed to hand one over."""

    to = forms.EmailField(label="Mail address", required=False,
                          help_text="Left empty: you get a link to hand over. The mail holds the link and no more.")
    end = forms.BooleanField(required=False, widget=forms.HiddenInput)


class _BasisForm(forms.Form):
    classes = forms.MultipleChoiceField(label="What goes along", widget=forms.CheckboxSelectMultiple,
                                        help_text="No more than they need.")
    sha256 = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, codes: tuple[str, ...], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["classes"].choices = class_choices(codes)  # type: ignore[attr-defined]


@require_safe
def basis_packet_pdf(request: StaffRequest, referral_id: UUID, disclosure_id: UUID) -> HttpResponse:
    """The frozen PDF; its ground is looked at again each time."""
    open_page(request, referral_id)
    return pdf(on_a_basis.basis_packet_file(request.actor, referral_id, disclosure_id, now=request.now), "packet.pdf")


_ONE = "referrals/<uuid:referral_id>/"
urlpatterns = [
    path(f"{_ONE}packet/texts/", referral_packet_texts, name="referral_packet_texts"),
    path(f"{_ONE}deliveries/<uuid:delivery_id>/later/", referral_amend, name="referral_amend"),
    path(f"{_ONE}disclosures/<uuid:disclosure_id>/", basis_packet, name="basis_packet"),
    path(f"{_ONE}disclosures/<uuid:disclosure_id>/link/", basis_link, name="basis_link"),
    path(f"{_ONE}disclosures/<uuid:disclosure_id>.pdf", basis_packet_pdf, name="basis_packet_pdf"),
]
