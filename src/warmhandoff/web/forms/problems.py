"""From a refused action back to the form: each problem beside its field, with what was typed kept."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from warmhandoff.rules.refusals import BadInput


def tell(form: forms.BaseForm, refusal: BadInput, names: Mapping[str, str] | None = None) -> None:
    """Put each problem on its field, or on the whole form where the form has no such field.

    `names` says which of the form's fields stands for a field of the action; "place.zip" also matches "place".
    """
    for problem in refusal.problems:
        name = problem.field or ""
        known = (names or {}).get(name) or (names or {}).get(name.split(".")[0]) or name
        form.add_error(known if known in form.fields else None, sentence(problem.reason))


def sentence(reason: str) -> str:
    """"choose a day" -> "Choose a day."; what ends with a mark keeps it."""
    text = reason[:1].upper() + reason[1:]
    return text if text[-1:] in ".?!)" else f"{text}."
