"""Clients: the list, one client's page, adding and changing, and her way in."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts.queries import colleagues
from warmhandoff.clients import caring, emergency, inviting, queries, teams
from warmhandoff.clients.exporting import waiting_for_record
from warmhandoff.core.queries import Happened, happened_to
from warmhandoff.referrals.queries import count_open_by_client, list_referrals, move_label
from warmhandoff.rules.access import Verb
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere
from warmhandoff.rules.signers import age_on, is_minor
from warmhandoff.web.context import here, uses
from warmhandoff.web.desk.today import may_add
from warmhandoff.web.forms.client import ClientForm, IdentityForm, InviteForm, TeamForm, typed_before
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.portal import session
from warmhandoff.web.requests import StaffRequest, posted

SHOWN = 200  # more than anyone reads; the search finds the rest

_HAPPENED = {
    "record_crisis": "A crisis: what was done is written down",
    "keep_safety_plan": "Safety plan written",
    "not_reached": "Asked after her, not reached",
    "follow_up": "Asked after her",
    "follow_up_overdue": "Nobody had asked after her within a day",
    "keep_bridge": "The bridge: how she is held",
    "try_to_reach": "The bridge: a try to reach her",
    "end_treatment": "Care here ended",
    "begin_summary": "Discharge summary begun",
    "keep_summary": "Discharge summary written on",
    "sign_summary": "Discharge summary signed",
    "throw_away_summary": "A discharge summary in writing was thrown away",
    "add_addendum": "Addendum to the discharge summary",
    "ask_supervisor": "Supervisor consulted",
    "answer_consult": "The supervisor answered",
    "ask_cosign": "A co-signature asked for",
    "decide_cosign": "A co-signature decided",
    "propose_joint": "A joint session proposed",
    "agree_joint": "A joint session: someone said yes",
    "call_off_joint": "A joint session called off",
    "begin_again": "Care here began again",
    "add_client": "Client added",
    "change_client": "What is known of her changed",
    "join_team": "Colleague joined the care team",
    "leave_team": "Colleague left the care team",
    "open_in_emergency": "Opened in an emergency",
    "review_emergency": "An emergency access was reviewed",
    "new_access_code": "New access code",
    "record_identity_check": "Identity checked",
    "draft_release": "Release drafted",
    "sign_release": "Release signed",
    "revoke_release": "Release taken back",
    "narrow_release": "Release made narrower",
    "take_signature_back": "A signature under a release taken back",
    "give_copy": "She was given a copy of her release",
    "record_minor_consent": "Consent to care recorded, for under 18",
    "record_disclosure": "Something was told without a release",
    "complete_disclosure": "What was told without a release was completed",
    "review_disclosure": "What was told without a release was reviewed",
    "refuse_disclosure": "A disclosure was refused",
    "ask_for_record": "She asked for a copy of her record",
    "export_record": "She was given a copy of her record",
    "plan_harms_set": "Plan: where the harm is",
    "plan_item_joined": "Plan: a referral joined it", "plan_item_back": "Plan: an item put back",
    "plan_item_added": "Plan: something planned",
    "plan_item_changed": "Plan: an item changed",
    "plan_item_begun": "Plan: an item begun",
    "plan_item_ended": "Plan: an item taken off",
    "plan_item_rests": "Plan: an item put off",
    "plan_item_wakes": "Plan: an item taken up again",
    "plan_reordered": "Plan: another order",
    "plan_order_suggested": "Plan: back to the suggested order",
    "plan_barrier_told": "Plan: what got in the way",
    "plan_step_done": "Plan: a step done",
    "plan_condition_proposed": "Plan: a condition of therapy proposed",
    "plan_condition_decided": "Plan: a condition of therapy decided",
    "plan_condition_reviewed": "Plan: a condition of therapy reviewed",
}


@require_http_methods(["GET", "HEAD", "POST"])
def clients(request: StaffRequest) -> HttpResponse:
    """The list. Names are searched by POST, so that none stands in an address or a log."""
    words = request.POST.get("q", "").strip()[:200]
    lines = queries.list_clients(request.actor, now=request.now, words=words)
    counts = count_open_by_client(request.actor) if lines else {}
    page = {
        "lines": [(line, counts.get(line.id, 0)) for line in lines[:SHOWN]],
        "words": words,
        "more": len(lines) > SHOWN,
        "may_add": may_add(request),
        "may_in_emergency": emergency.may_open(request.actor),
        "may_see": bool(request.actor.relations_for("see")),
        "section": "clients",
    }
    fragment = request.htmx and request.method == "POST"  # type: ignore[attr-defined]
    return render(request, "desk/clients/lines.html" if fragment else "desk/clients/list.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def client_add(request: StaffRequest) -> HttpResponse:
    if not may_add(request):
        raise NotAllowed("A client is added by the clinician who sees her.")
    form = ClientForm(posted(request), initial={"language": "en"})
    if request.method == "POST" and form.is_valid():
        known = _known(request, form)
        if known:
            return _form(request, form, {"known": known}, status=409)
        try:
            client_id = caring.add_client(request.actor, form.facts(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Added. The next step is a referral, whenever you are ready.")
            return redirect("client", client_id)
    return _form(request, form, {})


@require_http_methods(["GET", "HEAD", "POST"])
def client_edit(request: StaffRequest, client_id: UUID) -> HttpResponse:
    card = queries.open_client(request.actor, client_id, now=request.now)
    if "change" not in queries.verbs_on(request.actor, client_id):
        raise NotAllowed("What is known of a client is changed by those who care for her.")
    form = ClientForm(posted(request), initial=typed_before(card))
    if request.method == "POST" and form.is_valid():
        try:
            caring.change_client(request.actor, client_id, form.facts(card.safe_contact), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("client", client_id)
    return _form(request, form, {"card": card})


def _known(request: StaffRequest, form: ClientForm) -> list[queries.ClientLine]:
    """Clients the actor sees who may be the same person, unless she said that this is another one."""
    if request.POST.get("another") == "yes":
        return []
    given = form.cleaned_data
    return queries.alike(
        request.actor, name=given["name"], phone=given["phone"], email=given["email"], now=request.now
    )  # fmt: skip


def _form(request: StaffRequest, form: ClientForm, more: dict[str, Any], *, status: int = 200) -> HttpResponse:
    page = {"form": form, "section": "clients", **more}
    return render(request, "desk/clients/form.html", page, status=422 if form.errors else status)


@require_safe
def client(request: StaffRequest, client_id: UUID) -> HttpResponse:
    return _page(request, client_id, IdentityForm())


def _page(request: StaffRequest, client_id: UUID, identity: IdentityForm) -> HttpResponse:
    """One client, as much as this actor may see and do."""
    card = queries.open_client(request.actor, client_id, now=request.now)
    now, verbs = here(request), queries.verbs_on(request.actor, client_id)
    team = teams.team_of(client_id)
    on_it = [place for place in team if place.until is None]
    page = {
        "card": card,
        "born": _born(card),
        "now": now,
        "identity": identity,
        "asked": waiting_for_record(request.actor).get(client_id),
        "section": "clients",
        **_may(verbs),
        "page_plan": "see_clinical" in verbs and uses(request, "plans"),
        "page_pause": "change" in verbs and uses(request, "pause"),
        "referrals": list_referrals(request.actor, now=request.now, state="all", client_id=client_id),
        "releases": queries.releases_of(client_id, today=now.date()),
        "events": [_event(happened) for happened in happened_to(client_id)],
        "team": team,
        "team_now": on_it,
        "team_before": [place for place in team if place.until is not None],
        **_around(request, client_id, on_it, verbs),
        "notes_are_kept": "change" in verbs and uses(request, "process_notes"),
        "under_age": is_minor(age_on(card.birth_date, now.date())),
        "ways": [label for code, label in ClientForm.base_fields["channels"].choices if code in _channels(card)],  # type: ignore[attr-defined]
    }
    return render(request, "desk/clients/client.html", page, status=422 if identity.errors else 200)


def _around(
    request: StaffRequest, client_id: UUID, on_it: list[teams.Place], verbs: frozenset[Verb]
) -> dict[str, Any]:
    """The colleagues who could join, and whether there are any at all; until when an emergency lets the actor look."""
    everyone = list(colleagues(request.actor))
    ids = {place.membership_id for place in on_it}
    return {
        "colleagues": [one for one in everyone if one.pk not in ids] if "change" in verbs else [],
        "solo": len(everyone) < 2,
        "emergency_until": None if "send" in verbs else emergency.until(request.actor, client_id),
    }


def _born(card: queries.ClientCard) -> date | None:
    return date.fromisoformat(card.birth_date) if card.birth_date else None


def _channels(card: queries.ClientCard) -> list[str]:
    return [] if card.safe_contact.get("never") else list(card.safe_contact.get("channels", ()))


def _may(verbs: frozenset[Verb]) -> dict[str, bool]:
    return {
        "may_change": "change" in verbs, "may_send": "send" in verbs, "may_see_clinical": "see_clinical" in verbs,
    }


def _event(happened: Happened) -> dict[str, Any]:
    title = _HAPPENED.get(happened.move) or move_label(happened.move)
    by = {"client": "by the client", "system": "by itself"}.get(happened.side, f"by {happened.by}")
    return {"at": happened.at, "title": title, "by": by}


@require_POST
def client_identity(request: StaffRequest, client_id: UUID) -> HttpResponse:
    form = IdentityForm(request.POST)
    if form.is_valid():
        try:
            caring.record_identity_check(request.actor, client_id, how=form.cleaned_data["how"], now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Recorded. She can sign on her own page now.")
            return redirect("client", client_id)
    return _page(request, client_id, form)


@require_safe
def client_code(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """The card she takes home: the address, her code, and how to use them. Says nothing of what it is about."""
    card = queries.open_client(request.actor, client_id, now=request.now)
    code = caring.show_access_code(request.actor, client_id, now=request.now)
    language = request.GET.get("language", card.language)
    page = {
        "card": card,
        "code": code,
        "address": f"{settings.BASE_URL}/c/",
        "section": "clients",
        "card_language": language if language in ("en", "es") else "en",
        **_may(queries.verbs_on(request.actor, client_id)),
    }
    return render(request, "desk/clients/code.html", page)


@require_POST
def client_new_code(request: StaffRequest, client_id: UUID) -> HttpResponse:
    try:
        caring.new_access_code(request.actor, client_id, how=request.POST.get("how", "")[:200], now=request.now)
    except BadInput as refusal:
        messages.error(request, refusal.problems[0].reason[:1].upper() + refusal.problems[0].reason[1:] + ".")
    else:
        messages.success(request, "She has a new code. The old one opens nothing any more.")
    return redirect("client_code", client_id)


def _asked_about(request: StaffRequest, client_id: UUID) -> UUID | None:
    """The referral her visit is to be about, if the form names one: one of hers, or nothing happens at all."""
    form = InviteForm(request.POST)
    referral_id: UUID | None = form.cleaned_data["referral"] if form.is_valid() else None
    if referral_id is None:
        return None
    hers = list_referrals(request.actor, now=request.now, state="all", client_id=client_id)
    if referral_id not in {line.id for line in hers}:
        raise NotThere(subject=referral_id)
    return referral_id


@require_POST
def client_invite(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Send her a link, or show it this once to be handed over: it is kept nowhere in the page's address."""
    referral_id = _asked_about(request, client_id)
    invited = inviting.invite_client(request.actor, client_id, referral_id=referral_id, now=request.now)
    back = ("referral", referral_id) if referral_id else ("client", client_id)
    if invited.waits_until:
        messages.success(request, "A message waits for her safe hours. It says nothing but that there is one.")
        return redirect(*back)
    if invited.channel != "by_hand":
        messages.success(request, "A message is on its way to her. It says nothing but that there is one.")
        return redirect(*back)
    page = {"client_id": client_id, "referral_id": referral_id, "invited": invited, "section": "clients",
            "hours": settings.CLIENT_LINK_HOURS}
    return render(request, "desk/clients/link.html", page)


