"""What a client fills in: short, kind, and nothing of it is needed but the answer itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from warmhandoff.referrals.client_view import OptionCard
from warmhandoff.rules.vocab import vocabulary

PLACES = {2: _("My second choice"), 3: _("My third choice"), 4: _("My fourth choice"), 5: _("My fifth choice")}
NOT_READ = _("Nobody reads this right away. If you need help now, call or text 988.")


class SeenForm(forms.Form):
    """Carries how the referral looked when the page was drawn, so that a change in between is noticed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        # Several forms stand on one page: each has ids of its own.
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}-%s", **more})


def _plain(name: str) -> list[tuple[str, str]]:
    known, language = vocabulary(name), (get_language() or "en")[:2]
    words = [(code, known.plain(code, "es" if language == "es" else "en")) for code in known]
    return [(code, text[:1].upper() + text[1:]) for code, text in words]


def _barriers() -> list[tuple[str, Any]]:
    return [("", _("Nothing, or I would rather not say")), *_plain("barriers")]


class ChoiceForm(SeenForm):
    """The choice between options. The buttons say what it is: choose, none of these, and so on."""

    first = forms.ChoiceField(required=False, label=_("My choice"), widget=forms.RadioSelect)
    go_on = forms.BooleanField(
        required=False,
        label=_("If they have no room, ask the next one on my list. You do not have to check with me first."),
    )
    who_calls = forms.ChoiceField(
        required=False, initial="client", label=_("Who calls first?"), widget=forms.RadioSelect,
        choices=[
            ("client", _("I will call them")), ("recipient", _("They call me")),
            ("together", _("We call together, from my therapist's office")),
        ],
    )
    likely = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("How likely is it that you will go?"),
        choices=[
            ("", _("I would rather not say")), (0, _("0: I will not go")), *[(n, str(n)) for n in range(1, 10)],
            (10, _("10: I will go for sure")),
        ],
    )  # fmt: skip
    barrier = forms.ChoiceField(required=False, label=_("What might stop you?"), choices=_barriers)
    words = forms.CharField(
        required=False, max_length=4000, label=_("What I do not want to tell all over again"), help_text=NOT_READ,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, options: Sequence[OptionCard], **more: Any) -> None:
        super().__init__(*args, **more)
        names = [(str(option.listing_id), option.name) for option in options]
        self._field("first").choices = names
        self.places = [f"place_{place}" for place in range(2, min(len(names), max(PLACES)) + 1)]
        for name in self.places:
            self.fields[name] = forms.ChoiceField(
                required=False, label=PLACES[int(name[-1])], choices=[("", _("No one")), *names]
            )

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def ranked(self) -> list[int]:
        """Her order as listing ids; one named twice counts where it was named first."""
        named = [self.cleaned_data.get(name) for name in ("first", *self.places)]
        return list(dict.fromkeys(int(value) for value in named if value))

    def ranking(self) -> list[Any]:
        """The fields for second and further choices."""
        return [self[name] for name in self.places]


class SignForm(SeenForm):
    signed_name = forms.CharField(
        label=_("Your full name"), max_length=120, help_text=_("Typing your name here counts as signing."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    read = forms.BooleanField(label=_("I have read this, or someone read it to me."))


class BookForm(SeenForm):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}))

    def session_at(self, zone: str) -> datetime:
        """The instant of the first session, as clocks show it where the practice is."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], ZoneInfo(zone))


class CheckInForm(SeenForm):
    fits = forms.ChoiceField(
        label=_("Does it feel right for you?"), widget=forms.RadioSelect,
        choices=[("yes", _("Yes")), ("unsure", _("I am not sure yet")), ("no", _("No"))],
    )
    comfort = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("How at ease do you feel there?"),
        choices=[
            ("", _("I would rather not say")), (0, _("0: not at all")), *[(n, str(n)) for n in range(1, 10)],
            (10, _("10: very much")),
        ],
    )  # fmt: skip
    words = forms.CharField(
        required=False, max_length=4000, label=_("Is there something else you need?"), help_text=NOT_READ,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
