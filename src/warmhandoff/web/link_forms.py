"""The page behind every link: a form for the link's token, and for a code where one goes with it.

The token stands behind the # of the address; a script moves it into the form, or it is typed. Only sending the form
opens anything: whoever fetches links to look at them changes nothing. Unknown, used, ended and revoked links and wrong
codes get the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from warmhandoff.core import audit
from warmhandoff.rules.refusals import NotThere, Refusal, TooMany


def _secret(label: Any, longest: int, help_text: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=longest, help_text=help_text, widget=widget)


class TokenForm(forms.Form):
    """The token alone: what it opens names no client."""

    token = _secret(
        gettext_lazy("The long word from your link"), 200, gettext_lazy("It is the part after the # sign.")
    )


class ClientLinkForm(TokenForm):
    code = _secret(
        gettext_lazy("Your code"), 40, gettext_lazy("You got it in person or on paper. It has 8 letters and numbers.")
    )


class RecipientLinkForm(TokenForm):
    code = _secret(
        gettext_lazy("The code"), 40,
        gettext_lazy("It came another way: by phone, or on paper. It has 8 letters and numbers."),
    )


@dataclass(frozen=True)
class Entrance:
    """One kind of link. `enter` redeems what was typed and answers where to go; `show` draws the page."""

    form: type[TokenForm]
    enter: Callable[[HttpRequest, dict[str, Any]], HttpResponse]
    show: Callable[[HttpRequest, TokenForm, int], HttpResponse]


def link_page(request: HttpRequest, entrance: Entrance) -> HttpResponse:
    """The form, or, when it was sent, what the link opens."""
    if request.method != "POST":
        return entrance.show(request, entrance.form(), 200)
    form = entrance.form(request.POST)
    if not form.is_valid():
        return entrance.show(request, form, 422)
    try:
        return entrance.enter(request, form.cleaned_data)
    except (NotThere, TooMany) as refusal:
        audit.record_refusal(None, refusal, now=cast(Any, request).now)
        form.add_error(None, _told(refusal))
        return entrance.show(request, form, refusal.status)


def _told(refusal: Refusal) -> str:
    if isinstance(refusal, TooMany):
        return _("That was tried too often. Please wait a few minutes, then try again.")
    return _(refusal.message)
