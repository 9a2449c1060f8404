"""Forms of the receiving side beside the answers: names of others, what comes after a yes, and one's own room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from warmhandoff.referrals.redirecting import Redirect
from warmhandoff.referrals.room import RoomGiven
from warmhandoff.rules.incoming import FITS
from warmhandoff.web.forms.kindness import ask_for_kinder
from warmhandoff.web.forms.need import choices_of

_NEWS = (("progress", "How it goes"), ("paused", "Paused, not ended: how they come back"))


def _area(label: str, hint: str = "", *, required: bool = True, most: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=most, required=required, widget=forms.Textarea(attrs={"rows": 3})
    )


def _day(label: str, hint: str = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=hint, required=required, widget=widget)


class RedirectForm(forms.Form):
    """Why not us, and words to go with the names; which names comes from the ticks."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    decline_reason = forms.ChoiceField(
        label="Why not us", choices=lambda: choices_of("decline_reasons"), initial="outside_niche"
    )
    words = _area(
        "Words to go with the names", "Why these, and what does fit you: “send me more of …”.", required=False,
        most=1000,
    )

    def clean(self) -> None:
        ask_for_kinder(self, "words")

    def given(self, listings: list[int]) -> Redirect:
        return Redirect(listings, self.cleaned_data["decline_reason"], self.cleaned_data["words"])


class SessionForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    day = _day("Day", required=True)
    time = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def session_at(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], zone)


class ToldForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    told = forms.ChoiceField(choices=[("attended", "Yes"), ("missed", "No")])


class RecheckForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    fits = forms.ChoiceField(label="Does it fit?", choices=list(FITS.items()), widget=forms.RadioSelect)
    words = _area("What you noticed", "For yourself and your supervisor; sent nowhere.", required=False)


class ReturnForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    words = _area("How they come back", "When, or after what; with whom they stay meanwhile. Sent nowhere from here.")


class NewsForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    about = forms.ChoiceField(label="What is it", choices=_NEWS, widget=forms.RadioSelect, initial="progress")
    words = _area("A few words", "No more than the sender needs. It goes while the client's permission lets it.")


AFTER: dict[str, type[forms.Form]] = {
    "book": SessionForm, "tell_session": ToldForm, "recheck": RecheckForm, "pause": ReturnForm, "news": NewsForm,
}


class RoomForm(forms.Form):
    """Her own word on her room."""

    accepting = forms.ChoiceField(label="New clients", choices=lambda: choices_of("accepting"))
    wait_days = forms.IntegerField(
        label="Days to a first appointment", required=False, min_value=0, max_value=3650,
        help_text="From the first call.",
    )
    seeing = forms.IntegerField(
        label="How many you see now", required=False, min_value=0, max_value=3650, help_text="Told to nobody outside."
    )
    at_most = forms.IntegerField(
        label="How many you would see at most", required=False, min_value=0, max_value=3650,
        help_text="With the number before: how many openings your listing names.",
    )
    away_from = _day("Away from", "A vacation or a pause: it has an end.")
    away_until = _day("Away until", "The last day. After it, your listing is asked anew.")

    def given(self) -> RoomGiven:
        return RoomGiven(**self.cleaned_data)

    @staticmethod
    def initial_of(given: RoomGiven) -> dict[str, Any]:
        return dict(vars(given))
