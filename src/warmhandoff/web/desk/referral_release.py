"""The release: drafted with the client, signed one of three ways, printed, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from warmhandoff.clients.queries import ReleaseCard, releases_of
from warmhandoff.clients.release_copy import copy_of
from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release, open_scan, usual_days
from warmhandoff.referrals.choosing import sign
from warmhandoff.referrals.sending import revoke
from warmhandoff.rules.packet import WHY
from warmhandoff.rules.refusals import NotNow, NotThere
from warmhandoff.rules.release_elements import elements, endings, laws
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import practice
from warmhandoff.web.desk.referral_choice import open_options
from warmhandoff.web.desk.referral_common import Opened, attempt, back, can, open_page, seen_of, status_of
from warmhandoff.web.explaining import label
from warmhandoff.web.files import checked, download, pdf
from warmhandoff.web.forms.releases import ReleaseForm, SignForm, TakeBackForm
from warmhandoff.web.requests import StaffRequest, posted

# Classes a release may name although a packet cannot hold them yet, with why one would.
_MORE = {
    "discharge_summary": "where care here has ended",
    "substance_use": "records of a substance-use program: they go only with the words of 42 CFR 2.31, which are added",
}
CLASSES = {**WHY, **{code: why for code, why in _MORE.items() if code not in WHY}}


def releases(opened: Opened) -> list[ReleaseCard]:
    """The releases of this referral, newest first."""
    return releases_of(opened.page.line.client_id, today=opened.here.date(), referral_id=opened.id)


def in_force(opened: Opened) -> ReleaseCard | None:
    return next((card for card in releases(opened) if card.in_force), None)


def _draft_form(request: StaffRequest, opened: Opened, draft: ReleaseCard | None) -> ReleaseForm:
    page = opened.page
    options = sorted(open_options(page), key=lambda one: (one.client_rank is None, one.client_rank or 0, one.order))
    chosen = [str(one.listing_id) for one in options if one.client_rank is not None]
    if wanted := request.GET.get("recipient"):
        chosen = [wanted]
    elif draft:
        chosen = [str(one.listing_id) for one in options if one.name in draft.recipients]
    initial = {
        "recipients": chosen, "purpose": draft.purpose if draft else page.purpose, "seen": page.moves_made,
        "classes": [code for code in request.GET.getlist("classes") if code in CLASSES]
        or (draft.classes if draft else []),
        "expires_on": draft.expires_on if draft else opened.here.date() + timedelta(days=usual_days(practice(request))),
        **(_said_before(draft) if draft else {}),
    }
    classes = [(code, f"{label('information_classes', code)}: {why}") for code, why in CLASSES.items()]
    recipients = [(str(one.listing_id), one.name) for one in options]
    return ReleaseForm(request.POST or None, initial=initial, recipients=recipients, classes=classes)


def _said_before(draft: ReleaseCard) -> dict[str, Any]:
    return {
        "ends_with": draft.ends_with, "records_from": draft.records[0], "records_until": draft.records[1],
        "others": "\n".join(one.name for one in draft.signers if one.order), "to_treating": draft.to_treating,
        "back_classes": draft.back_classes, "news_back": bool(draft.back_classes),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def referral_release(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Draft the release; once drafted, its text in her language and the ways to sign it."""
    opened = open_page(request, referral_id, "change")
    draft = next((card for card in releases(opened) if not card.signed_at), None)
    again = can(opened.page, "sign_another") and (draft is not None or "draft" in request.GET)
    if not can(opened.page, "sign_release") and not again:
        return _as_it_stands(request, opened)
    form = _draft_form(request, opened, draft)
    if request.method == "POST":
        if form.is_valid() and attempt(form, lambda: _draft(request, opened, form)):
            return redirect("referral_release", referral_id)
        return render(request, "desk/referrals/release_draft.html", opened.context(form=form), status=422)
    if draft is None or "draft" in request.GET:
        return render(request, "desk/referrals/release_draft.html", opened.context(form=form))
    return _to_sign(request, opened, draft, _sign_form(opened, draft))


def _sign_form(opened: Opened, draft: ReleaseCard, *data: Any) -> SignForm:
    waiting = [(one.order, one.name) for one in draft.waits_for]
    initial = {"seen": opened.page.moves_made, "whose": waiting[0][0] if waiting else 0}
    return SignForm(*data, initial=initial, waiting=waiting)


def _draft(request: StaffRequest, opened: Opened, form: ReleaseForm) -> None:
    given = form.cleaned_data
    names = {str(one.listing_id): one.name for one in opened.page.options}
    draft = ReleaseDraft(
        referral_id=opened.id, recipients=[(int(one), names[one]) for one in given["recipients"]],
        classes=given["classes"], purpose=given["purpose"], expires_on=given["expires_on"],
        news_back=given["news_back"], back_classes=given["back_classes"], ends_with=given["ends_with"],
        records=(given["records_from"], given["records_until"]), others=form.names_of_others(),
        to_treating=given["to_treating"],
    )
    draft_release(request.actor, opened.page.line.client_id, draft, now=request.now)


