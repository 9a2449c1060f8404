"""What a recipient answers with: two clicks where that is enough."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from warmhandoff.referrals.answering import Answer
from warmhandoff.web.forms.kindness import AS_IT_IS, ask_for_kinder


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AnswerForm(forms.Form):
    """Any of the four answers; which fields count depends on `kind`."""

    kind = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def answer(self) -> Answer:
        no_facts = ("seen", AS_IT_IS)
        facts: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if name not in no_facts}
        return Answer(self.kind, **facts)


class AcceptForm(AnswerForm):
    kind = "accept"
    openings = forms.CharField(
        label=_("First openings"), max_length=400, help_text=_("For example: Thursday at 5 pm, or Monday at noon."),
        widget=_area(2),
    )
    methods = forms.CharField(required=False, label=_("How you work"), max_length=400)
    fees = forms.CharField(required=False, label=_("Fees and plans"), max_length=400)
    limits = forms.CharField(
        required=False, label=_("Limits"), max_length=400, help_text=_("What you cannot offer, if that matters here.")
    )
    expectations = forms.CharField(
        required=False, label=_("What you expect"), max_length=400, help_text=_("For example: forms to fill in first.")
    )


class AskForm(AnswerForm):
    kind = "ask"
    question = forms.CharField(label=_("Your question"), max_length=2000, widget=_area(4))


class WaitForm(AnswerForm):
    kind = "waitlist"
    weeks = forms.IntegerField(label=_("About how many weeks?"), min_value=1, max_value=104)


class DeclineForm(AnswerForm):
    kind = "decline"
    decline_reason = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    words = forms.CharField(
        required=False, label=_("A kind word, or a name to try"), max_length=1000, widget=_area(3),
        help_text=_("The sender reads this. The reason reaches the client in plain words."),
    )

    def clean(self) -> None:
        ask_for_kinder(self, "words", (get_language() or "en")[:2])


FORMS: dict[str, type[AnswerForm]] = {form.kind: form for form in (AcceptForm, AskForm, WaitForm, DeclineForm)}


class NewsForm(forms.Form):
    """How it goes, back to the sender, while the client's release lets it."""

    about = forms.ChoiceField(
        label=_("What is it"), widget=forms.RadioSelect, initial="progress",
        choices=[("progress", _("How it goes")), ("paused", _("Paused, not ended: how they come back"))],
    )
    words = forms.CharField(
        label=_("A few words"), max_length=2000, widget=_area(3), help_text=_("No more than the sender needs.")
    )


class BookForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}))

    def session_at(self, zone: str) -> datetime:
        """The instant of the first session, as clocks show it where the sender is."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], ZoneInfo(zone))
