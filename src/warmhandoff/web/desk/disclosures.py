"""What left about a client, on what ground; recording what was told without a release; and its review."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.policies import allow_treatment_disclosures, discloses_for_treatment
from warmhandoff.accounts.queries import is_solo
from warmhandoff.clients import lawful
from warmhandoff.clients.accounting import accounting, spreadsheet_rows
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.core.holding import Disclosure
from warmhandoff.exports.sheet import harmless
from warmhandoff.rules.lawful import WAYS, bases
from warmhandoff.rules.record import in_words
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.referral_common import attempt, status_of
from warmhandoff.web.files import download
from warmhandoff.web.forms.disclosures import DisclosureForm, DisclosureReviewForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

_HEADER = ("When", "To", "Address", "What", "Purpose", "On what ground", "How", "Version", "Required by law")


def in_english(line: Disclosure) -> dict[str, Any]:
    """One line of the accounting in words."""
    basis = bases().get(line.ground)
    kinds, purposes = vocabulary("information_classes"), vocabulary("purposes")
    ground = f"{basis.label} ({basis.source})" if basis else in_words(line.ground, "en") if line.ground else ""
    return {
        "at": line.at, "to": line.to or "to complete", "address": line.address, "ground": ground or "to complete",
        "what": [kinds.label(code) if code in kinds else code for code in line.what],
        "purpose": purposes.label(line.purpose) if line.purpose in purposes else in_words(line.purpose, "en"),
        "way": "by link" if line.way == "link" else WAYS.get(line.way, ""), "version": line.version,
        "required": line.required, "told": line.told,
    }


def _zone(request: StaffRequest) -> ZoneInfo:
    return ZoneInfo(practice(request).time_zone)


@require_safe
def client_accounting(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Everything that left about her, and what was refused; made to be printed as well."""
    card = open_client(request.actor, client_id, now=request.now)
    found = accounting(request.actor, client_id, now=request.now)
    page = {
        "card": card, "now": here(request), "section": "clients", "lines": [in_english(one) for one in found.lines],
        "refused": found.refused, "may_send": "send" in verbs_on(request.actor, client_id),
        "mine": [line for line in lawful.list_disclosures(request.actor, now=request.now)
                 if line.client_id == client_id],
    }  # fmt: skip
    return render(request, "desk/clients/accounting.html", page)


