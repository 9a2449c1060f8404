"""Forms of the network: what is expected, whom one met, what one means to do."""

from __future__ import annotations

from django import forms

from warmhandoff.network.expecting import MOST_A_YEAR
from warmhandoff.web.forms.need import NeedForm


class ExpectedForm(NeedForm):
    """A kind of need and how often it comes. The words of a need, with nobody in them."""

    a_year = forms.IntegerField(label="How many a year", min_value=1, max_value=MOST_A_YEAR, initial=4)
    zip = forms.CharField(
        label="ZIP code", max_length=5, widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        help_text="About where they will be during sessions.",
    )
    MAIN = ("a_year", *NeedForm.MAIN)
