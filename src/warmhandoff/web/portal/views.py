"""The client's pages: one referral at a time, and on each the one thing to do now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.switches import switches_of
from warmhandoff.clients import exporting, signatures
from warmhandoff.clients.releasing import Signature
from warmhandoff.referrals import attending, choosing, joint, sending
from warmhandoff.referrals.checking_in import check_ins_of
from warmhandoff.referrals.client_view import ClientPage, client_home, client_page, release_copy
from warmhandoff.referrals.goals import SCORED, goals_of
from warmhandoff.referrals.safety import shares_safety_plan
from warmhandoff.referrals.taking import list_file
from warmhandoff.referrals.talking import shared_texts
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere
from warmhandoff.web.portal import entering, following, releases, session, signing, words
from warmhandoff.web.portal.door import ClientRequest, for_client, mend, page
from warmhandoff.web.portal.forms import BookForm, CheckInForm, ChoiceForm, GoalsForm, SeenForm, SignForm, WaitingForm

# Which text says what is to be done now; several states look the same from where the client stands.
NOW = {
    "needed": "looking", "offered": "offered", "undecided": "undecided", "chosen": "chosen", "released": "released",
    "queued": "released", "sent": "sent", "asked": "asked", "silent": "silent", "declined": "declined",
    "waitlisted": "waitlisted", "accepted": "accepted", "taken": "taken", "booked": "booked", "missed": "missed",
    "attended": "attended", "mismatched": "mismatched", "settled": "settled", "closed": "closed",
}  # fmt: skip
_AFTER_A_YES = ("accepted", "taken", "booked", "missed", "attended", "settled")


@for_client
@require_safe
def home(request: ClientRequest) -> HttpResponse:
    found = client_home(request.actor, now=request.now)
    lines = [
        {"id": line.id, "help": words.plain("kinds", line.help) if line.help else "",
         "here": words.here(line.state, line.hers), "hers": line.hers}
        for line in found.lines
    ]  # fmt: skip
    next_id = next((line["id"] for line in lines if line["hers"]), None)
    asked = exporting.has_asked(request.actor)
    plan = shares_safety_plan(request.actor)
    context = {"lines": lines, "next_id": next_id, "asked": asked, "ways": found.to_stay, "plan": plan}
    return page(request, "portal/home.html", context)


@for_client
@require_POST
def ask_for_record(request: ClientRequest) -> HttpResponse:
    """She wants a copy of everything that is held about her: the office sees it, and hands it to her."""
    exporting.ask_for_record(request.actor, now=request.now)
    messages.success(request, _("Thank you. The office will give you a copy within 30 days."))
    return redirect("portal")


@for_client
@require_safe
def referral(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    return _show(request, client_page(request.actor, referral_id, now=request.now))


def _show(request: ClientRequest, shown: ClientPage, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one referral; `forms` are those that came back with something to mend."""
    start = {"seen": shown.moves_made}
    on = switches_of(request.actor.practice_id)
    choice = forms.get("choice_form") or ChoiceForm(initial=start, options=shown.open_options, on=on)
    context = {
        "shown": shown, "switches": on, "now_template": f"portal/now/{NOW[shown.state]}.html", "choice_form": choice,
        "options": [words.option(card) for card in shown.open_options],
        "ties": [card for card in shown.open_options if card.tie_text],
        "recipient": words.option(shown.recipient) if shown.recipient else None,
        "show_contact": shown.state in _AFTER_A_YES and shown.state != "taken",
        "steps": words.steps(shown, request.now), "answer": words.answer(shown),
        "reason_for_no": words.reason_for_no(shown), "problem_form": next(iter(forms.values()), None),
        "wait": words.weeks(int(shown.answer["weeks"])) if shown.answer.get("weeks") else "",
        "book_form": forms.get("book_form") or BookForm(initial=start),
        "check_in_form": forms.get("check_in_form") or CheckInForm(initial=start),
        "joint": joint.joint_of(request.actor, shown.id, now=request.now),
        **_following(request, shown, on),
        "letter": shared_texts(request.actor, shown.id),
        "past": shown.session_at is not None and shown.session_at <= request.now,
        "ask_attendance": shown.state in ("booked", "taken", "attended") and not shown.told,
    }  # fmt: skip
    return page(request, "portal/referral.html", context, status=status, zone=shown.zone)


