"""What a call brought, fact by fact; and what someone who tried met with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from warmhandoff.directory.measuring import GHOSTS
from warmhandoff.directory.reverifying import Question
from warmhandoff.web.forms.listing import fact_field, fact_initial, fact_value

_STILL, _CHANGED = ("still", "Still true"), ("changed", "It is now:")


class CallForm(forms.Form):
    """For each fact: still true, changed to, or (left alone) not asked."""

    def __init__(self, data: Any = None, *, questions: Sequence[Question]) -> None:
        super().__init__(data)
        self.questions = questions
        for question in questions:
            known = question.value is not None
            self.fields[f"how_{question.field}"] = forms.ChoiceField(
                label=f"{question.label}: they say", required=False, widget=forms.RadioSelect,
                choices=[("", "Not asked"), *([_STILL] if known else []), _CHANGED],
            )  # fmt: skip
            made = fact_field(question.field, question.value)
            made.label, made.required = f"{question.label}: now", False
            made.initial = fact_initial(question.field, question.value)
            self.fields[question.field] = made

    @property
    def lines(self) -> list[tuple[Question, forms.BoundField, forms.BoundField]]:
        """Each question with its two fields."""
        return [(question, self[f"how_{question.field}"], self[question.field]) for question in self.questions]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not any(given.get(f"how_{question.field}") for question in self.questions) and not self.errors:
            raise forms.ValidationError("Say of at least one fact what you heard, or that nobody answered.")
        return given

    def still(self) -> list[str]:
        return [q.field for q in self.questions if self.cleaned_data[f"how_{q.field}"] == "still"]

    def changed(self) -> dict[str, Any]:
        return {
            q.field: fact_value(q.field, self.cleaned_data[q.field])
            for q in self.questions if self.cleaned_data[f"how_{q.field}"] == "changed"
        }  # fmt: skip


class ReportForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=list(GHOSTS.items()), widget=forms.RadioSelect)
    words = forms.CharField(
        label="In a few words", required=False, max_length=500,
        help_text="For your practice alone. Nothing about a client.",
    )
