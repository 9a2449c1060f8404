"""Forms of emergency access: whom, why, and what a reviewer found."""

from __future__ import annotations

from django import forms

from warmhandoff.clients.emergency import Asked
from warmhandoff.rules.emergency import KINDS, LEAST_WORDS

_OFF = {"autocomplete": "off"}


class EmergencyForm(forms.Form):
    name = forms.CharField(label="Her name, exactly as recorded", max_length=200, required=False,
                           widget=forms.TextInput(attrs=_OFF))
    phone = forms.CharField(label="Her telephone", max_length=40, required=False, widget=forms.TextInput(attrs=_OFF))
    email = forms.CharField(label="Her e-mail address", max_length=254, required=False,
                            widget=forms.TextInput(attrs=_OFF))
    kind = forms.ChoiceField(label="Why now", widget=forms.RadioSelect, choices=list(KINDS.items()))
    words = forms.CharField(
        label="What happens", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"In {LEAST_WORDS} characters or more. Whoever reviews it reads this.",
    )

    def asked(self) -> Asked:
        given = self.cleaned_data
        return Asked(given["kind"], given["words"], given["name"], given["phone"], given["email"])


class ReviewForm(forms.Form):
    review = forms.CharField(label="What you found", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
