"""The second step of signing in: a code, a recovery code or a passkey; and signing in with a passkey alone.

Between the two steps the browser holds a note of whose password was right, for ten minutes, and nothing else opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts import passkeys, second_factors
from warmhandoff.accounts.signing_in import user_half_way
from warmhandoff.core.addresses import address_of
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web import signed_in
from warmhandoff.web.forms.problems import tell

if TYPE_CHECKING:
    from warmhandoff.accounts.models import User

_KEY = "half_way"
HALF_WAY = timedelta(minutes=10)


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="The six digits your app shows now, or one of your recovery codes.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off", "autofocus": True}
        ),
    )


class AnswerForm(forms.Form):
    """What the browser's passkey said; filled in by script."""

    answer = forms.CharField(widget=forms.HiddenInput, max_length=passkeys.LONGEST_ANSWER)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class HalfWay:
    """Whose password was right, and where she wants to go."""

    user: User
    next: str


def local(address: str) -> str:
    """Where to go after signing in: a path of this server and nothing else."""
    safe = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if safe else "today"


def passkey_options(request: HttpRequest, user_id: UUID | None) -> str:
    """What the page's script asks the browser's passkeys, as JSON; "" where none can be used here."""
    if not passkeys.possible():
        return ""
    return passkeys.asking_options(user_id, signed_in.challenge(request, _purpose(user_id)))


def _purpose(user_id: UUID | None) -> str:
    return "second" if user_id else "sign_in"


def go_on(request: Any, user: User, address: str) -> HttpResponse:
    """After the right password: in, or to the second step where this account has one."""
    if user.second_factor_since is None:
        signed_in.enter(request, user, "password")
        return redirect(local(address))
    request.session.flush()
    request.session[_KEY] = {
        "user": str(user.pk), "mark": user.get_session_auth_hash(), "at": request.now.isoformat(), "next": address,
    }
    return redirect("sign_in_second")


def _half_way(request: Any) -> HalfWay | None:
    held = request.session.get(_KEY)
    if not held or request.now - datetime.fromisoformat(held["at"]) > HALF_WAY:
        return None
    user = user_half_way(UUID(held["user"]), held["mark"])
    return HalfWay(user, held["next"]) if user else None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: Any) -> HttpResponse:
    """Ask for the second factor, and check it. Without a right password a moment ago there is nothing to ask."""
    half = _half_way(request)
    if half is None:
        return redirect("sign_in")
    if request.method != "POST":
        return _page(request, half, CodeForm())
    form = AnswerForm(request.POST) if request.POST.get("answer") else CodeForm(request.POST)
    if form.is_valid():
        try:
            way = _check(request, half.user, form.cleaned_data)
        except BadInput as refusal:
            tell(form, refusal)
        else:
            signed_in.enter(request, half.user, way)
            return redirect(local(half.next))
    return _page(request, half, form)


def _check(request: Any, user: User, given: dict[str, str]) -> Any:
    if "answer" not in given:
        return second_factors.use_code(user, given["code"], now=request.now, address=address_of(request))
    asked = signed_in.take_challenge(request, _purpose(user.pk))
    passkeys.use_passkey(
        given["answer"], asked, user_id=user.pk, now=request.now, address=address_of(request)
    )
    return "passkey"


def _page(request: Any, half: HalfWay, form: forms.Form) -> HttpResponse:
    passkey = passkey_options(request, half.user.pk) if passkeys.has_passkey(half.user.pk) else ""
    context = {
        "form": CodeForm() if isinstance(form, AnswerForm) else form, "passkey": passkey,
        "passkey_refused": isinstance(form, AnswerForm),
    }
    return render(request, "desk/signing/second.html", context, status=422 if form.errors else 200)


@login_not_required
@require_POST
def sign_in_passkey(request: Any) -> HttpResponse:
    """Sign in with a passkey and nothing else: it has asked for finger, face or PIN itself."""
    form = AnswerForm(request.POST)
    asked = signed_in.take_challenge(request, _purpose(None))
    if form.is_valid():
        try:
            user = passkeys.use_passkey(
                form.cleaned_data["answer"], asked, user_id=None, now=request.now, address=address_of(request)
            )
        except BadInput:
            form.add_error(None, "refused")
        else:
            signed_in.enter(request, user, "passkey")
            return redirect(local(form.cleaned_data["next"]))
    return render(request, "desk/signing/passkey_refused.html", status=422)


urlpatterns = [
    path("sign-in/second/", second, name="sign_in_second"),
    path("sign-in/passkey/", sign_in_passkey, name="sign_in_passkey"),
]
