"""The forms of a panel transition."""

from __future__ import annotations

from django import forms

from warmhandoff.referrals.panel import REASONS
from warmhandoff.web.forms.need import NeedForm


class PanelForm(NeedForm):
    """Why, until when, and what most of the clients will look for."""

    reason = forms.ChoiceField(label="What changes", choices=list(REASONS.items()))
    notice_on = forms.DateField(label="Tell clients by", widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(
        label="Last day you see them", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It stands in each letter: until then you go on seeing her.",
    )

    FIRST = ("reason", "notice_on", "last_on")

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]
