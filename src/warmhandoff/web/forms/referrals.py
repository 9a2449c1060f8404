"""The forms of a referral's staff pages. They say what is asked; what is refused, the actions decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from warmhandoff.rules.conversation import BEATS
from warmhandoff.rules.outcomes import grouped
from warmhandoff.rules.reasons import Catalogue
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms import reasons
from warmhandoff.web.forms.need import NeedForm, choices_of
from warmhandoff.web.forms.widgets import SeveralSelects

HOW = (("session", "In a session"), ("phone", "By phone"), ("video", "By video"))
WHO_CALLS = (("client", "She calls them"), ("recipient", "They may call her"), ("together", "We call together"))
TOLD_BY = (("session", "In session"), ("paper", "On paper"), ("phone", "By phone"))
HELPERS = (
    ("", "Nobody, or not said"), ("interpreter", "An interpreter"), ("supporter", "Someone she chose to have with her"),
    ("reader", "Someone read it to her"),
)
_SWITCHED = {
    "choice_questions": ("likely", "barrier", "words", "share_words"),
    "helpers": ("helped_by", "helper", "helper_gets_list"),
}
CHOICES = {
    "choose": "She chose",
    "choose_next": "She chose another one",
    "take_list": "She takes the list and calls by herself",
    "talk_first": "She wants to talk about it first",
    "ask_for_more": "She would like more names",
    "choose_none": "None of these",
    "not_now": "Not now",
}
PLACES = ((1, "1st choice"), (2, "2nd choice"), (3, "3rd choice"), (4, "4th choice"), (5, "5th choice"))
FITS = (("yes", "Yes, it fits"), ("unsure", "Not sure yet"), ("no", "No, it does not fit"))
TOLD = {
    "attended": "Yes, it took place", "missed": "No, it did not take place", "rather_not": "She would rather not say",
}
ANSWERS = {
    "accept": "Yes, they take her", "ask": "They have a question first", "waitlist": "A place on their waiting list",
    "decline": "No",
}


class Seen(forms.Form):
    """What moves a referral carries how many moves it had when the page was drawn: of two racers one wins."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _area(label: str, hint: str = "", *, rows: int = 4, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=20_000, widget=forms.Textarea(attrs={"rows": rows})
    )


