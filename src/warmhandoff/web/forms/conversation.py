"""Forms of the conversation: what is prepared to be said, and what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.referrals.talking import TEXTS, TalkFacts, TalkView

_LABELS = {
    "first": ("The first talk", "Why, without haste. No names yet, nothing to decide.", 12),
    "second": ("The second talk", "What she gains, the names, her choice.", 12),
    "letter": ("The letter for her", "She reads it once you share it, or you print it.", 16),
    "call": ("Her own first call", "What she can say when she calls them.", 12),
}


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class WordsForm(forms.Form):
    """The facts that the drafts lack, and the four texts. Each text travels with what was shown, so that a draft that
    nobody touched stays a draft."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    language = forms.ChoiceField(label="Language of the texts", choices=(("en", "English"), ("es", "Spanish")))
    progress = forms.CharField(
        label="What she has achieved", required=False, max_length=600, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="In a sentence to her: “You sleep through the night again.”",
    )
    until = _day("I see her at least until")
    first_on = _day("First talk planned for")
    second_on = _day("Second talk planned for")

    def __init__(self, data: Any = None, *, view: TalkView) -> None:
        given = view.facts
        start: dict[str, Any] = {"seen": view.versions, "language": given.language, "progress": given.progress,
                                 "until": given.until, "first_on": given.first_on, "second_on": given.second_on}
        super().__init__(data, initial={**start, **view.texts})
        for name, (label, hint, rows) in _LABELS.items():
            self.fields[name] = forms.CharField(
                label=label, help_text=hint, required=False, max_length=20_000, show_hidden_initial=True,
                widget=forms.Textarea(attrs={"rows": rows}),
            )
        self._own = view.own

    def facts(self) -> TalkFacts:
        given = self.cleaned_data
        return TalkFacts(given["language"], given["progress"], given["until"], given["first_on"], given["second_on"])

    def texts(self) -> Mapping[str, str]:
        """The texts that are the clinician's own; a draft that was left alone is not."""
        changed = set(self.changed_data) | self._own
        return {name: self.cleaned_data[name] if name in changed else "" for name in TEXTS}

    @property
    def fact_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("language", "progress", "until", "first_on", "second_on")]
