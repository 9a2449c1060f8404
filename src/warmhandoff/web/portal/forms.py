"""What a client fills in: short, kind, and nothing of it is needed but the answer itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from warmhandoff.clients.queries import ReleaseCard
from warmhandoff.referrals.client_view import OptionCard
from warmhandoff.referrals.goals import GoalLine
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


_SWITCHED = {
    "choice_questions": ("likely", "barrier", "words", "share_words"),
    "helpers": ("helped_by", "helper", "helper_gets_list"),
}


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
    share_words = forms.BooleanField(
        required=False, label=_("You may share these words with the one I choose, once I have signed."),
    )
    helped_by = forms.ChoiceField(
        required=False, label=_("Did someone help you with this page?"), widget=forms.RadioSelect,
        choices=[
            ("", _("No")), ("interpreter", _("Someone put it into my language")),
            ("supporter", _("Someone I trust sat with me")), ("reader", _("Someone read it to me")),
        ],
    )
    helper = forms.CharField(
        required=False, max_length=120, label=_("Their name, if you like"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    helper_gets_list = forms.BooleanField(required=False, label=_("They may have a copy of my list."))

    def __init__(
        self, *args: Any, options: Sequence[OptionCard], on: Mapping[str, bool] | None = None, **more: Any
    ) -> None:
        """on: the practice's switches; what is off is not asked."""
        super().__init__(*args, **more)
        off = [name for code, names in _SWITCHED.items() if on is not None and not on[code] for name in names]
        for name in off:
            del self.fields[name]
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

    def more(self) -> list[Any]:
        """What she can tell beside her choice, in the order of the page; what the practice switched off is not there.

        The tick under her own words stands right below them.
        """
        names = ("who_calls", "likely", "barrier", "words", "share_words", "helped_by", "helper", "helper_gets_list")
        return [self[name] for name in names if name in self.fields]

    def said(self) -> dict[str, Any]:
        """What she told beside her choice, for the action."""
        given = self.cleaned_data
        return {
            "words": given.get("words", ""), "share_words": bool(given.get("share_words")),
            "likely": given.get("likely"), "barrier": given.get("barrier", ""),
            "who_calls": given.get("who_calls") or "client", "helped_by": given.get("helped_by", ""),
            "helper": given.get("helper", ""),
            "helper_gets_list": bool(given.get("helper_gets_list") and given.get("helped_by")),
        }

    def ranking(self) -> list[Any]:
        """The fields for second and further choices."""
        return [self[name] for name in self.places]


class SignForm(SeenForm):
    signed_name = forms.CharField(
        label=_("Your full name"), max_length=120, help_text=_("Typing your name here counts as signing."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    read = forms.BooleanField(label=_("I have read this, or someone read it to me."))


class NarrowForm(forms.Form):
    """What stays allowed: all of it is ticked, and can only be unticked."""

    classes = forms.MultipleChoiceField(label=_("You still allow"), widget=forms.CheckboxSelectMultiple)
    recipients = forms.MultipleChoiceField(label=_("They may still get it"), widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("You can choose an earlier day."),
    )

    def __init__(self, *args: Any, card: ReleaseCard, **more: Any) -> None:
        recipients = [(str(pk), name) for pk, name in zip(card.recipient_ids, card.recipients, strict=True)]
        initial = {
            "classes": card.classes, "recipients": [pk for pk, _name in recipients], "expires_on": card.expires_on,
        }
        super().__init__(*args, **{"initial": initial, **more})
        known = dict(_plain("information_classes"))
        self.fields["classes"].choices = [(code, known[code]) for code in card.classes]  # type: ignore[attr-defined]
        self.fields["recipients"].choices = recipients  # type: ignore[attr-defined]


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


def _at_most_ten(first: Any, last: Any) -> list[tuple[Any, Any]]:
    return [("", _("I would rather not say")), (0, first), *[(n, str(n)) for n in range(1, 10)], (10, last)]


class WaitingForm(forms.Form):
    comfort = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("How is the waiting for you?"),
        choices=_at_most_ten(_("0: very hard"), _("10: I am fine")),
    )  # fmt: skip
    words = forms.CharField(
        required=False, max_length=4000, label=_("Is there something else you need?"), help_text=NOT_READ,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"auto_id": "waiting-%s", **more})


class GoalsForm(forms.Form):
    """Her own goals, one field each: how far she got."""

    def __init__(self, *args: Any, goals: Sequence[GoalLine], **more: Any) -> None:
        super().__init__(*args, **{"auto_id": "goal-%s", **more})
        for one in goals:
            self.fields[f"score_{one.id}"] = forms.TypedChoiceField(
                required=False, coerce=int, empty_value=None, label=one.words, initial=one.hers,
                choices=_at_most_ten(_("0: not yet"), _("10: all the way")),
            )

    def scores(self) -> dict[UUID, int]:
        """What she told, by goal."""
        said = {UUID(name.removeprefix("score_")): value for name, value in self.cleaned_data.items()}
        return {goal_id: value for goal_id, value in said.items() if value is not None}
