"""Forms of the crisis path. None of them stands above the numbers, and next to nothing in them is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.referrals.crisis import ON_RELEASE, CrisisFacts
from warmhandoff.referrals.safety import MOST
from warmhandoff.rules.crisis import ANSWERS, WHEN, labels, table
from warmhandoff.rules.lawful import offered

SCREENING = "screening_"
_OFF = {"autocomplete": "off"}


def _area(label: str, hint: str = "", *, rows: int = 3, most: int = 20_000) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=False, max_length=most, widget=forms.Textarea(attrs={"rows": rows})
    )


class PlaceForm(forms.Form):
    place = forms.CharField(
        label="Where she is now", required=False, max_length=80, widget=forms.TextInput(attrs=_OFF),
        help_text="A ZIP code, or a country. It can be left out; it is not written down here.",
    )


class CrisisForm(forms.Form):
    """What was found and done. The six questions stand under their short names; their wording is the scale's own."""

    done = forms.MultipleChoiceField(
        label="What was done", required=False, choices=lambda: list(labels("done").items()),
        widget=forms.CheckboxSelectMultiple,
    )
    words = _area("In a few words", "What happened, who was there, what was agreed.")
    judgment = _area("Your judgment", "How you see the danger, and why. It stands above any screener.", rows=2)
    recipient = forms.CharField(label="Who outside was told", max_length=300, required=False,
                                widget=forms.TextInput(attrs=_OFF))
    told = _area("What they were told, and why", "Only what was needed.", rows=2, most=4000)
    basis = forms.ChoiceField(label="On what ground", required=False)
    place = forms.CharField(label="Where she was", required=False, max_length=300,
                            widget=forms.TextInput(attrs=_OFF))

    def __init__(self, *args: Any, for_treatment: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["basis"].choices = [  # type: ignore[attr-defined]
            ("", "To complete later"),
            *[(code, f"{one.label} ({one.source})") for code, one in offered(for_treatment=for_treatment).items()],
            (ON_RELEASE, labels("basis")[ON_RELEASE]),
        ]
        for code, asks in labels("question").items():
            self.fields[SCREENING + code] = forms.ChoiceField(
                label=asks, required=False, initial="not_asked",
                choices=list((WHEN if code == "behavior" else ANSWERS).items()),
            )

    @property
    def screening_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(SCREENING)]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("done", "words", "judgment")]

    @property
    def telling_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("recipient", "told", "basis", "place")]

    def facts(self) -> CrisisFacts:
        given = self.cleaned_data
        screening = {code: given[SCREENING + code] for code in labels("question") if given[SCREENING + code]}
        return CrisisFacts(
            place=given["place"], screening=screening, judgment=given["judgment"], done=given["done"],
            words=given["words"], recipient=given["recipient"], told=given["told"], basis=given["basis"],
        )


class FollowUpForm(forms.Form):
    words = _area("How she is", "A word or two. Needed once you reached her.", rows=2)


class SafetyPlanForm(forms.Form):
    """The parts of the plan in their order, in her own words; `seen` is the version that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    shared = forms.BooleanField(
        label="She may read it on her own page", required=False,
        help_text="Ask her first: someone else may look at her phone.",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for number, (code, label) in enumerate(labels("part").items(), 1):
            self.fields[code] = _area(f"{number}. {label}", rows=2, most=MOST)
        self.order_fields(["seen", *labels("part"), "shared"])

    def parts(self) -> Mapping[str, str]:
        return {code: self.cleaned_data[code] for code in labels("part")}


class PracticeTextForm(forms.Form):
    text = _area("Text", rows=8)
    reviewed_on = forms.DateField(
        label="Last read by whoever answers for it", required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def text_forms() -> dict[str, Mapping[str, str]]:
    """The practice's own texts: code -> label, hint and what stands there while it is empty."""
    return {entry["code"]: entry for entry in table()["text"]}
