"""Your second factors: set up, taken away, and the recovery codes on paper."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import segno
from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts import passkeys, second_factors
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.web import signed_in
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.desk.second_step import CodeForm
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest

_PURPOSE = "make"


class FirstCodeForm(CodeForm):
    """The first code of an app that was just set up."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        field = self.fields["code"]
        field.help_text = "The six digits the app shows now."
        field.widget.attrs.pop("autofocus")


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label="A name for it", max_length=60, required=False, help_text="So that you know it again: Laptop, Blue key."
    )
    answer = forms.CharField(widget=forms.HiddenInput, max_length=passkeys.LONGEST_ANSWER, required=False)


def square(text: str) -> SafeString:
    """A text as a square to scan: an SVG element without style attributes, which the content policy would drop."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=4, light="#fff", svgclass="square", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 # nosec B308 B703 - made of black and white modules; nothing of the text stands in it


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def account_factors(request: StaffRequest) -> HttpResponse:
    """Set up an authenticator app or a passkey. Looking makes nothing: a button makes the secret."""
    step = _STEPS.get(request.POST.get("kind", ""))
    if request.method != "POST" or step is None:
        return _page(request)
    return step(request)


def _begin_app(request: StaffRequest) -> HttpResponse:
    second_factors.begin_app(request.actor)
    return redirect("account_factors")


def _confirm_app(request: StaffRequest) -> HttpResponse:
    form = FirstCodeForm(request.POST)
    if form.is_valid():
        try:
            codes = second_factors.confirm_app(
                request.actor, form.cleaned_data["code"].replace(" ", ""), keep=request.signed_in.id, now=request.now
            )
        except BadInput as refusal:
            tell(form, refusal)
        else:
            return _added(request, codes)
    return _page(request, code=form)


def _add_passkey(request: StaffRequest) -> HttpResponse:
    form = PasskeyForm(request.POST)
    asked = signed_in.take_challenge(request, _PURPOSE)
    if form.is_valid():
        given = form.cleaned_data
        try:
            codes = passkeys.add_passkey(
                request.actor, given["answer"], asked, name=given["name"], keep=request.signed_in.id, now=request.now
            )
        except BadInput as refusal:
            tell(form, refusal)
        else:
            return _added(request, codes)
    return _page(request, passkey=form)


_STEPS: dict[str, Callable[[StaffRequest], HttpResponse]] = {
    "begin_app": _begin_app, "confirm_app": _confirm_app, "passkey": _add_passkey,
}


def _added(request: StaffRequest, codes: list[str]) -> HttpResponse:
    signed_in.prove(request)
    if codes:
        return _codes(request, codes, first=True)
    messages.success(request, "It is set up. Everywhere else you are signed out.")
    return redirect("account_factors")


def _page(
    request: StaffRequest, *, code: FirstCodeForm | None = None, passkey: PasskeyForm | None = None
) -> HttpResponse:
    secret = second_factors.pending_secret(request.actor)
    options = ""
    if passkeys.possible():
        options = passkeys.making_options(request.actor, signed_in.challenge(request, _PURPOSE))
    wrong = (code and code.errors) or (passkey and passkey.errors)
    page = {
        "factors": second_factors.factors_of(request.signed_in.membership.user.pk), "now": here(request),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "square": square(second_factors.app_address(request.actor, secret)) if secret else "",
        "code_form": code or FirstCodeForm(), "passkey_form": passkey or PasskeyForm(), "passkey": options,
        "section": "account",
    }
    return render(request, "desk/account/factors.html", page, status=422 if wrong else 200)


@require_POST
@confirm_first
def account_factor_remove(request: StaffRequest) -> HttpResponse:
    """Take away the app, or the passkey that is named. The last factor stays."""
    which = request.POST.get("factor", "")
    if which == "app":
        second_factors.remove_app(request.actor, keep=request.signed_in.id, now=request.now)
    else:
        try:
            wanted = UUID(which)
        except ValueError as error:
            raise BadInput(Problem("choose a factor", field="factor")) from error
        passkeys.remove_passkey(request.actor, wanted, keep=request.signed_in.id, now=request.now)
    messages.success(request, "It is taken away. Everywhere else you are signed out.")
    return redirect("account_factors")


@require_POST
@confirm_first
def account_codes(request: StaffRequest) -> HttpResponse:
    """Ten new recovery codes, shown in this answer and never again."""
    return _codes(request, second_factors.new_recovery_codes(request.actor, now=request.now), first=False)


def _codes(request: StaffRequest, codes: list[str], *, first: bool) -> HttpResponse:
    return render(request, "desk/account/codes.html", {"codes": codes, "first": first, "section": "account"})


urlpatterns = [
    path("account/second-factor/", account_factors, name="account_factors"),
    path("account/second-factor/remove/", account_factor_remove, name="account_factor_remove"),
    path("account/recovery-codes/", account_codes, name="account_codes"),
]
