"""Confirm it is you: before something leaves, or an account changes, the person proves again who she is.

R-36 asks for a proof at most five minutes old (`sessions.FRESH`); signing in is one. The page that asks carries what
was posted, so that nothing is typed twice, and the post goes on in the same request once the proof is right.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from warmhandoff.accounts import passkeys, second_factors
from warmhandoff.accounts.own_account import check_own_password
from warmhandoff.core.addresses import address_of
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web import signed_in
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest

View = Callable[..., HttpResponse]
CODE, PASSWORD, ANSWER = "confirm_code", "confirm_password", "answer"
_PURPOSE = "confirm"
_OWN = (CODE, PASSWORD, ANSWER, "csrfmiddlewaretoken")


class _CodeForm(forms.Form):
    confirm_code = forms.CharField(
        label="Code", max_length=40, help_text="The six digits your app shows now, or one of your recovery codes.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True}),
    )


class _PasswordForm(forms.Form):
    confirm_password = forms.CharField(
        label="Your password", strip=False, max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def confirm_first(view: View) -> View:
    """For a view that takes a POST: without a proof of the last five minutes the person is asked for one first."""

    @wraps(view)
    def asking(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or request.signed_in.is_fresh(request.now):
            return view(request, *args, **kwargs)
        form = _form(request)
        if not form.is_bound or not form.is_valid() or not _proved(request, form):
            return _ask(request, form)
        signed_in.prove(request)
        request.POST = _rest(request.POST)  # type: ignore[assignment]
        return view(request, *args, **kwargs)

    return asking


def _form(request: StaffRequest) -> forms.Form:
    """What is asked: a code or passkey, or the password of whoever has no second factor yet."""
    kind = _CodeForm if request.actor.second_factor else _PasswordForm
    given = {CODE, PASSWORD} & request.POST.keys() or (ANSWER in request.POST and _waits(request))
    form = kind(request.POST if given else None, auto_id="confirm_%s")
    if given and request.POST.get(ANSWER) and _waits(request):
        form.fields.clear()
    return form


def _waits(request: StaffRequest) -> bool:
    return _PURPOSE in (request.session.get("challenges") or {})


def _proved(request: StaffRequest, form: forms.Form) -> bool:
    try:
        if PASSWORD in form.cleaned_data:
            check_own_password(request.actor, form.cleaned_data[PASSWORD], now=request.now)
        elif CODE in form.cleaned_data:
            user = request.signed_in.membership.user
            second_factors.use_code(user, form.cleaned_data[CODE], now=request.now, address=address_of(request))
        else:
            asked = signed_in.take_challenge(request, _PURPOSE)
            answer = request.POST[ANSWER]
            passkeys.use_passkey(answer, asked, user_id=request.actor.account, now=request.now)
    except BadInput as refusal:
        tell(form, refusal, {"code": CODE, "password": PASSWORD})
        return False
    return True


def _rest(posted: QueryDict) -> QueryDict:
    """What was posted, without what proved who posted it."""
    rest = posted.copy()
    for name in _OWN:
        rest.pop(name, None)
    rest._mutable = False
    return rest


def _ask(request: StaffRequest, form: forms.Form) -> HttpResponse:
    shown = form if form.fields else _CodeForm(auto_id="confirm_%s")
    user_id = request.actor.account
    passkey = ""
    if passkeys.possible() and passkeys.has_passkey(user_id):
        passkey = passkeys.asking_options(user_id, signed_in.challenge(request, _PURPOSE))
    context = {
        "form": shown, "passkey": passkey, "passkey_refused": not form.fields, "files": sorted(request.FILES),
        "carried": [(name, value) for name, values in _rest(request.POST).lists() for value in values],
    }
    return render(request, "desk/signing/confirm.html", context, status=422 if form.is_bound else 200)
