"""The staff's forms for asking without a name: an inquiry, an answer taken by telephone, a need post, the warning."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from warmhandoff.referrals.inquiry_answers import InquiryAnswer
from warmhandoff.rules.inquiry import LONGEST_DAYS, LONGEST_POST, LONGEST_TEXT, POST_LIFE, USUAL_DAYS
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms.need import choices_of


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TextForm(forms.Form):
    """A text about the helper sought; `why` is asked where the check found something."""

    text = forms.CharField(
        label="What is looked for", max_length=LONGEST_TEXT, widget=_area(5),
        help_text="About the helper, not about her. Drafted from the need; change what you like.",
    )
    why = forms.CharField(
        label="Why it may go out as it is", required=False, max_length=500,
        help_text="Only where the check finds something. It stays in the record.",
    )


class InquiryForm(TextForm):
    listings = forms.MultipleChoiceField(label="Whom to ask", widget=forms.CheckboxSelectMultiple, required=False)
    consent_on = forms.DateField(
        label="She agreed to this on", required=False,
        help_text="Said aloud is enough: nobody learns who she is. Tell her what is asked, and of whom.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    consent_words = forms.CharField(label="In her words", required=False, max_length=500)
    days = forms.IntegerField(
        label="Business days to answer", min_value=1, max_value=LONGEST_DAYS, initial=USUAL_DAYS,
        help_text="After that, their silence is the next thing on the referral.",
    )
    by_hand = forms.BooleanField(
        label="Send no mail: I call them, or hand over the links", required=False,
    )

    def __init__(self, data: Any = None, *, whom: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["listings"].choices = whom  # type: ignore[attr-defined]


class PostForm(TextForm):
    days = forms.IntegerField(
        label="Days until the link ends", min_value=1, max_value=LONGEST_POST.days, initial=POST_LIFE.days
    )


ANSWERS = (
    ("yes", "Yes, they have room"), ("waitlist", "A waiting list"), ("no", "No room, or not for this"),
    ("question", "They ask something first"),
)  # fmt: skip


class InquiryAnswerForm(forms.Form):
    """What was said; which fields count depends on the answer."""

    kind = forms.ChoiceField(label="What they said", choices=ANSWERS, widget=forms.RadioSelect)
    openings = forms.CharField(
        label="First openings", required=False, max_length=400, help_text="For a yes. Thursday at 5 pm, for example."
    )
    first_on = forms.DateField(
        label="The first day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    fee = forms.CharField(label="Fee", required=False, max_length=200)
    formats = forms.MultipleChoiceField(
        label="How", required=False, widget=forms.CheckboxSelectMultiple, choices=lambda: choices_of("formats")
    )
    weeks = forms.IntegerField(
        label="About how many weeks to wait", required=False, min_value=1, max_value=104,
        help_text="For a waiting list.",
    )
    why = forms.ChoiceField(
        label="Why not", required=False, choices=lambda: [("", "Choose a reason"), *choices_of("decline_reasons")],
        help_text="For a no.",
    )
    question = forms.CharField(label="Their question", required=False, max_length=1000, widget=_area(2))
    words = forms.CharField(label="Anything else they said", required=False, max_length=1000, widget=_area(2))

    def answer(self) -> InquiryAnswer:
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return InquiryAnswer(**{**given, "formats": tuple(given.get("formats") or ())})


class QuestionForm(forms.Form):
    words = forms.CharField(
        label="Your answer", max_length=1000, widget=_area(3),
        help_text="It stands on their page. Nobody has her name yet: the check holds here too.",
    )


class AskingForm(forms.Form):
    share_at_least = forms.IntegerField(
        label="Warn where fewer people than this share what a text tells", min_value=1, max_value=10_000,
        help_text="An estimate from rough public figures. 20 is usual.",
    )


def said_in_words(facts: dict[str, Any]) -> str:
    """What goes with an answer, on one line."""
    first = facts.get("first_on")
    parts = [
        facts.get("openings", ""),
        f"first on {date.fromisoformat(first):%B} {date.fromisoformat(first).day}" if first else "",
        facts.get("fee", ""),
        " or ".join(vocabulary("formats").label(code) for code in facts.get("formats") or []),
        f"about {facts['weeks']} week{'' if facts['weeks'] == 1 else 's'}" if facts.get("weeks") else "",
        vocabulary("decline_reasons").label(facts["why"]) if facts.get("why") else "",
        facts.get("question", ""), facts.get("words", ""),
    ]  # fmt: skip
    return "; ".join(part for part in parts if part)
