"""The form of a joint session."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms

_LOCAL = "%Y-%m-%dT%H:%M"


class JointForm(forms.Form):
    at = forms.DateTimeField(
        label="When", input_formats=[_LOCAL, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=240, initial=50)
    where = forms.CharField(
        label="Where, or by which call", max_length=300, required=False,
        help_text="Shown on your pages, hers and the recipient's. It is in no calendar.",
    )

    def when(self, zone: ZoneInfo) -> datetime:
        at: datetime = self.cleaned_data["at"]
        return at.replace(tzinfo=zone)
