"""The members of the practice, inviting more, and the links to join that are still open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.accounts import api_clients, joining
from warmhandoff.accounts import queries as accounts
from warmhandoff.rules.access import ROLES
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here, practice
from warmhandoff.web.desk.permission_words import VERB_WORDS, permission_rows
from warmhandoff.web.forms.members import ROLE_NAMES, InvitationForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def colleagues(request: StaffRequest) -> HttpResponse:
    """Members and roles; an invitation's link is shown once, in the answer to the form that made it."""
    if request.method == "POST" and "policy" not in request.actor.verbs("practice"):
        raise NotAllowed("Members are invited by an administrator of the practice.")
    form = InvitationForm(posted(request), initial={"roles": ["clinician"]})
    token = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token = joining.invite(request.actor, email=given["email"], roles=given["roles"], now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
    return _page(request, form, token)


def _page(request: StaffRequest, form: InvitationForm, token: str) -> HttpResponse:
    members = [_line(member) for member in accounts.colleagues(request.actor)]
    page: dict[str, Any] = {
        "members": members,
        "solo": len(members) < 2,
        "former": accounts.former_members(request.actor),
        "invitations": [
            (one, roles_in_words(one.roles)) for one in accounts.open_invitations(request.actor, now=request.now)
        ],
        "practice": practice(request),
        "form": form,
        "now": here(request),
        "link": f"{settings.BASE_URL}/start/#{token}" if token else "",
        "may_invite": "policy" in request.actor.verbs("practice"),
        "programs": _programs(request) if "policy" in request.actor.verbs("practice") else [],
        "section": "colleagues",
    }
    return render(request, "desk/practice/colleagues.html", page, status=422 if form.errors else 200)


def _programs(request: StaffRequest) -> list[str]:
    return [line.name for line in api_clients.api_clients(request.actor) if line.works(request.now)]


def _line(member: Any) -> dict[str, Any]:
    return {
        "id": member.pk,
        "name": member.user.name,
        "email": member.user.email,
        "credentials": member.credentials,
        "roles": roles_in_words(member.roles),
    }


def roles_in_words(roles: Any) -> str:
    return ", ".join(ROLE_NAMES[role] for role in ROLES if role in roles)


@require_POST
def invitation_end(request: StaffRequest, invitation_id: UUID) -> HttpResponse:
    joining.end_invitation(request.actor, invitation_id, now=request.now)
    messages.success(request, "The link opens nothing any more.")
    return redirect("colleagues")


@require_POST
def invitation_again(request: StaffRequest, invitation_id: UUID) -> HttpResponse:
    """A new link in place of the old one, shown this once."""
    token = joining.invite_again(request.actor, invitation_id, now=request.now)
    return _page(request, InvitationForm(initial={"roles": ["clinician"]}), token)


@require_safe
def permissions(request: StaffRequest) -> HttpResponse:
    """Who may do what, from the table that decides it, for every member to read and to print."""
    page = {
        "rows": permission_rows(solo=accounts.is_solo(request.actor.practice_id)),
        "verbs": list(VERB_WORDS.values()),
        "practice": practice(request),
        "section": "colleagues",
    }
    return render(request, "desk/practice/permissions.html", page)


urlpatterns = [
    path("practice/", colleagues, name="colleagues"),
    path("practice/permissions/", permissions, name="permissions"),
    path("practice/invitations/<uuid:invitation_id>/end/", invitation_end, name="invitation_end"),
    path("practice/invitations/<uuid:invitation_id>/again/", invitation_again, name="invitation_again"),
]
