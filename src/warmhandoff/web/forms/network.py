"""Forms of the network: what is expected, whom one met, what one means to do."""

from __future__ import annotations

from django import forms

from warmhandoff.network.expecting import MOST_A_YEAR
from warmhandoff.rules.meeting import GOALS, ways
from warmhandoff.web.forms.need import NeedForm, choices_of


class ExpectedForm(NeedForm):
    """A kind of need and how often it comes. The words of a need, with nobody in them."""

    a_year = forms.IntegerField(label="How many a year", min_value=1, max_value=MOST_A_YEAR, initial=4)
    zip = forms.CharField(
        label="ZIP code", max_length=5, widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        help_text="About where they will be during sessions.",
    )
    MAIN = ("a_year", *NeedForm.MAIN)


def _day(label: str, hint: str = "", *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _words(label: str, hint: str = "", *, rows: int = 3, length: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=length, help_text=hint, widget=forms.Textarea(attrs={"rows": rows})
    )


class KnownForm(forms.Form):
    """What one knows of a colleague."""

    style = _words("How they work and are", "Quiet or lively, structured or free: what helps you see whom they suit.")
    fees = _words("What they said about fees", "In their words; the fee itself is a fact of the listing.", rows=2)
    next_on = _day("Be in touch again", "Everyone in the practice sees the day.")


class TouchForm(forms.Form):
    """Being in touch: to come, or done."""

    way = forms.ChoiceField(label="How", choices=lambda: [(way.code, way.label) for way in ways().values()])
    on = _day("Day", required=True)
    words = _words("Notes", "For you and your colleagues. Leave clients out.")
    relationship = forms.ChoiceField(
        label="How well you know them now", required=False, help_text="Only when it is done. Empty: met at least.",
        choices=lambda: [("", "As it is"), *choices_of("relationships")],
    )
    follow_up_on = _day("Write to them again on", "Only when it is done: a short note after a few days helps.")


class GroupForm(forms.Form):
    """A group or an event."""

    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="What it is", choices=[("group", "A group that meets"), ("event", "An event")])
    place = forms.CharField(label="Where", max_length=120, required=False)
    next_on = _day("Next on")
    notes = _words("Notes", rows=2)


class NicheForm(forms.Form):
    """What one does best."""

    text = forms.CharField(
        label="Whom you help best, and with what", required=False, max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences that a colleague can repeat from memory. Empty: none.",
    )


class GoalForm(forms.Form):
    """What one means to do a month; empty for none."""

    new = forms.IntegerField(label=GOALS["new"], required=False, min_value=0, max_value=31)
    touches = forms.IntegerField(label=GOALS["touches"], required=False, min_value=0, max_value=31)
