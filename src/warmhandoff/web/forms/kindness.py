"""Words that may sound like rejection or blame: pointed out once, with kinder ones; then the writer decides."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext

from warmhandoff.rules.conversation import flags

AS_IT_IS = "as_it_is"


def ask_for_kinder(form: forms.Form, name: str, language: str = "en") -> None:
    """From a form's `clean`: words of one field that may hurt are refused the first time, with a tick to keep them."""
    found = flags(str(form.cleaned_data.get(name) or ""), language)
    if found and not form.data.get(form.add_prefix(AS_IT_IS)):
        form.fields[AS_IT_IS] = forms.BooleanField(label=gettext("Keep these words as they are"), required=False)
        form.add_error(name, [
            gettext("“{phrase}”: {why} Perhaps {kinder}.").format(phrase=one.phrase, why=one.why, kinder=one.kinder)
            for one in found
        ])
