"""The forms of the inbox: a call logged in half a minute, and what the sender was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.receiving import THANKS
from warmhandoff.rules.incoming import CAME_BY, SENDERS, THREE_QUESTIONS
from warmhandoff.web.forms.kindness import AS_IT_IS, ask_for_kinder
from warmhandoff.web.forms.need import choices_of


def _area(label: str, hint: str = "", *, rows: int = 3, most: int = 2000, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=most, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


def _line(label: str, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, max_length=400, required=False)


def _yes_or_no(name: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=THREE_QUESTIONS[name], choices=[("yes", "Yes"), ("no", "No")], required=False, widget=forms.RadioSelect
    )


_FIRST = ("from_name", "about", "urgent")


class LogForm(forms.Form):
    """Two fields are needed; the others are there for what was said anyway."""

    from_name = forms.CharField(
        label="Who sends", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="The colleague or office; or the client, when she calls herself.",
    )
    urgent = forms.BooleanField(label="It cannot wait for days", required=False)
    about = _area("What is looked for", "In their words. The client's name is not needed.", rows=4, most=4000)
    came_by = forms.ChoiceField(label="How it came", choices=list(CAME_BY.items()), initial="phone", required=False)
    from_kind = forms.ChoiceField(
        label="Who that is", choices=list(SENDERS.items()), initial="colleague", required=False
    )
    from_contact = _line("Where to reach them", "A number, an address, when to call.")
    client_name = _line("The client's name", "Only if they told it, and you need it to answer.")
    to_member = forms.ChoiceField(label="For whom", required=False)
    received_at = forms.DateTimeField(
        label="When it came", required=False, help_text="Left empty: just now. The promise counts from here.",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self, *args: Any, members: Sequence[tuple[str, str]], urgent_hours: int | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        if urgent_hours is None:
            del self.fields["urgent"]
        else:
            self.fields["urgent"].help_text = f"Someone here looks at it within {urgent_hours} working hours."
        self.fields["to_member"].choices = list(members)  # type: ignore[attr-defined]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _FIRST if name in self.fields]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in _FIRST]

    @property
    def more_is_used(self) -> bool:
        return any(field.errors or (self.is_bound and field.data) for field in self.more_fields)

    def received(self, zone: ZoneInfo) -> datetime | None:
        """When it came, by the practice's clock: what was typed bears no zone of its own."""
        typed: datetime | None = self.cleaned_data["received_at"]
        return typed.replace(tzinfo=zone) if typed else None


class MoveForm(forms.Form):
    """Whatever moves an incoming referral carries how many moves it had when the page was drawn."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AnswerForm(MoveForm):
    """One of the four answers; `kind` says which."""

    kind = ""

    def answer(self) -> Answer:
        no_facts = ("seen", AS_IT_IS, *THREE_QUESTIONS)
        facts: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if name not in no_facts}
        return Answer(self.kind, **facts)


class AcceptForm(AnswerForm):
    kind = "accept"
    openings = _area("First openings you named", "For example: Thursday at 5 pm, or Monday at noon.", rows=2, most=400)
    methods = _line("How you work")
    fees = _line("Fees and plans")
    limits = _line("Limits", "What you cannot offer, if that matters here.")
    expectations = _line("What you expect", "For example: forms to fill in first.")
    can = _yes_or_no("can")
    room = _yes_or_no("room")
    want = _yes_or_no("want")

    def clean(self) -> None:
        """A yes in spite of a no to one of the three is asked about once; then the writer decides."""
        against = [words for name, words in THREE_QUESTIONS.items() if self.cleaned_data.get(name) == "no"]
        if against and not self.data.get(self.add_prefix(AS_IT_IS)):
            self.fields[AS_IT_IS] = forms.BooleanField(label="Say yes all the same", required=False)
            self.add_error(None, f"You said no to “{against[0]}” A yes needs all three. Others may serve them better, "
                                 "and a yes tells the sender to send more like this.")

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in THREE_QUESTIONS]


class AskForm(AnswerForm):
    kind = "ask"
    question = _area("Your question", "Asking is no declining. An answer is still owed, from today on.")


class WaitForm(AnswerForm):
    kind = "waitlist"
    weeks = forms.IntegerField(
        label="About how many weeks?", min_value=1, max_value=104, help_text="Then it comes back to this inbox."
    )


class DeclineForm(AnswerForm):
    kind = "decline"
    decline_reason = forms.ChoiceField(
        label="Why not", choices=lambda: [("", "Choose a reason"), *choices_of("decline_reasons")]
    )
    words = _area(
        "Kind words you gave them", "What does fit you, or a name to try: “not me, but …”.", rows=3, most=1000,
        required=False,
    )

    def clean(self) -> None:
        ask_for_kinder(self, "words")


class HearBackForm(MoveForm):
    words = _area("What they said", rows=4)


class HandOnForm(MoveForm):
    colleague = forms.ChoiceField(label="Colleague")

    def __init__(self, *args: Any, colleagues: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["colleague"].choices = [("", "Choose a colleague"), *colleagues]  # type: ignore[attr-defined]


class ThankForm(MoveForm):
    words = _area(
        "Your words", "They tell nobody whether someone came, and name no client.", rows=3, most=1000
    )

    def __init__(self, *args: Any, niche: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["words"].initial = f"{THANKS}\n\n{niche}" if niche else THANKS


ANSWERS: dict[str, type[AnswerForm]] = {form.kind: form for form in (AcceptForm, AskForm, WaitForm, DeclineForm)}
