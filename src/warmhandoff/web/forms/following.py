"""Forms of what follows after a referral was sent: check-ins and goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from warmhandoff.referrals.goals import GoalLine
from warmhandoff.rules.check_ins import HOW

SCORES = [("", "Not said"), *[(n, str(n)) for n in range(11)]]


class AgreeForm(forms.Form):
    how = forms.ChoiceField(
        label="She agrees to be asked", widget=forms.RadioSelect, choices=[*HOW.items(), ("no", "No, or not any more")]
    )


class WaitingForm(forms.Form):
    comfort = forms.IntegerField(label="How she is with the waiting, 0 to 10", required=False, min_value=0,
                                 max_value=10, help_text="10 is very well. Empty if she did not say.")
    words = forms.CharField(label="What she said", required=False, max_length=4000,
                            widget=forms.Textarea(attrs={"rows": 3}))
    needs_else = forms.BooleanField(label="She needs something else", required=False,
                                    help_text="It becomes the next step: talk with her.")


class GoalsForm(forms.Form):
    goals = forms.CharField(label="Goals, one a line", required=False, max_length=1200,
                            widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, goals: Sequence[GoalLine], first: str, **more: Any) -> None:
        """goals: those to score now. first: what she hopes for, as a start where no goal was set."""
        super().__init__(*args, **more)
        if first:
            self.fields["goals"].help_text = f"She hopes for: {first}"
        for one in goals:
            hers = "" if one.hers is None else f"She says {one.hers}."
            self.fields[f"score_{one.id}"] = forms.TypedChoiceField(
                label=f"Reached, 0 to 10: {one.words}", required=False, coerce=int, empty_value=None, choices=SCORES,
                initial=one.ours, help_text=hers,
            )

    def scores(self) -> dict[UUID, int]:
        """What was scored differently from before, by goal."""
        said = {name: self.cleaned_data[name] for name in self.fields if name.startswith("score_")}
        changed = {name: value for name, value in said.items() if value is not None and name in self.changed_data}
        return {UUID(name.removeprefix("score_")): value for name, value in changed.items()}
