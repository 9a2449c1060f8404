"""Words that may sound like rejection or blame: pointed out once, with kinder ones; then the writer decides."""

from __future__ import annotations

from django import forms

from warmhandoff.rules.conversation import flags

AS_IT_IS = "as_it_is"


def ask_for_kinder(form: forms.Form, name: str, language: str = "en") -> None:
    """From a form's `clean`: words of one field that may hurt are refused the first time, with a tick to keep them."""
    found = flags(str(form.cleaned_data.get(name) or ""), language)
    if found and not form.data.get(form.add_prefix(AS_IT_IS)):
        form.fields[AS_IT_IS] = forms.BooleanField(label="Keep these words as they are", required=False)
        form.add_error(name, [f"“{one.phrase}”: {one.why} Perhaps {one.kinder}." for one in found])