def _following(request: ClientRequest, shown: ClientPage, on: dict[str, bool]) -> dict[str, Any]:
    """What she may tell of how it goes: whether she may be asked, the waiting, and her goals once she was there."""
    told = check_ins_of(request.actor, shown.id) if on["check_ins"] else None
    goals = goals_of(request.actor, shown.id) if on["goals"] and shown.state in SCORED else []
    with_her = "check_in_waiting" in shown.moves or "check_in_well" in shown.moves
    return {
        "may_ask": told if told and with_her else None,
        "waiting_form": WaitingForm() if told and told.how and "check_in_waiting" in shown.moves else None,
        "went_on": next((one.name for one in shown.options if one.tried in ("silent", "declined")), "")
        if shown.state == "sent" and shown.go_on_agreed else "",
        "waiting_asked": bool(told and told.open_asks), "goals_form": GoalsForm(goals=goals) if goals else None,
    }  # fmt: skip


def _told_by(request: ClientRequest) -> str:
    return "device" if session.mode_of(request) == "device" else "portal"


@for_client
@require_POST
def choice(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Choose, or say that none fits, more names, not now, talk first, or take the list."""
    shown = client_page(request.actor, referral_id, now=request.now)
    form = ChoiceForm(request.POST, options=shown.open_options, on=switches_of(request.actor.practice_id))
    if not form.is_valid():
        return _show(request, shown, status=422, choice_form=form)
    kind = request.POST.get("kind", "")
    said = form.cleaned_data
    made = choosing.ClientChoice(
        kind, _told_by(request), ranked=form.ranked() if kind in ("choose", "choose_next") else (),
        go_on=said["go_on"], **form.said(),
    )  # fmt: skip
    try:
        choosing.record_choice(request.actor, referral_id, made, now=request.now, seen=said["seen"])
    except BadInput as refusal:
        mend(form, _as_field(refusal))
        return _show(request, shown, status=422, choice_form=form)
    messages.success(request, _("Thank you. We have kept what you said."))
    return redirect("portal_referral", referral_id)


def _as_field(refusal: BadInput) -> BadInput:
    """The ranking is several fields here: what is wrong with it belongs to the first."""
    return BadInput(*[replace(p, field="first") if p.field == "ranked" else p for p in refusal.problems])


@for_client
@require_safe
def own_list(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Her list as a file, to keep or to print. Its name says nothing."""
    pdf = list_file(request.actor, referral_id, now=request.now)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": 'attachment; filename="list.pdf"'})


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Read the release, and sign it."""
    shown = client_page(request.actor, referral_id, now=request.now)
    form = SignForm(request.POST or None, initial={"seen": shown.moves_made})
    if request.method != "POST":
        return _release_page(request, shown, form)
    if not form.is_valid():
        return _release_page(request, shown, form, status=422)
    if shown.draft is None:
        raise NotThere(subject=referral_id)
    several = len(shown.draft.waits_for) > 1
    signature = Signature(
        _told_by(request), form.cleaned_data["signed_name"],
        identity="in session" if _told_by(request) == "device" else "",
    )  # fmt: skip
    try:
        choosing.sign(
            request.actor, referral_id, shown.draft.id, signature, now=request.now, seen=form.cleaned_data["seen"]
        )
    except BadInput as refusal:
        mend(form, refusal)
        return _release_page(request, shown, form, status=422)
    if several:
        messages.success(request, _("You signed. It counts once the others have signed too."))
        return redirect("portal_referral", referral_id)
    messages.success(request, _("You signed. You can get a copy below, and you can take this back at any time."))
    return redirect("portal_referral", referral_id)


def _release_page(request: ClientRequest, shown: ClientPage, form: SignForm, *, status: int = 200) -> HttpResponse:
    text = shown.draft or shown.signed
    if text is None:
        raise NotThere(subject=shown.id)
    may_sign = shown.draft is not None and (shown.identified or session.mode_of(request) == "device")
    allowed = [words.plain("information_classes", code) for code in text.classes]
    context = {"shown": shown, "release": text, "form": form, "may_sign": may_sign, "allowed": allowed}
    return page(request, "portal/release.html", context, status=status, zone=shown.zone)


@for_client
@require_safe
def copy(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Her copy of what she signed."""
    pdf = release_copy(request.actor, referral_id, now=request.now)
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": 'attachment; filename="copy.pdf"'})


@for_client
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Take the release back, after a page that says what this does and what it cannot undo."""
    shown = client_page(request.actor, referral_id, now=request.now)
    waiting = shown.draft if shown.draft and shown.draft.client_signed and not shown.draft.taken_back else None
    release = shown.signed or waiting
    if release is None:
        raise NotThere(subject=referral_id)
    if request.method != "POST":
        return page(request, "portal/revoke.html", {"shown": shown, "release": release}, zone=shown.zone)
    reached: list[str] = []
    if release.signed_at:
        reached = sending.revoke(request.actor, referral_id, release.id, now=request.now)
    else:
        signatures.take_signature_back(request.actor, release.id, now=request.now)
    messages.success(request, _("You took it back. Nothing more is shared from now on."))
    if reached:
        names = {"names": ", ".join(dict.fromkeys(reached))}
        messages.warning(request, _("This was sent before and cannot be called back: %(names)s.") % names)
    return redirect("portal_referral", referral_id)


@for_client
@require_POST
def book(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """She tells the day of her first visit."""
    shown = client_page(request.actor, referral_id, now=request.now)
    form = BookForm(request.POST)
    if not form.is_valid():
        return _show(request, shown, status=422, book_form=form)
    at = form.session_at(shown.zone)
    try:
        attending.book(request.actor, referral_id, session_at=at, now=request.now, seen=form.cleaned_data["seen"])
    except BadInput as refusal:
        mend(form, BadInput(*[p.reason for p in refusal.problems]))
        return _show(request, shown, status=422, book_form=form)
    messages.success(request, _("Thank you. We noted the day."))
    return redirect("portal_referral", referral_id)


@for_client
@require_POST
def attendance(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    """Did you go: yes, no, or "I'd rather not say"."""
    told = request.POST.get("told", "")
    try:
        attending.tell_attendance(request.actor, referral_id, told=told, now=request.now)
    except BadInput as refusal:
        form = SeenForm(request.POST)
        form.is_valid()
        mend(form, refusal)
        shown = client_page(request.actor, referral_id, now=request.now)
        return _show(request, shown, status=422, attendance_form=form)
    messages.success(request, _("Thank you for telling us."))
    return redirect("portal_referral", referral_id)


@for_client
@require_POST
def check_in(request: ClientRequest, referral_id: UUID) -> HttpResponse:
    shown = client_page(request.actor, referral_id, now=request.now)
    if "check_in_well" not in shown.moves:
        raise NotNow("Check-ins are switched off in this practice.")
    form = CheckInForm(request.POST)
    if not form.is_valid():
        return _show(request, shown, status=422, check_in_form=form)
    said = form.cleaned_data
    attending.check_in(
        request.actor, referral_id, fits=said["fits"], comfort=said["comfort"], words=said["words"], now=request.now
    )
    messages.success(request, _("Thank you for telling us."))
    return redirect("portal_referral", referral_id)


urlpatterns = [
    *entering.urlpatterns,
    *releases.urlpatterns,
    *following.urlpatterns,
    *signing.urlpatterns,
    path("c/home/", home, name="portal"),
    path("c/record/", ask_for_record, name="portal_ask_for_record"),
    path("c/about/<uuid:referral_id>/list.pdf", own_list, name="portal_list"),
    path("c/about/<uuid:referral_id>/", referral, name="portal_referral"),
    path("c/about/<uuid:referral_id>/choice/", choice, name="portal_choice"),
    path("c/about/<uuid:referral_id>/release/", release, name="portal_release"),
    path("c/about/<uuid:referral_id>/release/copy/", copy, name="portal_release_copy"),
    path("c/about/<uuid:referral_id>/release/take-back/", revoke, name="portal_revoke"),
    path("c/about/<uuid:referral_id>/book/", book, name="portal_book"),
    path("c/about/<uuid:referral_id>/attendance/", attendance, name="portal_attendance"),
    path("c/about/<uuid:referral_id>/check-in/", check_in, name="portal_check_in"),
]
