"""New referral, and the need changed: one screen of what help is looked for and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.clients.pasted import WARNING, from_own_notes
from warmhandoff.clients.queries import open_client, verbs_on
from warmhandoff.referrals.joining import same_help
from warmhandoff.referrals.planning import NewReferral, change_need, record_need, title_of
from warmhandoff.referrals.queries import ReferralPage
from warmhandoff.referrals.reason_list import reasons_of
from warmhandoff.referrals.reasoning import before_options, is_waiting
from warmhandoff.rules.reading import measure
from warmhandoff.rules.reasons import Catalogue
from warmhandoff.rules.refusals import NotAllowed
from warmhandoff.web.desk.referral_common import attempt, open_page, seen_of, status_of
from warmhandoff.web.explaining import loosened
from warmhandoff.web.forms.need import FIELD_OF, initial_of
from warmhandoff.web.forms.reasons import plain_sentence, usual_kind
from warmhandoff.web.forms.referrals import ReferralForm
from warmhandoff.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def referral_new(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """From the doubt to a recorded need, and on to the options."""
    client = open_client(request.actor, client_id, now=request.now)
    if "change" not in verbs_on(request.actor, client_id):
        raise NotAllowed("A referral is begun by those who care for the client.")
    known = reasons_of(request.actor.practice_id)
    form = ReferralForm(request.POST or None, known=known, initial={
        "zip": client.contact.get("zip", ""), "formats": ["in_person"], "kind": "therapist", "level": "outpatient",
        "languages": ["es"] if client.language == "es" else [],
    })
    made: list[UUID] = []

    def record() -> None:
        new = new_referral(form, client.language, known)
        made.append(record_need(request.actor, client_id, new, now=request.now))

    if request.method == "POST" and form.is_valid() and attempt(form, record, FIELD_OF):
        if form.cleaned_data["reason"] == "crisis":  # never a queue: the numbers come first
            messages.warning(request, "The need is recorded. First the crisis: its options wait among your referrals.")
            return redirect("crisis")
        _warn_of_notes(request, client_id, form)
        warn_of_level(request, form, client.language)
        if same_help(request.actor, made[0]):
            messages.warning(request, "She has another open referral for the same: you can join them on its page.")
        first = is_waiting(request.actor, made[0])
        return redirect("referral_before" if first else "referral_options", made[0])
    context = {"form": form, "client": client, "client_language": client.language, "section": "referrals"}
    return render(request, "desk/referrals/need.html", context, status=status_of(form))


def _warn_of_notes(request: StaffRequest, client_id: UUID, form: ReferralForm) -> None:
    """Say so where a text that may travel repeats a long run of one's own psychotherapy notes."""
    texts = [form.cleaned_data[name] for name in ("background", "hoped_for", "client_reason")]
    if from_own_notes(request.actor, client_id, texts):
        messages.warning(request, WARNING)


def warn_of_level(request: StaffRequest, form: ReferralForm, language: str) -> None:
    """Say so where the words for the client are harder to read than such words may be, in her own language."""
    level = measure(form.cleaned_data["client_reason"], language)
    if level.too_hard:
        messages.warning(request, f"Her words for why: {level.in_words()} Shorter sentences and words help.")


def new_referral(form: ReferralForm, language: str, known: Catalogue) -> NewReferral:
    """What was typed, with the usual kind and the usual plain words where nothing was said."""
    given = form.cleaned_data
    reason = given["reason"]
    return NewReferral(
        kind=given["referral_kind"] or usual_kind(reason, known), reason=reason, need=form.need(),
        purpose=given["purpose"], others=given["other_reasons"],
        title=given["title"], chart_reason=given["chart_reason"], hoped_for=given["hoped_for"],
        client_reason=given["client_reason"].strip() or plain_sentence(reason, language, known),
        background=given["background"],
    )


def initial_from(page: ReferralPage, need: dict[str, Any], others: Sequence[str] = ()) -> dict[str, Any]:
    """The form as the referral stands. A name that was made from the need is left to be made anew."""
    title = "" if page.line.title == title_of(page.need) else page.line.title
    return {
        **initial_of(need), "reason": page.reason, "referral_kind": page.kind, "purpose": page.purpose,
        "client_reason": page.client_reason, "chart_reason": page.chart_reason, "hoped_for": page.hoped_for,
        "background": page.background, "other_reasons": list(others), "title": title, "seen": page.moves_made,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def referral_need(request: StaffRequest, referral_id: UUID) -> HttpResponse:
    """The need changed, perhaps with one thing loosened already (`loosen`: its place in the engine's list)."""
    opened = open_page(request, referral_id, "change")
    page = opened.page
    wanted = request.GET.get("loosen", "")
    need = loosened(page.need, int(wanted)) if wanted.isdecimal() and len(wanted) < 4 else page.need
    known = reasons_of(request.actor.practice_id)
    others = [reason.code for reason in before_options(request.actor, referral_id).others]
    form = ReferralForm(request.POST or None, known=known, initial=initial_from(page, need, others))

    def change() -> None:
        new = new_referral(form, page.client_language, known)
        change_need(request.actor, referral_id, new, seen=seen_of(form), now=request.now)

    if request.method == "POST" and form.is_valid() and attempt(form, change, FIELD_OF):
        messages.success(request, "The need is changed. These are its options.")
        _warn_of_notes(request, page.line.client_id, form)
        warn_of_level(request, form, page.client_language)
        return redirect("referral_options", referral_id)
    context = opened.context(form=form, loosened=need != page.need, client_language=page.client_language)
    return render(request, "desk/referrals/need.html", context, status=status_of(form))


urlpatterns = [
    path("clients/<uuid:client_id>/refer/", referral_new, name="referral_new"),
    path("referrals/<uuid:referral_id>/need/", referral_need, name="referral_need"),
]
