"""The page of a listing without an account: what is held about it, and whether that is true."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from warmhandoff.core.addresses import address_of
from warmhandoff.directory import own_word
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere
from warmhandoff.web.forms.listing import fact_field, fact_initial, fact_value
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.link_forms import Entrance, TokenForm, link_page
from warmhandoff.web.verify import session
from warmhandoff.web.without_account import without_account

ASKED = (
    "accepting", "wait_days", "plans", "out_of_network", "fee", "sliding_scale", "sliding_floor", "formats", "times",
    "languages", "age_groups", "treats", "licensed_states", "access", "phone", "email", "website", "about",
)  # fmt: skip


class ChangeForm(forms.Form):
    """The facts that change most, each as it is held."""

    def __init__(self, data: Any = None, *, held: dict[str, Any]) -> None:
        super().__init__(data)
        for name in ASKED:
            made = fact_field(name, held.get(name))
            made.label, made.required, made.initial = own_word.label_of(name), False, fact_initial(name, held.get(name))
            self.fields[name] = made

    def facts(self) -> dict[str, Any]:
        return {name: fact_value(name, self.cleaned_data[name]) for name in ASKED}


class PauseForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("New clients again from"), widget=forms.DateInput(attrs={"type": "date"})
    )


def _enter(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    now = cast(Any, request).now
    asking_id = own_word.open_asking(typed["token"], now=now, address=address_of(request))
    session.start(request, asking_id, now=now)
    return redirect("verify")


def _form_page(request: HttpRequest, form: TokenForm, status: int) -> HttpResponse:
    return render(request, "verify/link.html", {"form": form}, status=status)


@without_account
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """The form for the link. Only sending it opens anything: scanners that fetch links change nothing."""
    return link_page(request, Entrance(TokenForm, _enter, _form_page))


@without_account
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    now = cast(Any, request).now
    asking_id = session.asking_of(request, now=now)
    if asking_id is None:
        return redirect("verify_link")
    return _show(request, asking_id, now)


def _show(request: HttpRequest, asking_id: UUID, now: datetime, status: int = 200, **given: Any) -> HttpResponse:
    try:
        shown = own_word.own_page(asking_id, now=now)
    except NotThere:
        return redirect("verify_link")
    context = {
        "shown": shown, "change_form": given.get("change") or ChangeForm(held=shown.values),
        "pause_form": given.get("pause") or PauseForm(), "problem_form": next(iter(given.values()), None),
        "changing": "change" in given,
    }  # fmt: skip
    return render(request, "verify/page.html", context, status=status)


@without_account
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Still true, changed, paused, please remove me, do not write to me."""
    now = cast(Any, request).now
    asking_id = session.asking_of(request, now=now)
    if asking_id is None:
        return redirect("verify_link")
    kind = request.POST.get("kind", "")
    try:
        if kind in ("change", "pause"):
            form = _form(request, kind, asking_id, now)
            if form is not None:
                return _show(request, asking_id, now, status=422, **{kind: form})
        elif kind in _TAPS:
            _TAPS[kind](asking_id, now=now)
        else:
            raise NotThere(subject=kind[:20])
    except NotNow as refusal:
        messages.error(request, refusal.message)
        return redirect("verify")
    messages.success(request, _("Thank you. It is written down."))
    return redirect("verify")


_TAPS = {"still": own_word.still_true, "remove": own_word.remove, "no_mail": own_word.no_mail}


def _form(request: HttpRequest, kind: str, asking_id: UUID, now: datetime) -> forms.Form | None:
    """Do what the form says; the form again, where there is something to mend."""
    held = own_word.own_page(asking_id, now=now).values
    form: forms.Form = ChangeForm(request.POST, held=held) if kind == "change" else PauseForm(request.POST)
    if form.is_valid():
        try:
            if isinstance(form, ChangeForm):
                own_word.change(asking_id, form.facts(), now=now)
            else:
                own_word.pause(asking_id, form.cleaned_data["until"], now=now)
        except BadInput as refusal:
            tell(form, refusal)
    return form if form.errors else None


urlpatterns = [
    path("v/", link, name="verify_link"),
    path("v/page/", page, name="verify"),
    path("v/page/answer/", answer, name="verify_answer"),
]
