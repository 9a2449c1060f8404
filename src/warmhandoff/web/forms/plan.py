"""The forms of a plan: where the harm is, one thing she could do, what got in the way, a condition of therapy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.referrals.conditions import NewCondition
from warmhandoff.referrals.plan_view import ItemView
from warmhandoff.referrals.plans import WAITING_LIST, NewItem
from warmhandoff.rules.plan import BANDS, Harm, proposals
from warmhandoff.rules.reasons import Catalogue
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.forms.reasons import choices as reason_choices

SEVERITIES = ((0, "0, none"), (1, "1, mild"), (2, "2, moderate"), (3, "3, severe"), (4, "4, extreme"))
REDUCTIONS = (("", "not this"), (1, "a little (1)"), (2, "somewhat (2)"), (3, "much (3)"), (4, "very much (4)"))


def _area(label: str, hint: str = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )


def _day(label: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class HarmsForm(forms.Form):
    """One band and one severity an area; what is left at "not there" is not kept."""

    def __init__(self, data: Any = None, *, harms: Mapping[str, Harm]) -> None:
        super().__init__(data)
        self.areas = vocabulary("harm_areas").codes
        for area in self.areas:
            words, known = vocabulary("harm_areas").label(area), harms.get(area)
            self.fields[f"band_{area}"] = forms.ChoiceField(
                label=words, choices=[("", "not there"), *BANDS.items()], required=False,
                initial=known.band if known else "",
            )  # fmt: skip
            self.fields[f"severity_{area}"] = forms.TypedChoiceField(
                label=f"{words}: how severe now", choices=SEVERITIES, coerce=int, required=False,
                empty_value=0, initial=known.severity if known else 0,  # type: ignore[arg-type]  # stubs say text
            )  # fmt: skip

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"band_{area}"], self[f"severity_{area}"]) for area in self.areas]

    def harms(self) -> dict[str, tuple[int, str]]:
        given = self.cleaned_data
        return {area: (given[f"severity_{area}"], given[f"band_{area}"]) for area in self.areas
                if given[f"band_{area}"]}


class ItemForm(forms.Form):
    """One thing she could do. Only its name is needed."""

    name = forms.CharField(label="What", max_length=120, help_text="For instance: a DBT group.")
    help = forms.ChoiceField(label="Kind of help", choices=lambda: choices_of("kinds"), initial="therapist")
    reason = forms.ChoiceField(label="Why", initial="recommended_practice")
    willingness = forms.IntegerField(
        label="How willing she is, 0 to 10", required=False, min_value=0, max_value=10,
        help_text="As she says herself; empty if not asked.",
    )
    waiting_list = forms.ChoiceField(label="A waiting list meanwhile", choices=list(WAITING_LIST.items()),
                                     required=False)
    goal = _area("Her goal that it serves", "In her words.")
    helps_our_work = _area("How it helps our work", "One sentence: it adds to it, and does not replace it.")
    purpose = _area("What it is for")
    beside = _area("The therapy step beside it", "What the two of you do meanwhile.")

    def __init__(self, *args: Any, known: Catalogue, **more: Any) -> None:
        super().__init__(*args, **more)
        kept = str((self.initial or {}).get("reason", ""))
        self.fields["reason"].choices = reason_choices(known, kept)  # type: ignore[attr-defined]
        for area in vocabulary("harm_areas"):
            self.fields[f"reduces_{area}"] = forms.TypedChoiceField(
                label=vocabulary("harm_areas").label(area), choices=REDUCTIONS, coerce=int, required=False,
                empty_value=0,  # type: ignore[arg-type]  # the stubs say text
            )  # fmt: skip

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "help", "reason", "willingness", "waiting_list")]

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("goal", "helps_our_work", "purpose", "beside")]

    @property
    def harm_fields(self) -> list[forms.BoundField]:
        return [self[f"reduces_{area}"] for area in vocabulary("harm_areas")]

    def new(self) -> NewItem:
        given = self.cleaned_data
        reduces = {area: given[f"reduces_{area}"] for area in vocabulary("harm_areas") if given[f"reduces_{area}"]}
        same = ("name", "help", "reason", "willingness", "waiting_list", "goal", "helps_our_work", "purpose", "beside")
        return NewItem(reduces=reduces, **{name: given[name] for name in same})


def initial_of_item(item: ItemView) -> dict[str, Any]:
    same = ("name", "help", "reason", "willingness", "waiting_list", "goal", "helps_our_work", "purpose", "beside")
    return {name: getattr(item, name) for name in same} | {f"reduces_{a}": by for a, by in item.reduces.items()}


class EndForm(forms.Form):
    """Why something is taken off; it may stay empty."""

    why = _area("Why, if you like")


class BarrierForm(forms.Form):
    """What got in the way, and the one next step that was agreed."""

    barrier = forms.ChoiceField(
        label="What got in the way", choices=lambda: [("", "choose"), *choices_of("barriers")]
    )
    words = _area("In her words")
    proposal = forms.ChoiceField(label="What next", widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, barrier: str = "") -> None:
        """barrier: what she named before, when she chose; it stands there from the start."""
        super().__init__(data, initial={"barrier": barrier} if barrier else None)
        if barrier:
            self.fields["barrier"].help_text = "She named this when she chose. Ask whether it still is that."
        told = str(self.data.get("barrier", "")) if self.is_bound else barrier
        shown = proposals(told if told in vocabulary("barriers") else "")
        self.fields["proposal"].choices = [(one.code, f"{one.label}. {one.words}") for one in shown]  # type: ignore[attr-defined]


class ConditionForm(forms.Form):
    """What has to be recorded before therapy depends on a service."""

    consulted = _area("With whom it was talked over", required=True)
    consulted_on = _day("When")
    risk = _area("The risk that makes it necessary", required=True)
    rationale = _area("Why therapy alone does not do", required=True)
    wording = _area("How you say it to her", "Kindly, and as support: what you go on doing with her.", required=True)
    review_on = _day("To be looked at again on")

    def new(self) -> NewCondition:
        return NewCondition(**self.cleaned_data)


class ReviewForm(forms.Form):
    again_on = _day("It goes on, until", "Empty: it ends.", required=False)
