"""Words that may sound like rejection or blame: pointed out once, with kinder ones; then the writer decides."""

from __future__ import annotations

from django import forms

from warmhandoff.rules.conversation import flags

AS_IT_IS = "as_it_is"


def kind_words(form: forms.Form, name: str, language: str = "en") -> str:
    """The words of one field; refused the first time where some may hurt, with a tick to keep them all the same."""
    text = str(form.cleaned_data.get(name) or "")
    found = flags(text, language)
    if found and not form.data.get(form.add_prefix(AS_IT_IS)):
        form.fields[AS_IT_IS] = forms.BooleanField(label="Keep these words as they are", required=False)
        raise forms.ValidationError([f"“{one.phrase}”: {one.why} Perhaps {one.kinder}." for one in found])
    return text