@require_safe
def client_accounting_csv(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The same as a spreadsheet, where no notice has to go along."""
    zone = _zone(request)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADER)
    for line in spreadsheet_rows(request.actor, client_id, now=request.now):
        said = in_english(line)
        writer.writerow([
            f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}",
            *(harmless(cell) for cell in (said["to"], said["address"], "; ".join(said["what"]), said["purpose"],
                                          said["ground"], said["way"])),
            said["version"], "yes" if said["required"] else "no",
        ])  # fmt: skip
    return download(("\ufeff" + text.getvalue()).encode(), "text/csv; charset=utf-8", "disclosures.csv")


def _form(request: StaffRequest, start: dict[str, Any] | None = None) -> DisclosureForm:
    on = discloses_for_treatment(request.actor)
    return DisclosureForm(posted(request), initial=start, for_treatment=on, also=(start or {}).get("basis", ""))


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_add(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Write down what had to be told. Only how it was told is asked for; the rest can be completed."""
    card = open_client(request.actor, client_id, now=request.now)
    if "send" not in verbs_on(request.actor, client_id):
        raise NotAllowed("What was told about her is written down by those who care for her.")
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        record = form.record(now=request.now, zone=_zone(request))
        made: list[UUID] = []
        if attempt(form, lambda: made.append(
            lawful.record_disclosure(request.actor, client_id, record, now=request.now)
        )):
            messages.success(request, "Written down. Someone else looks at it within 24 hours.")
            return redirect("disclosure", client_id, made[0])
    page = {"card": card, "form": form, "section": "clients", "bases": list(bases().values())}
    return render(request, "desk/clients/disclosure.html", page, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure(request: StaffRequest, client_id: UUID, disclosure_id: UUID) -> HttpResponse:
    """One of them: what is to complete, and the form to do so until it was reviewed."""
    card = open_client(request.actor, client_id, now=request.now)
    line = lawful.open_disclosure(request.actor, disclosure_id, now=request.now)
    if line.client_id != client_id:
        raise NotThere(subject=disclosure_id)
    form = _form(request, _start(request, disclosure_id))
    if request.method == "POST" and form.is_valid():
        record = form.record(now=request.now, zone=_zone(request), told_before=line.told_at)
        if attempt(form, lambda: lawful.complete_disclosure(request.actor, disclosure_id, record, now=request.now)):
            messages.success(request, "Kept.")
            return redirect("disclosure", client_id, disclosure_id)
    page = {"card": card, "form": form, "line": line, "section": "clients", "now": here(request),
            "bases": list(bases().values())}
    return render(request, "desk/clients/disclosure.html", page, status=status_of(form))


def _start(request: StaffRequest, disclosure_id: UUID) -> dict[str, Any]:
    row = lawful.disclosure_row(request.actor, disclosure_id)
    zone = _zone(request)
    return {
        "way": row.way, "basis": row.basis, "recipient": row.recipient.reveal(), "able": row.able.reveal(),
        "facts": row.facts.reveal(), "classes": row.classes,
        "disclosed_at": row.disclosed_at.astimezone(zone).replace(tzinfo=None),
        "told": row.told_at is not None, "untold_why": row.untold_why.reveal(),
    }


@require_safe
def disclosures(request: StaffRequest) -> HttpResponse:
    return _queue(request, DisclosureReviewForm(), None)


def _queue(request: StaffRequest, form: DisclosureReviewForm, at: UUID | None) -> HttpResponse:
    """What awaits a review, as far as it is the reader's to know; `at`: whose form has something to mend."""
    lines = lawful.list_disclosures(request.actor, now=request.now)
    alone = is_solo(request.actor.practice_id)
    page = {
        "waiting": [
            (line, (form if line.id == at else DisclosureReviewForm(auto_id=f"id_%s_{line.id}")),
             alone or not line.mine)
            for line in lines if line.reviewed_at is None
        ],
        "reviewed": [line for line in lines if line.reviewed_at is not None], "now": here(request),
        "policy": "policy" in request.actor.verbs("practice"), "for_treatment": discloses_for_treatment(request.actor),
        "section": "colleagues",
    }  # fmt: skip
    return render(request, "desk/practice/disclosures.html", page, status=422 if form.errors else 200)


@require_POST
def disclosure_review(request: StaffRequest, disclosure_id: UUID) -> HttpResponse:
    form = DisclosureReviewForm(request.POST, auto_id=f"id_%s_{disclosure_id}")
    given = form.cleaned_data if form.is_valid() else {}
    try:
        lawful.review_disclosure(
            request.actor, disclosure_id, given.get("review", ""), now=request.now,
            consultant=given.get("consultant", ""),
        )
    except BadInput as refusal:
        if not form.errors:
            tell(form, refusal)
        return _queue(request, form, disclosure_id)
    messages.success(request, "Reviewed. It stays on the record.")
    return redirect("disclosures")


@require_POST
def disclosures_treatment(request: StaffRequest) -> HttpResponse:
    """Turn the ground "treatment, without an authorization" on or off."""
    on = request.POST.get("on") == "yes"
    allow_treatment_disclosures(request.actor, on=on, now=request.now)
    messages.success(request, "Turned on. Each one is reviewed." if on else "Turned off.")
    return redirect("disclosures")


_ONE = "clients/<uuid:client_id>/"
urlpatterns = [
    path(f"{_ONE}disclosures/", client_accounting, name="client_accounting"),
    path(f"{_ONE}disclosures.csv", client_accounting_csv, name="client_accounting_csv"),
    path(f"{_ONE}disclosures/add/", disclosure_add, name="disclosure_add"),
    path(f"{_ONE}disclosures/<uuid:disclosure_id>/", disclosure, name="disclosure"),
    path("practice/disclosures/", disclosures, name="disclosures"),
    path("practice/disclosures/treatment/", disclosures_treatment, name="disclosures_treatment"),
    path("practice/disclosures/<uuid:disclosure_id>/", disclosure_review, name="disclosure_review"),
]
