"""The forms of supervision: a question, its answer, a co-signature."""

from __future__ import annotations

from django import forms

from warmhandoff.referrals.supervising import DECISIONS


def _area(label: str, hint: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AskForm(forms.Form):
    question = _area("Your question", "Part of the chart. What you reflect on for yourself belongs in the pause.")


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(label="Your answer", choices=list(DECISIONS.items()), widget=forms.RadioSelect)
    words = _area("In words")


class CoSignForm(forms.Form):
    agreed = forms.ChoiceField(
        label="Your decision", widget=forms.RadioSelect, choices=[("yes", "I co-sign it"), ("no", "I send it back")]
    )
    words = _area("What is to be changed", "Needed where you send it back.", required=False)