@require_POST
def client_device(request: StaffRequest, client_id: UUID) -> HttpResponse:
    """Hand the device to her: her view opens, and staff sign in again afterwards."""
    referral_id = _asked_about(request, client_id)
    her = inviting.start_on_device(request.actor, client_id, now=request.now)
    session.start(request, her, referral_id, mode="device")
    return redirect("portal")


@require_POST
def client_team(request: StaffRequest, client_id: UUID) -> HttpResponse:
    queries.client_row(request.actor, client_id, "change")  # the door first, whatever the form says
    form = TeamForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Choose a colleague first.")
        return redirect("client", client_id)
    caring.join_team(request.actor, client_id, form.cleaned_data["membership"], now=request.now)
    messages.success(request, "Your colleague is on her care team now.")
    return redirect("client", client_id)


@require_POST
def client_team_leave(request: StaffRequest, client_id: UUID) -> HttpResponse:
    queries.client_row(request.actor, client_id, "change")  # the door first, whatever the form says
    form = TeamForm(request.POST)
    if not form.is_valid():
        raise NotThere
    teams.leave_team(request.actor, client_id, form.cleaned_data["membership"], now=request.now)
    messages.success(request, "Taken off her care team.")
    if queries.verbs_on(request.actor, client_id) & {"see"}:
        return redirect("client", client_id)
    return redirect("clients")


_ONE = "clients/<uuid:client_id>/"
urlpatterns = [
    path("clients/", clients, name="clients"),
    path("clients/add/", client_add, name="client_add"),
    path(_ONE, client, name="client"),
    path(f"{_ONE}edit/", client_edit, name="client_edit"),
    path(f"{_ONE}identity/", client_identity, name="client_identity"),
    path(f"{_ONE}code/", client_code, name="client_code"),
    path(f"{_ONE}code/new/", client_new_code, name="client_new_code"),
    path(f"{_ONE}invite/", client_invite, name="client_invite"),
    path(f"{_ONE}device/", client_device, name="client_device"),
    path(f"{_ONE}team/", client_team, name="client_team"),
    path(f"{_ONE}team/leave/", client_team_leave, name="client_team_leave"),
]