def _day(label: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ReferralForm(NeedForm, Seen):
    """New referral, or another need: reason, what help, and the texts."""

    reason = forms.ChoiceField(
        label="Why someone else", choices=lambda: [("", "Choose a reason"), *reasons.choices()],
        help_text="For the chart. The client reads her own words for it, below.",
    )
    referral_kind = forms.ChoiceField(
        label="What it means for our work", required=False,
        choices=lambda: [("", "What is usual for this reason"), *choices_of("kinds_of_referral")],
    )
    client_reason = _area(
        "Why, in words for the client", "Plain, without fault. Left empty, she reads the usual words for this reason.",
        rows=3,
    )
    chart_reason = _area("Why, for the chart", "Private: never shown to the client or a recipient.", rows=3)
    hoped_for = _area("What she hopes for", "Goes along only if she allows it.", rows=3)
    other_reasons = forms.MultipleChoiceField(
        label="Other reasons", required=False, choices=reasons.flat_choices, widget=SeveralSelects(least=1),
        help_text="Beside the one above. What comes before options is asked for them as well.",
    )
    background = _area("Background worth telling once", "What is pertinent. Goes along only if she allows it.", rows=5)
    purpose = forms.ChoiceField(
        label="Purpose", choices=lambda: choices_of("purposes"), initial="same_service", required=False,
        help_text="A release names it.",
    )
    title = forms.CharField(
        label="Short name for lists", required=False, max_length=120, help_text="Left empty, made from the need."
    )

    def __init__(self, *args: Any, known: Catalogue | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if known is not None:
            kept = str((self.initial or {}).get("reason", ""))
            offered = [("", "Choose a reason"), *reasons.choices(known, kept)]
            self.fields["reason"].choices = offered  # type: ignore[attr-defined]
            self.fields["other_reasons"].choices = reasons.flat_choices(known)  # type: ignore[attr-defined]

    def clean_purpose(self) -> str:
        return str(self.cleaned_data.get("purpose") or "same_service")

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("other_reasons", "hoped_for", "background", "chart_reason", "purpose", "title")]

    @property
    def texts_are_used(self) -> bool:
        return any(bool(field.value()) or bool(field.errors) for field in self.text_fields if field.name != "purpose")


class TalkForm(Seen):
    held_on = _day("When")
    how = forms.ChoiceField(label="How", choices=HOW, widget=forms.RadioSelect, initial="session")
    beats = forms.MultipleChoiceField(
        label="What was said", choices=list(BEATS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    how_taken = _area("How she took it", "Clinical: for those on her care team.")


class ChoiceForm(Seen):
    """What the client said. Ranks are one select an option; `kinds` are the choices her referral allows now."""

    kind = forms.ChoiceField(label="What she said", widget=forms.RadioSelect)
    go_on = forms.BooleanField(
        label="If the first does not answer or says no, the next may be asked without asking her again", required=False
    )
    told_by = forms.ChoiceField(label="How she told it", choices=TOLD_BY, widget=forms.RadioSelect, required=False,
                                initial="session")
    who_calls = forms.ChoiceField(label="Who makes the first call", choices=WHO_CALLS, widget=forms.RadioSelect,
                                  initial="client", required=False)
    likely = forms.IntegerField(
        label="How likely she is to go, 0 to 10", required=False, min_value=0, max_value=10,
        help_text="As she says herself; empty if not asked.",
    )
    barrier = forms.ChoiceField(
        label="What might get in the way", required=False,
        choices=lambda: [("", "Nothing named"), *choices_of("barriers")],
    )
    words = _area("What she does not want to tell again, in her words", "As she said it.", rows=3)
    share_words = forms.BooleanField(label="She lets these words go along to whom she chose", required=False)
    helped_by = forms.ChoiceField(label="Who helped her choose", choices=HELPERS, required=False)
    helper = forms.CharField(label="Name of the helper", required=False, max_length=120,
                             widget=forms.TextInput(attrs={"autocomplete": "off"}))
    helper_gets_list = forms.BooleanField(label="She allows that person a copy of the list", required=False)
    ask_on = _day("Next session", "If she takes the list: when to ask how it went. Left empty, in two weeks.",
                  required=False)

    def __init__(
        self, *args: Any, kinds: Sequence[str], options: Sequence[tuple[int, str]],
        on: Mapping[str, bool] | None = None, **more: Any,
    ) -> None:
        """on: the practice's switches; what is off is not asked."""
        super().__init__(*args, **more)
        self.options = list(options)
        off = [name for code, names in _SWITCHED.items() if on is not None and not on[code] for name in names]
        for name in [*off, *(() if "take_list" in kinds else ("ask_on",))]:
            del self.fields[name]
        self.fields["kind"].choices = [(code, CHOICES[code]) for code in kinds]  # type: ignore[attr-defined]
        places = [("", "not chosen"), *PLACES[: max(len(self.options), 1)]]
        for listing_id, name in self.options:
            self.fields[f"rank_{listing_id}"] = forms.TypedChoiceField(
                label=name, choices=places, coerce=int, required=False, empty_value=None
            )

    @property
    def rank_fields(self) -> list[forms.BoundField]:
        return [self[f"rank_{listing_id}"] for listing_id, _ in self.options]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        names = ("who_calls", "go_on", "ask_on", "likely", "barrier", "words", "share_words", "helped_by",
                 "helper", "helper_gets_list")
        return [self[name] for name in names if name in self.fields]

    def said(self) -> dict[str, Any]:
        """What she said beside the choice, for the action; what was not asked is left as unsaid."""
        given = self.cleaned_data
        return {
            "told_by": given.get("told_by") or "session", "go_on": given["go_on"], "words": given.get("words", ""),
            "share_words": bool(given.get("share_words")), "likely": given.get("likely"),
            "barrier": given.get("barrier", ""), "who_calls": given.get("who_calls") or "client",
            "helped_by": given.get("helped_by", ""), "helper": given.get("helper", ""),
            "helper_gets_list": bool(given.get("helper_gets_list")),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") in ("choose", "choose_next"):
            places = [given.get(f"rank_{listing_id}") for listing_id, _ in self.options]
            used = [place for place in places if place]
            if not used:
                self.add_error("kind", "Say which one is her first choice.")
            elif len(set(used)) != len(used):
                self.add_error("kind", "Two options have the same place.")
        return given

    def ranked(self) -> list[int]:
        """Listing ids, the first choice first; nothing where she did not choose."""
        if self.cleaned_data["kind"] not in ("choose", "choose_next"):
            return []
        places = {listing_id: self.cleaned_data[f"rank_{listing_id}"] for listing_id, _ in self.options}
        return sorted((one for one, place in places.items() if place), key=lambda one: places[one])


class TakeListForm(Seen):
    """She takes the list along: that is all, unless a day for asking is named."""

    ask_on = _day("Next session", "When to ask how it went. Left empty, in two weeks.", required=False)


class AnswerForm(Seen):
    """What the recipient said by phone or on paper."""

    delivery = forms.ChoiceField(label="Who answered")
    kind = forms.ChoiceField(label="Their answer", widget=forms.RadioSelect)
    openings = _area("First openings they named", "With a yes.", rows=2)
    fees = forms.CharField(label="Fees", required=False, max_length=300)
    expectations = _area("What they ask of the client or of you", rows=2)
    decline_reason = forms.ChoiceField(
        label="Why not", required=False, choices=lambda: [("", "choose"), *choices_of("decline_reasons")],
        help_text="With a no.",
    )
    weeks = forms.IntegerField(label="About how many weeks to wait", required=False, min_value=1, max_value=104,
                               help_text="With a waiting list.")
    question = _area("Their question", "With a question.", rows=3)
    words = _area("Anything else they said", rows=2)

    def __init__(self, *args: Any, kinds: Sequence[str], deliveries: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = [(code, ANSWERS[code]) for code in kinds]  # type: ignore[attr-defined]
        self.fields["delivery"].choices = list(deliveries)  # type: ignore[attr-defined]
        if len(deliveries) == 1:
            self.fields["delivery"].widget = forms.HiddenInput()
            self.initial.setdefault("delivery", deliveries[0][0])


class QuestionForm(Seen):
    words = _area("Your answer", "Only what her release covers: it goes to them.", required=True, rows=5)


class BookForm(Seen):
    day = _day("Day of the first session")
    time = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class AttendanceForm(Seen):
    told = forms.ChoiceField(label="Did the first session take place?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, kinds: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["told"].choices = [(code, TOLD[code]) for code in kinds]  # type: ignore[attr-defined]


class CheckInForm(Seen):
    fits = forms.ChoiceField(label="Does it fit?", choices=FITS, widget=forms.RadioSelect)
    comfort = forms.IntegerField(label="How comfortable she feels there, 0 to 10", required=False, min_value=0,
                                 max_value=10, help_text="Empty if she did not say.")
    words = _area("What she said", rows=3)
    needs_else = forms.BooleanField(label="She needs something else", required=False,
                                    help_text="It becomes the next step: talk with her.")


class WayForm(forms.Form):
    """Which way the packet goes to her next choice."""

    way = forms.ChoiceField(label="How it goes", widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, ways: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["way"].choices = list(ways)  # type: ignore[attr-defined]
        self.fields["way"].initial = ways[0][0] if ways else ""


class CloseForm(Seen):
    outcome = forms.ChoiceField(label="How it ended", widget=forms.RadioSelect)
    reason = forms.ChoiceField(label="What it came down to", required=False, help_text="If you like: it is counted.")
    why = _area("Why", "Needed where there was no first session.", rows=3)

    def __init__(self, *args: Any, outcomes: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        words = vocabulary("outcomes")
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (code, words.label(code)) for code in words if code in outcomes
        ]
        self.fields["reason"].choices = [("", "Not said"), *grouped(outcomes)]  # type: ignore[attr-defined]


class WhyForm(Seen):
    why = _area("Why", required=True, rows=3)


class PutOffForm(Seen):
    day = _day("The new day")
    why = _area("Why", required=True, rows=2)


class HandToForm(Seen):
    colleague = forms.ChoiceField(label="Colleague")

    def __init__(self, *args: Any, colleagues: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["colleague"].choices = [("", "choose"), *colleagues]  # type: ignore[attr-defined]


class PacketForm(forms.Form):
    """Which classes go into the packet, and which way it goes."""

    recipient = forms.TypedChoiceField(label="To", coerce=int)
    classes = forms.MultipleChoiceField(label="What goes along", widget=forms.CheckboxSelectMultiple,
                                        help_text="Nothing is ticked: choose what they need.")
    way = forms.ChoiceField(label="How it goes", widget=forms.RadioSelect)
    to = forms.EmailField(label="Their mail address", required=False,
                          help_text="For a link. Left empty, you hand the link over yourself.")

    def __init__(
        self, *args: Any, recipients: Sequence[tuple[int, str]], classes: Sequence[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["recipient"].choices = list(recipients)  # type: ignore[attr-defined]
        self.fields["classes"].choices = list(classes)  # type: ignore[attr-defined]

    def offer_ways(self, ways: Sequence[tuple[str, str]]) -> None:
        """The ways that lead to one of the recipients, the most direct first."""
        self.fields["way"].choices = list(ways)  # type: ignore[attr-defined]


class SendForm(PacketForm):
    """The order to send what the preview showed."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    attested = forms.BooleanField(label="Nothing of value is given or taken for this referral", required=False)
