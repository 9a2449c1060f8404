"""Every release of one client: what stands, who signed, its versions, her copy; and narrowing one that is in force."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.clients import minors, queries
from warmhandoff.clients.narrowing import Narrower
from warmhandoff.clients.release_history import COPIES, Version, history, one_release, record_copy, release_file
from warmhandoff.referrals.narrowing import narrow
from warmhandoff.rules.refusals import NotAllowed, NotNow
from warmhandoff.rules.release_elements import endings
from warmhandoff.rules.signers import CONSENTED, KINDS, VIEWERS
from warmhandoff.web.context import here
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.explaining import label
from warmhandoff.web.files import pdf
from warmhandoff.web.forms.releases import CopyForm, MinorConsentForm, NarrowForm
from warmhandoff.web.requests import StaffRequest, posted

HOW = {"portal": "on her own page", "device": "on the clinician's device", "paper": "on paper"}
SIDES = {"client": "the client", "referrer": "staff, on her word", "restore": "a restore of the server"}


def _labels(codes: Any) -> list[str]:
    return [label("information_classes", code) for code in codes]


def shown(card: queries.ReleaseCard) -> dict[str, Any]:
    """A release in words."""
    signers = [
        {"one": one, "as": KINDS.get(one.kind, "") if one.kind not in ("self", "participant") else "",
         "how": HOW.get(one.signed_how, "")}
        for one in card.signers
    ]  # fmt: skip
    return {
        "card": card, "classes": _labels(card.classes), "back": _labels(card.back_classes), "signers": signers,
        "purpose": label("purposes", card.purpose), "copy": COPIES.get(card.copy_how, ""),
        "event": endings()[card.ends_with].label if card.ends_with in endings() else "",
    }


def _version(one: Version) -> dict[str, Any]:
    return {"one": one, "classes": _labels(one.classes), "back": _labels(one.back_classes)}


@require_safe
def client_releases(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """All releases of a client, newest first."""
    card = queries.open_client(request.actor, client_id, now=request.now)
    found = [
        {**shown(one.card), "versions": [_version(version) for version in one.versions]}
        for one in history(request.actor, client_id, now=request.now)
    ]
    page = {
        "card": card, "releases": found, "now": here(request), "section": "clients", "copy_form": CopyForm(),
        "may_change": "change" in queries.verbs_on(request.actor, client_id),
    }
    return render(request, "desk/clients/releases.html", page)


@require_safe
def client_release_pdf(request: StaffRequest, client_id: UUID, release_id: UUID) -> HttpResponse:
    """One release to print: to be signed, or as it was signed and narrowed."""
    return pdf(release_file(request.actor, client_id, release_id, now=request.now), "release.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def client_release_narrow(request: StaffRequest, client_id: UUID, release_id: UUID) -> HttpResponse:
    """Make a release narrower on the client's word, at once and without a new signature."""
    client = queries.open_client(request.actor, client_id, now=request.now)
    card = one_release(request.actor, client_id, release_id, now=request.now)
    if "change" not in queries.verbs_on(request.actor, client_id):
        raise NotAllowed("A release is narrowed by those who care for the client, or by herself.")
    if not card.in_force:
        raise NotNow("This release is not in force: there is nothing to narrow.")
    form = narrow_form(card, posted(request))
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _narrow(request, client_id, card, form)):
        messages.success(request, "The release is narrower from now on. Every version is kept.")
        return redirect("client_releases", client_id)
    page = {"client": client, "form": form, "shown": shown(card), "now": here(request), "section": "clients"}
    return render(request, "desk/clients/release_narrow.html", page, status=status_of(form))


def narrow_form(card: queries.ReleaseCard, data: Any) -> NarrowForm:
    """Everything that stands, ticked."""
    recipients = [(str(pk), name) for pk, name in zip(card.recipient_ids, card.recipients, strict=True)]
    choices = {
        "classes": list(zip(card.classes, _labels(card.classes), strict=True)), "recipients": recipients,
        "back_classes": list(zip(card.back_classes, _labels(card.back_classes), strict=True)),
    }
    initial = {
        "classes": card.classes, "recipients": [pk for pk, _ in recipients], "back_classes": card.back_classes,
        "expires_on": card.expires_on,
    }
    return NarrowForm(data, initial=initial, choices=choices)


def _narrow(request: StaffRequest, client_id: UUID, card: queries.ReleaseCard, form: NarrowForm) -> None:
    given = form.cleaned_data
    narrower = Narrower(
        classes=given["classes"], recipients=[int(pk) for pk in given["recipients"]],
        back_classes=given.get("back_classes"), expires_on=given["expires_on"],
    )
    narrow(request.actor, client_id, card.id, narrower, now=request.now)


@require_POST
def client_release_copy(request: StaffRequest, client_id: UUID, release_id: UUID) -> HttpResponse:
    """She has her copy."""
    queries.client_row(request.actor, client_id, "change")  # the doors first, whatever the form says
    one_release(request.actor, client_id, release_id, now=request.now)
    form = CopyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Choose how she got her copy.")
        return redirect("client_releases", client_id)
    record_copy(request.actor, client_id, release_id, how=form.cleaned_data["how"], now=request.now)
    messages.success(request, "Noted: she has her copy.")
    return redirect("client_releases", client_id)


@require_http_methods(["GET", "HEAD", "POST"])
def client_consent(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """For a client under 18: who consented to her care, and who may view her page."""
    card = queries.open_client(request.actor, client_id, now=request.now)
    if "change" not in queries.verbs_on(request.actor, client_id):
        raise NotAllowed("This is recorded by those who care for the client.")
    stands = minors.under_age(request.actor, client_id, now=request.now)
    form = MinorConsentForm(posted(request))
    if stands and request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: minors.record_consent(request.actor, client_id, now=request.now, **given)):
            messages.success(request, "Recorded.")
            return redirect("client", client_id)
    page: dict[str, Any] = {"card": card, "stands": stands, "form": form, "now": here(request), "section": "clients"}
    if stands:
        page |= {"history": [_recorded(one) for one in stands.history], "consent": _words(stands.consent)}
    return render(request, "desk/clients/consent.html", page, status=status_of(form))


def _recorded(one: minors.Recorded) -> dict[str, Any]:
    return {"one": one, "consented": CONSENTED[one.consented], "viewers": [VIEWERS[code] for code in one.viewers]}


def _words(consent: Any) -> dict[str, Any] | None:
    if consent is None:
        return None
    return {"by": CONSENTED[consent.by], "viewers": [VIEWERS[code] for code in sorted(consent.viewers)]}


_ONE = "clients/<uuid:client_id>/releases/"
urlpatterns = [
    path(_ONE, client_releases, name="client_releases"),
    path(f"{_ONE}<uuid:release_id>.pdf", client_release_pdf, name="client_release_pdf"),
    path(f"{_ONE}<uuid:release_id>/narrow/", client_release_narrow, name="client_release_narrow"),
    path(f"{_ONE}<uuid:release_id>/copy/", client_release_copy, name="client_release_copy"),
    path("clients/<uuid:client_id>/under-18/", client_consent, name="client_consent"),
]