def _as_it_stands(request: StaffRequest, opened: Opened) -> HttpResponse:
    found = releases(opened)
    if not found:
        raise NotNow("A release is drafted once the client has chosen.")
    return render(request, "desk/referrals/release.html", opened.context(releases=[_shown(card) for card in found]))


def _shown(card: ReleaseCard) -> dict[str, Any]:
    return {
        "card": card, "classes": [label("information_classes", code) for code in card.classes],
        "purpose": label("purposes", card.purpose),
        "back": [label("information_classes", code) for code in card.back_classes],
        "event": endings()[card.ends_with].label if card.ends_with in endings() else "",
    }


def _to_sign(request: StaffRequest, opened: Opened, draft: ReleaseCard, form: SignForm) -> HttpResponse:
    context = opened.context(
        form=form, draft=draft, title=draft.text[0], paragraphs=draft.text[1:], elements=elements().values(),
        laws=laws().values(),
    )
    return render(request, "desk/referrals/release_sign.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def referral_sign(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Enter a release that was signed on paper."""
    opened = open_page(request, referral_id, "change")
    draft = next((card for card in releases(opened) if not card.signed_at), None)
    if draft is None or request.method != "POST":
        return redirect("referral_release", referral_id)
    form = _sign_form(opened, draft, request.POST, request.FILES)
    if form.is_valid() and attempt(form, lambda: _sign(request, opened, draft, form)):
        if len(draft.waits_for) > 1:
            messages.success(request, "Noted. The release counts once everyone has signed.")
            return redirect("referral_release", referral_id)
        messages.success(request, "The release is signed. Now the packet can be previewed.")
        return back(referral_id)
    return _to_sign(request, opened, draft, form)


def _sign(request: StaffRequest, opened: Opened, draft: ReleaseCard, form: SignForm) -> None:
    given = form.cleaned_data
    whose = next((one.id for one in draft.signers if one.order == given.get("whose")), None)
    signature = Signature(
        how="paper", name=given["signed_name"], identity=given["identity"],
        scan=checked(given["scan"], "scan") if given["scan"] else None, kind=given["kind"], scope=given["scope"],
        evidence=given["evidence"], signer=whose,
    )
    sign(request.actor, opened.id, draft.id, signature, now=request.now, seen=seen_of(form))


@require_safe
def referral_release_pdf(request: StaffRequest, referral_id: UUID, release_id: UUID) -> HttpResponse:
    """The release to print: to be signed, or as it was signed."""
    opened = open_page(request, referral_id)
    card = next((one for one in releases(opened) if one.id == release_id), None)
    if card is None:
        raise NotThere(subject=release_id)
    return pdf(copy_of(card, opened.zone), "release.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def referral_revoke(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """Take back the release on the client's word: what that does, and what it cannot undo."""
    opened = open_page(request, referral_id, "change")
    card = in_force(opened)
    if card is None:
        raise NotNow("There is no release in force to take back.")
    several = len(card.signers) > 1
    places = [(one.order, one.name) for one in card.signers]
    form = TakeBackForm(posted(request), places=places, initial={"whose": 0}) if several else None
    if request.method == "POST" and (form is None or form.is_valid()):
        whose = form.cleaned_data["whose"] if form else 0
        signer = next((one.id for one in card.signers if one.order == whose), None)
        names = revoke(replace(request.actor, signer_id=signer), referral_id, card.id, now=request.now)
        told = f" {', '.join(names)} had received something before: that cannot be called back." if names else ""
        messages.success(request, f"The release is taken back. Nothing more leaves on it.{told}")
        return back(referral_id)
    reached = [line for line in opened.page.deliveries if line.state == "handed_over"]
    context = opened.context(release=_shown(card), reached=reached, form=form)
    return render(request, "desk/referrals/revoke.html", context, status=status_of(form) if form else 200)


@require_safe
def referral_release_scan(
    request: StaffRequest, referral_id: UUID, release_id: UUID, attachment_id: UUID
) -> HttpResponse:
    """The page as she signed it, to be kept or looked at."""
    opened = open_page(request, referral_id)
    if all(attachment_id not in card.scans for card in releases(opened) if card.id == release_id):
        raise NotThere(subject=attachment_id)
    file = open_scan(request.actor, release_id, attachment_id, now=request.now)
    return download(file.data, file.content_type, file.name)


urlpatterns = [
    path("referrals/<uuid:referral_id>/release/", referral_release, name="referral_release"),
    path("referrals/<uuid:referral_id>/release/sign/", referral_sign, name="referral_sign"),
    path("referrals/<uuid:referral_id>/release/revoke/", referral_revoke, name="referral_revoke"),
    path("referrals/<uuid:referral_id>/release/<uuid:release_id>.pdf", referral_release_pdf,
         name="referral_release_pdf"),
    path("referrals/<uuid:referral_id>/release/<uuid:release_id>/scan/<uuid:attachment_id>/", referral_release_scan,
         name="referral_release_scan"),
]
