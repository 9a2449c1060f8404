"""A need as a form: what need.json holds, in the words of the vocabularies, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import Vocabulary, vocabulary
from warmhandoff.web.forms.problems import tell
from warmhandoff.web.forms.widgets import SeveralSelects

Choices = list[tuple[str, Any]]
COMMON_LANGUAGES = ("en", "es", "zh", "vi", "tl", "ar", "ko", "fr", "ru", "ase")
PARTS_OF_DAY = ("morning", "midday", "afternoon", "evening")
# Which of the form's fields stands for a field of need.json that has another shape there.
FIELD_OF = {"place": "zip", "payment": "payment", "payment.budget": "budget"}


def choices_of(name: str, *, by_label: bool = False) -> Choices:
    """The codes on offer of a vocabulary with their labels."""
    words: Vocabulary = vocabulary(name)
    found = [(code, words.label(code)) for code in words]
    return sorted(found, key=lambda pair: pair[1].casefold()) if by_label else found


def _payment_choices() -> Choices:
    plans = [(f"plan:{code}", label) for code, label in choices_of("plans", by_label=True)]
    return [("any", "Any way of paying"), ("budget", "Self-pay, up to an amount a session"), ("With a plan", plans)]


def _languages() -> Choices:
    return [(code, vocabulary("languages").label(code)) for code in COMMON_LANGUAGES]


def _several(name: str, label: str, hint: str = "", *, least: int = 2) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=lambda: choices_of(name, by_label=True), required=False, label=label, help_text=hint,
        widget=SeveralSelects(least=least),
    )


def _ticks(choices: Any, label: str, hint: str = "", *, required: bool = False) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices, required=required, label=label, help_text=hint, widget=forms.CheckboxSelectMultiple
    )


def _one_of(name: str, label: str, empty: str) -> forms.ChoiceField:
    return forms.ChoiceField(choices=lambda: [("", empty), *choices_of(name)], required=False, label=label)


class NeedForm(forms.Form):
    """What help is looked for. `need()` is the form of need.json; every field without a star may stay empty."""

    kind = forms.ChoiceField(label="Kind of help", choices=lambda: choices_of("kinds"), initial="therapist")
    level = forms.ChoiceField(label="Level of care", choices=lambda: choices_of("levels"), initial="outpatient")
    concerns = _several("concerns", "Must be able to help with", least=2)
    payment = forms.ChoiceField(label="Payment", choices=_payment_choices, initial="any")
    budget = forms.DecimalField(
        label="Most she can pay a session, in dollars", required=False, min_value=0, max_value=100_000,
        decimal_places=2, help_text="Only with self-pay.",
    )
    accepts_out_of_network = forms.BooleanField(
        label="Out of network is possible too", required=False, help_text="Only with a plan."
    )
    zip = forms.CharField(
        label="ZIP code", max_length=5, widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        help_text="Where she will be during sessions.",
    )
    formats = _ticks(lambda: choices_of("formats"), "Format", required=True)
    radius_miles = forms.FloatField(
        label="Within how many miles", required=False, min_value=0.1, max_value=12_500, initial=20,
        help_text="For sessions in person.",
    )
    age_group = _one_of("age_groups", "Age group", "Any age")
    participants = _one_of("participants", "Who takes part", "Not said")
    languages = _ticks(_languages, "Sessions in", "One of these is enough. None ticked: any language.")
    other_language = forms.ChoiceField(
        choices=lambda: [("", "none"), *choices_of("languages", by_label=True)], required=False,
        label="Or in another language",
    )
    times = _ticks(lambda: choices_of("times"), "Times that work", "One of these is enough.")
    concerns_wished = _several("concerns", "Good to have: experience with", least=1)
    modalities_must = _several("modalities", "Must offer this method", least=1)
    modalities_wished = _several("modalities", "Good to have: this method", least=1)
    identities_must = _several("identities", "Must be, because the client asked for it", least=1)
    identities_wished = _several("identities", "Good to have: is", least=1)
    access = _ticks(lambda: choices_of("access"), "Access needs")
    max_wait_days = forms.IntegerField(
        label="A waiting list is fine, up to days", required=False, min_value=0, max_value=3650,
        help_text="Empty: only those with openings.",
    )

    MAIN: tuple[str, ...] = (
        "kind", "level", "concerns", "payment", "budget", "accepts_out_of_network", "zip", "formats", "radius_miles",
    )
    MORE = (
        "age_group", "participants", "languages", "other_language", "times", "concerns_wished", "modalities_must",
        "modalities_wished", "identities_must", "identities_wished", "access", "max_wait_days",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        plan = str((self.initial or {}).get("payment", ""))
        field = self.fields["payment"]
        known = {code for code, _ in choices_of("plans")}
        given = str(self.data.get("payment", "")) if self.is_bound else plan
        for value in {plan, given}:  # plan codes are data of each server: one without a label must survive the form
            if value.startswith("plan:") and value[5:] not in known:
                field.choices = [*_payment_choices(), (value, value[5:])]  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    @property
    def more_is_used(self) -> bool:
        """Whether the folded part has something to show: then it is open."""
        return any(bool(self[name].value()) or bool(self[name].errors) for name in self.MORE)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("payment") == "budget" and given.get("budget") is None:
            self.add_error("budget", "How much can she pay a session?")
        if "in_person" in (given.get("formats") or ()) and given.get("radius_miles") is None:
            self.add_error("radius_miles", "How far can she travel?")
        return given

    def need(self) -> dict[str, Any]:
        """The need in the form of need.json; only what was asked for. Call it on a valid form."""
        given = self.cleaned_data
        need: dict[str, Any] = {
            "kind": given["kind"], "level": given["level"], "payment": payment_of(given),
            "place": {"zip": given["zip"]}, "formats": given["formats"],
        }
        if "in_person" in given["formats"]:
            need["radius_miles"] = given["radius_miles"]
        languages = [*given["languages"], given["other_language"]]
        need["languages"] = list(dict.fromkeys(code for code in languages if code))
        same = ("concerns", "concerns_wished", "modalities_must", "modalities_wished", "identities_must",
                "identities_wished", "access", "times", "age_group", "participants", "max_wait_days")
        need |= {name: given[name] for name in same}
        return {name: value for name, value in need.items() if value not in (None, "", [])}

    def tell(self, refusal: BadInput) -> None:
        """Show what an action refused, each problem at its field."""
        tell(self, refusal, FIELD_OF)


def payment_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The payment of need.json, from the form's fields payment, budget and accepts_out_of_network."""
    form = given["payment"]
    if form == "any":
        return {"any": True}
    if form == "budget":
        return {"budget": int(given["budget"] * 100)}
    plan: dict[str, Any] = {"plan": form.removeprefix("plan:")}
    return plan | ({"accepts_out_of_network": True} if given["accepts_out_of_network"] else {})


def initial_of(need: Mapping[str, Any]) -> dict[str, Any]:
    """A need in the form of need.json as the form's initial values."""
    payment, languages = dict(need.get("payment") or {}), list(need.get("languages") or [])
    initial = {name: value for name, value in need.items() if name in NeedForm.base_fields}
    initial["zip"] = (need.get("place") or {}).get("zip", "")
    initial["payment"] = "any"
    if payment.get("plan"):
        initial["payment"] = f"plan:{payment['plan']}"
        initial["accepts_out_of_network"] = bool(payment.get("accepts_out_of_network"))
    elif payment.get("budget") is not None:
        initial["payment"], initial["budget"] = "budget", payment["budget"] / 100
    initial["languages"] = [code for code in languages if code in COMMON_LANGUAGES]
    initial["other_language"] = next((code for code in languages if code not in COMMON_LANGUAGES), "")
    return initial
