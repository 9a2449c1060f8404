"""Your account: name, password, and where you are signed in."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts import own_account, sessions
from warmhandoff.accounts.second_factors import factors_of
from warmhandoff.rules.refusals import BadInput, NotNow, Problem
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.desk.signing import LONGEST_PASSWORD
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

WAYS = {
    "password": "by password", "code": "by password and code", "recovery": "by password and recovery code",
    "passkey": "by passkey",
}  # fmt: skip


class NameForm(forms.Form):
    name = forms.CharField(
        label="Your name", max_length=120, help_text="As colleagues and clients know you.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    credentials = forms.CharField(
        label="Licence or credentials", max_length=80, required=False, help_text="For example PhD or LCSW."
    )


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="Your password now", strip=False, max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="The new one", strip=False, max_length=LONGEST_PASSWORD,
        help_text="At least 12 characters. A few words in a row are easy to keep and hard to guess.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: StaffRequest) -> HttpResponse:
    """The page; its own form changes the name."""
    member = request.signed_in.membership
    form = NameForm(posted(request), initial={"name": member.user.name, "credentials": member.credentials})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            own_account.change_name(
                request.actor, name=given["name"], credentials=given["credentials"], now=request.now
            )
        except BadInput as refusal:
            tell(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("account")
    page = {
        "form": form, "email": member.user.email, "now": here(request), "idle": settings.IDLE_MINUTES,
        "factors": factors_of(member.user.pk), "sessions": _sessions(request),
    }
    return render(request, "desk/account/account.html", page, status=422 if form.errors else 200)


def _sessions(request: StaffRequest) -> list[dict[str, object]]:
    lines = sessions.sessions_of(request.actor, now=request.now)
    return [{"line": one, "way": WAYS[one.way], "this": one.id == request.signed_in.id} for one in lines]


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def account_password(request: StaffRequest) -> HttpResponse:
    form = PasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = own_account.change_password(
                request.actor, old=given["old"], new=given["new"], keep=request.signed_in.id, now=request.now
            )
        except BadInput as refusal:
            tell(form, refusal, {"password": "old"})
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "Your password is changed. Everywhere else you are signed out.")
            return redirect("account")
    return render(request, "desk/account/password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def account_session_end(request: StaffRequest) -> HttpResponse:
    """End one session, or all others."""
    which = request.POST.get("session", "")
    if which == "others":
        sessions.end_others(request.actor, request.signed_in.id, now=request.now)
        messages.success(request, "Everywhere else you are signed out.")
        return redirect("account")
    try:
        wanted = UUID(which)
    except ValueError as error:
        raise BadInput(Problem("choose a session", field="session")) from error
    if wanted == request.signed_in.id:
        raise NotNow("To end this session, sign out.")
    sessions.end_session(request.actor, wanted, now=request.now)
    messages.success(request, "That session is ended.")
    return redirect("account")


@require_POST
def account_still_here(request: StaffRequest) -> HttpResponse:
    """A sign of life: the door has noted it already."""
    return HttpResponse(status=204)


urlpatterns = [
    path("account/", account, name="account"),
    path("account/password/", account_password, name="account_password"),
    path("account/sessions/end/", account_session_end, name="account_session_end"),
    path("account/still-here/", account_still_here, name="account_still_here"),
]
