"""Programs that may use the API in the practice's name: let in, given a new token, ended. For administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from warmhandoff.accounts import api_clients as programs
from warmhandoff.rules.access import SCOPES
from warmhandoff.rules.refusals import BadInput
from warmhandoff.web.confirming import confirm_first
from warmhandoff.web.context import here
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.requests import StaffRequest, posted

LIVES = ((30, "a month"), (90, "three months"), (365, "a year"), (730, "two years"))


class RenewalForm(forms.Form):
    days = forms.TypedChoiceField(
        label="The token runs out after", choices=LIVES, coerce=int, initial=programs.DAYS,
        help_text="Then a new one is needed. The shorter, the less a lost token opens.",
    )  # fmt: skip


class ProgramForm(RenewalForm):
    name = forms.CharField(label="Name of the program", max_length=80)
    purpose = forms.CharField(
        label="What it is for", max_length=200, help_text="So that whoever comes after you knows whether it is needed."
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?", widget=forms.CheckboxSelectMultiple,
        choices=[(scope, grant.words) for scope, grant in SCOPES.items()],
    )  # fmt: skip
    field_order = ("name", "purpose", "scopes", "days")

    def new(self) -> programs.NewApiClient:
        given = self.cleaned_data
        return programs.NewApiClient(given["name"], given["purpose"], tuple(given["scopes"]), given["days"])


def _context(request: StaffRequest, **more: Any) -> dict[str, Any]:
    return {"section": "colleagues", "now": here(request), **more}


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def api_client_list(request: StaffRequest) -> HttpResponse:
    """The programs, and the form for one more; a token is shown once, in the answer to the form that made it."""
    form, token = ProgramForm(posted(request)), ""
    programs.api_clients(request.actor)  # refuses whoever is no administrator, also before a form is looked at
    if request.method == "POST" and form.is_valid():
        try:
            token = programs.create(request.actor, form.new(), now=request.now)
        except BadInput as refusal:
            tell(form, refusal)
    lines = [(line, _state(line, request)) for line in programs.api_clients(request.actor)]
    context = _context(request, lines=lines, form=form, token=token, scopes=_scope_words())
    return render(request, "desk/practice/api_clients.html", context, status=422 if form.errors else 200)


def _scope_words() -> dict[str, str]:
    return {scope: grant.words for scope, grant in SCOPES.items()}


def _state(line: programs.ApiClientLine, request: StaffRequest) -> str:
    if line.ended_at is not None:
        return "ended"
    return "works" if line.works(request.now) else "expired"


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def api_client_renew(request: StaffRequest, api_client_id: UUID) -> HttpResponse:
    """A new token in place of the one before: asked first, shown once."""
    line, form, token = programs.api_client(request.actor, api_client_id), RenewalForm(posted(request)), ""
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        token = programs.renew(request.actor, api_client_id, days=days, now=request.now)
    context = _context(request, line=line, form=form, token=token)
    return render(request, "desk/practice/api_client_renew.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirm_first
def api_client_end(request: StaffRequest, api_client_id: UUID) -> HttpResponse:
    """The end of a program's access, asked first."""
    line = programs.api_client(request.actor, api_client_id)
    if request.method == "POST":
        programs.end(request.actor, api_client_id, now=request.now)
        messages.success(request, f"{line.name} gets in no more.")
        return redirect("api_clients")
    return render(request, "desk/practice/api_client_end.html", _context(request, line=line))


urlpatterns = [
    path("practice/api/", api_client_list, name="api_clients"),
    path("practice/api/<uuid:api_client_id>/renew/", api_client_renew, name="api_client_renew"),
    path("practice/api/<uuid:api_client_id>/end/", api_client_end, name="api_client_end"),
]
