"""How much each wish counts in matching: one number a term."""

from __future__ import annotations

from typing import Any

from django import forms

from warmhandoff.matching import DEFAULT_WEIGHTS
from warmhandoff.matching.types import WEIGHT_MAX
from warmhandoff.web.explaining import TERMS
from warmhandoff.web.forms.referrals import Seen


class WeightsForm(Seen):
    """A field a term, named as the engine names it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for term, usual in DEFAULT_WEIGHTS.items():
            self.fields[term] = forms.IntegerField(
                label=TERMS[term], min_value=0, max_value=WEIGHT_MAX, help_text=f"Usually {usual}.",
            )

    def weights(self) -> dict[str, int]:
        """Term -> number, as typed."""
        return {term: self.cleaned_data[term] for term in DEFAULT_WEIGHTS}
