"""The forms of a discharge summary: both parts side by side, and an addendum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.referrals.discharge_view import SummaryView
from warmhandoff.referrals.discharging import PARTS
from warmhandoff.rules.discharge import LONGEST, NEEDED, SECTIONS


class SummaryForm(forms.Form):
    """One text a section and part."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, view: SummaryView) -> None:
        start: dict[str, Any] = {"seen": view.changes}
        start |= {f"chart_{code}": text for code, text in view.chart.items()}
        start |= {f"shareable_{code}": text for code, text in view.shareable.items()}
        super().__init__(data, initial=start)
        for part in PARTS:
            for code, label in SECTIONS.items():
                hint = "Needed before it is signed." if part == "chart" and code in NEEDED else ""
                self.fields[f"{part}_{code}"] = forms.CharField(
                    label=label, help_text=hint, required=False, max_length=LONGEST,
                    widget=forms.Textarea(attrs={"rows": 3}),
                )  # fmt: skip

    @property
    def chart_fields(self) -> list[forms.BoundField]:
        return [self[f"chart_{code}"] for code in SECTIONS]

    @property
    def shareable_fields(self) -> list[forms.BoundField]:
        return [self[f"shareable_{code}"] for code in SECTIONS]

    def texts(self) -> Mapping[str, Mapping[str, str]]:
        return {part: {code: self.cleaned_data[f"{part}_{code}"] for code in SECTIONS} for part in PARTS}


class AddendumForm(forms.Form):
    part = forms.ChoiceField(label="To which part", choices=list(PARTS.items()), widget=forms.RadioSelect)
    words = forms.CharField(label="What is added", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))
