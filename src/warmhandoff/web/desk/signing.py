"""The way in and out: the first account, colleagues who were invited, signing in, signing out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from warmhandoff.accounts import joining
from warmhandoff.accounts.queries import nobody_has_an_account
from warmhandoff.accounts.signing_in import check_password
from warmhandoff.core.addresses import address_of
from warmhandoff.rules.refusals import BadInput, NotThere
from warmhandoff.web import signed_in
from warmhandoff.web.desk import second_step
from warmhandoff.web.forms.problems import tell

ZONES = [
    ("America/New_York", "Eastern"), ("America/Chicago", "Central"), ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"), ("America/Los_Angeles", "Pacific"), ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"), ("America/Puerto_Rico", "Puerto Rico"), ("Pacific/Guam", "Guam"),
]  # fmt: skip
LONGEST_PASSWORD = 1000  # hashing a longer one costs the server more than it protects anybody


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


class SignInForm(forms.Form):
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password", strip=False, max_length=LONGEST_PASSWORD, widget=_password("current-password")
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class AccountForm(forms.Form):
    """What anyone gives who opens an invitation. The token comes out of the link, or is typed."""

    token = forms.CharField(
        label="The end of your link",
        max_length=200,
        help_text="The letters and digits after the # sign.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    name = forms.CharField(
        label="Your name",
        max_length=120,
        help_text="As colleagues and clients know you, for example Dr. Ada Okafor.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    credentials = forms.CharField(
        label="Licence or credentials", max_length=80, required=False, help_text="For example PhD or LCSW."
    )
    email = forms.EmailField(
        label="E-mail address",
        help_text="You sign in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=_password("new-password"),
        help_text="At least 12 characters. A few words in a row are easy to keep and hard to guess.",
    )

    def account(self) -> joining.NewAccount:
        given = self.cleaned_data
        return joining.NewAccount(
            email=given["email"], name=given["name"], password=given["password"], credentials=given["credentials"]
        )


class PracticeForm(forms.Form):
    practice_name = forms.CharField(label="Name of the practice", max_length=200)
    zip = forms.CharField(
        label="ZIP code",
        max_length=5,
        required=False,
        help_text="Where you search from, if you give no other place.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=ZONES, initial="America/Chicago")
    phone = forms.CharField(
        label="Telephone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def practice(self) -> joining.NewPractice:
        given = self.cleaned_data
        return joining.NewPractice(given["practice_name"], given["zip"], given["time_zone"], given["phone"])


def _page(request: HttpRequest, name: str, form: forms.Form, **more: Any) -> HttpResponse:
    wrong = form.errors or any(other.errors for other in more.values() if isinstance(other, forms.Form))
    return render(request, f"desk/signing/{name}.html", {"form": form, **more}, status=422 if wrong else 200)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(second_step.local(request.GET.get("next", "")))
        form = SignInForm(initial={"next": request.GET.get("next", "")})
        why = request.session.pop(signed_in.WHY, "")
        return _sign_in_page(request, form, nobody_yet=nobody_has_an_account(), why=why, idle=settings.IDLE_MINUTES)
    form = SignInForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            user = check_password(request, email=given["email"], password=given["password"], now=request.now)  # type: ignore[attr-defined]
        except BadInput as refusal:
            tell(form, refusal)
        else:
            return second_step.go_on(request, user, given["next"])
    return _sign_in_page(request, form)


def _sign_in_page(request: HttpRequest, form: SignInForm, **more: Any) -> HttpResponse:
    return _page(request, "sign_in", form, passkey=second_step.passkey_options(request, None), **more)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    signed_in.leave(request)
    response = redirect("sign_in")
    # Not the cookies: the session's is gone, and the browser's mark (accounts/devices.py) is for the next time.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Make an account from a one-time link; the first one of a server makes its practice too."""
    if request.method != "POST":
        practice = PracticeForm() if nobody_has_an_account() else None
        return _page(request, "start", AccountForm(), practice=practice)
    form = AccountForm(request.POST)
    practice = _practice_form(request)
    # Both are checked, so that everything to mend is said at once.
    if all([form.is_valid(), practice is None or practice.is_valid()]):
        try:
            member = joining.accept_invitation(
                form.cleaned_data["token"],
                form.account(),
                practice.practice() if practice else None,
                now=request.now,  # type: ignore[attr-defined]
                address=address_of(request),
            )
        except NotThere as refusal:
            form.add_error("token", refusal.message)
        except BadInput as refusal:
            _tell_both(form, practice, refusal)
        else:
            return second_step.go_on(request, member.user, "")
    return _page(request, "start", form, practice=practice)


def _practice_form(request: HttpRequest) -> PracticeForm | None:
    """The questions about the practice, where the invitation is to a new one."""
    try:
        now = request.now  # type: ignore[attr-defined]
        invitation = joining.invitation_of(request.POST.get("token", ""), now=now, address=address_of(request))
    except NotThere:  # said beside the token once the rest is in order
        return PracticeForm(request.POST) if "practice_name" in request.POST else None
    if invitation.practice_id is not None:
        return None
    return PracticeForm(request.POST)


def _tell_both(form: AccountForm, practice: PracticeForm | None, refusal: BadInput) -> None:
    for problem in refusal.problems:
        home = practice if practice is not None and problem.field in practice.fields else form
        tell(home, BadInput(problem))


urlpatterns = [
    path("start/", start, name="start"),
    path("start/", start, name="join"),
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-out/", sign_out, name="sign_out"),
]
