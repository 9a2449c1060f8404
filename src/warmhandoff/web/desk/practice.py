"""The members of the practice, and inviting more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts import joining
from warmhandoff.accounts import queries as accounts
from warmhandoff.rules.access import ROLES
from warmhandoff.rules.refusals import BadInput, NotAllowed
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import practice
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

ROLE_WORDS = {
    "clinician": "Clinician: refers clients and keeps the record",
    "supervisor": "Supervisor: sees the clients of those supervised",
    "coordinator": "Front desk: sends, chases and books, without clinical notes",
    "admin": "Administrator: members and policy, without clients",
}
_SHORT = {role: words.partition(":")[0] for role, words in ROLE_WORDS.items()}


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="For your own list; nothing is mailed to it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    roles = forms.MultipleChoiceField(
        label="What will your colleague do here?",
        widget=forms.CheckboxSelectMultiple,
        choices=[(role, ROLE_WORDS[role]) for role in ROLES],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def colleagues(request: StaffRequest) -> HttpResponse:
    """Members and roles; an invitation's link is shown once, in the answer to the form that made it."""
    may_invite = "policy" in request.actor.verbs("practice")
    if request.method == "POST" and not may_invite:
        raise NotAllowed("Members are invited by an administrator of the practice.")
    form = InvitationForm(posted(request), initial={"roles": ["clinician"]})
    link = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token = joining.invite(request.actor, email=given["email"], roles=given["roles"], now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            link = f"{settings.BASE_URL}/start/#{token}"
    page: dict[str, Any] = {
        "members": [_line(member) for member in accounts.colleagues(request.actor)],
        "practice": practice(request),
        "form": form,
        "link": link,
        "may_invite": may_invite,
    }
    return render(request, "desk/practice/colleagues.html", page, status=422 if form.errors else 200)


def _line(member: Any) -> dict[str, str]:
    return {
        "name": member.user.name,
        "email": member.user.email,
        "credentials": member.credentials,
        "roles": ", ".join(_SHORT[role] for role in ROLES if role in member.roles),
    }


urlpatterns = [path("practice/", colleagues, name="colleagues")]
