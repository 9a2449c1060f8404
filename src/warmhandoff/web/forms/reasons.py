"""The reasons for a referral as a form offers them, and the form of one step that comes before options."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from warmhandoff.referrals.reason_list import NewReason
from warmhandoff.referrals.reasoning import Before, StepAnswer
from warmhandoff.rules.reasons import Asked, Catalogue, Step, catalogue
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms.need import NeedForm, initial_of, payment_of
from warmhandoff.web.forms.widgets import SeveralSelects

ANSWERS = (("", "not asked yet"), ("yes", "yes"), ("no", "no"))


def choices(known: Catalogue | None = None, keep: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """Every reason on offer, grouped. keep: one that is switched off but stands in the form already."""
    return (known or catalogue()).choices(keep=keep)


def flat_choices(known: Catalogue | None = None) -> list[tuple[str, str]]:
    return [pair for _, rows in choices(known) for pair in rows]


def usual_kind(reason: str, known: Catalogue | None = None) -> str:
    """The kind of referral this reason usually means."""
    return (known or catalogue()).reason(reason).kind


def plain_sentence(reason: str, language: str, known: Catalogue | None = None) -> str:
    """The reason as the client may read it: the catalogue's plain words as a sentence."""
    return (known or catalogue()).reason(reason).sentence(language)


def _field(asked: Asked) -> forms.Field:
    """The control of one thing that is written down; none is required."""
    same: dict[str, Any] = {"label": asked.label, "help_text": asked.hint, "required": False}
    if asked.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **same)
    if asked.kind == "tick":
        return forms.BooleanField(**same)
    if asked.kind == "ticks":
        return forms.MultipleChoiceField(choices=asked.choices, widget=forms.CheckboxSelectMultiple, **same)
    if asked.kind == "choice":
        return forms.ChoiceField(choices=[("", "not said"), *asked.choices], **same)
    return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **same)


class StepForm(forms.Form):
    """One step as its row in the catalogue says: fields of the need, what is written down, ways to stay."""

    def __init__(
        self, data: Any = None, *, step: Step, before: Before, need: Mapping[str, Any],
        listings: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(data, auto_id=f"{step.code}-%s", initial=_initial(step, before, need))
        self.step = step
        for name in step.need:
            self.fields[name] = copy.deepcopy(NeedForm.base_fields[name])
            self.fields[name].required = False
        for asked in step.record:
            self.fields[asked.name] = _field(asked)
        for code in step.alternatives:
            self._add_alternative(code)
        if step.alternatives:
            self.fields["ask_client"] = forms.BooleanField(label="Ask her on her own page", required=False)
        if step.relation:
            self.fields["left_out"] = forms.MultipleChoiceField(
                label="Who shares the tie", choices=list(listings), required=False, widget=SeveralSelects(least=1),
                help_text="Left out of her options. So is everyone with whom you recorded a tie of the same kind.",
            )

    def _add_alternative(self, code: str) -> None:
        self.fields[f"ours_{code}"] = forms.ChoiceField(label="You say", choices=ANSWERS, required=False)
        self.fields[f"hers_{code}"] = forms.ChoiceField(label="She says", choices=ANSWERS, required=False)
        self.fields[f"note_{code}"] = forms.CharField(label="A note on it", required=False, max_length=500)

    @property
    def ways(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each way to stay with its three controls."""
        words = catalogue().alternatives
        return [(words[code].label, [self[f"{who}_{code}"] for who in ("ours", "hers", "note")])
                for code in self.step.alternatives]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """Everything but the ways to stay."""
        told = {field.name for _, fields in self.ways for field in fields}
        return [field for field in self.visible_fields() if field.name not in told]

    def answer(self) -> StepAnswer:
        """What was typed, for the action. Call it on a valid form."""
        given, step = self.cleaned_data, self.step
        facts = {asked.name: _plain(given[asked.name]) for asked in step.record}
        stay = {code: (given[f"ours_{code}"], given[f"hers_{code}"], given[f"note_{code}"])
                for code in step.alternatives}
        return StepAnswer(
            step.code, need=_need(step, given), facts=facts, stay=stay, ask_client=bool(given.get("ask_client")),
            left_out=[int(one) for one in given.get("left_out") or ()],
        )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _need(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the need this step asks, in the form of need.json."""
    asked: dict[str, Any] = {name: given.get(name) for name in step.need}
    if "payment" in asked and asked["payment"]:
        budget = given.get("budget")
        if asked["payment"] != "budget" or budget is not None:
            asked["payment"] = payment_of({"budget": budget, "accepts_out_of_network": False, **given})
        else:
            asked.pop("payment")
    asked.pop("budget", None)
    asked.pop("accepts_out_of_network", None)
    if "zip" in asked:
        place = asked.pop("zip")
        asked["place"] = {"zip": place} if place else None
    return {name: value for name, value in asked.items() if value not in (None, "", [])}


def _initial(step: Step, before: Before, need: Mapping[str, Any]) -> dict[str, Any]:
    initial = {name: value for name, value in initial_of(need).items() if name in step.need}
    initial |= before.facts.get(step.code, {})
    for code in step.alternatives:
        told = before.stay.get(code)
        initial |= {f"ours_{code}": told.ours if told else "", f"hers_{code}": told.hers if told else "",
                    f"note_{code}": before.notes.get(code, "")}
    return initial | {"ask_client": before.asked_client, "left_out": [str(one) for one in before.left_out]}


class OwnReasonForm(forms.Form):
    """A reason of the practice's own."""

    label = forms.CharField(label="For staff", max_length=120)
    plain = forms.CharField(
        label="For the client, in English", max_length=200,
        help_text="Plain and without fault, as the end of a sentence: “we have no openings now”.",
    )
    plain_es = forms.CharField(label="For the client, in Spanish", max_length=200)
    kind = forms.ChoiceField(
        label="What it usually means for our work", initial="transfer",
        choices=lambda: [(code, vocabulary("kinds_of_referral").label(code)) for code in vocabulary(
            "kinds_of_referral")],
    )
    before = forms.MultipleChoiceField(
        label="What to look at before options", required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(step.code, step.label) for step in catalogue().steps.values()],
    )

    def new(self) -> NewReason:
        return NewReason(**self.cleaned_data)
