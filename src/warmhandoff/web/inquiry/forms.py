"""What colleagues without an account answer with: a tap and a line where that is enough."""

from __future__ import annotations

from typing import Any

from django import forms

from warmhandoff.referrals.inquiry_answers import InquiryAnswer
from warmhandoff.referrals.posting import LONGEST, Reply
from warmhandoff.web.forms.need import choices_of


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AnswerForm(forms.Form):
    """Any of the four answers; the fields are those of its kind."""

    kind = ""

    def answer(self) -> InquiryAnswer:
        given: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return InquiryAnswer(self.kind, **{**given, "formats": tuple(given.get("formats") or ())})


class YesForm(AnswerForm):
    kind = "yes"
    openings = forms.CharField(
        label="First openings", max_length=400, help_text="For example: Thursday at 5 pm, or Monday at noon.",
        widget=_area(2), required=False,
    )
    first_on = forms.DateField(
        label="The first day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    fee = forms.CharField(label="Fee, or plans", max_length=200, required=False)
    formats = forms.MultipleChoiceField(
        label="How", required=False, widget=forms.CheckboxSelectMultiple, choices=lambda: choices_of("formats")
    )
    words = forms.CharField(label="Anything else", max_length=1000, required=False, widget=_area(2))


class WaitForm(AnswerForm):
    kind = "waitlist"
    weeks = forms.IntegerField(label="About how many weeks?", min_value=1, max_value=104)
    words = forms.CharField(label="Anything else", max_length=1000, required=False, widget=_area(2))


class NoForm(AnswerForm):
    kind = "no"
    why = forms.ChoiceField(
        label="Why", choices=lambda: [("", "Choose a reason"), *choices_of("decline_reasons")]
    )
    words = forms.CharField(
        label="A kind word, or a name to try", max_length=1000, required=False, widget=_area(2)
    )


class QuestionForm(AnswerForm):
    kind = "question"
    question = forms.CharField(label="Your question", max_length=1000, widget=_area(3))


FORMS: dict[str, type[AnswerForm]] = {form.kind: form for form in (YesForm, WaitForm, NoForm, QuestionForm)}


class ReplyForm(forms.Form):
    """A colleague who read a need post says who she is and when she has room."""

    name = forms.CharField(label="Your name", max_length=LONGEST["name"])
    practice = forms.CharField(label="Practice", max_length=LONGEST["practice"], required=False)
    phone = forms.CharField(
        label="Telephone", max_length=LONGEST["phone"], required=False,
        help_text="A number or a mail address, or both.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(label="Mail", max_length=LONGEST["email"], required=False)
    openings = forms.CharField(label="First openings", max_length=LONGEST["openings"], required=False)
    words = forms.CharField(
        label="What you would like to add", max_length=LONGEST["words"], required=False, widget=_area(3),
        help_text="How you work, plans and fee. Please name no client of yours.",
    )

    def reply(self) -> Reply:
        return Reply(**self.cleaned_data)
