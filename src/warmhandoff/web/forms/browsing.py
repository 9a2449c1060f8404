"""What is looked for in the directory, out of an address and into one.

It is about the directory and nobody's client: who looks for a client's sake uses "Find someone", which travels in
bodies alone.
"""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from warmhandoff.directory.browsing import Asked
from warmhandoff.directory.lists import LONGEST_NAME, ListView
from warmhandoff.directory.words import FACETS
from warmhandoff.exports.files import FORMS

SCOPES = {"network": "Your network", "shared": "Shared by this server", "all": "Everyone"}
_LONGEST = 200


def asked_in(given: QueryDict, within: frozenset[int] | None = None) -> Asked:
    """What an address asks for; what makes no sense in it is passed over. `within`: the listings of its list."""
    scope, page = given.get("scope", ""), given.get("page", "")
    facets = {name: given.get(name, "")[:_LONGEST] for name in FACETS}
    return Asked(
        words=given.get("q", "")[:_LONGEST], scope=scope if scope in SCOPES else "network",
        facets={name: code for name, code in facets.items() if code},
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1, within=within,
    )  # fmt: skip


def address_of(asked: Asked, chosen: ListView | None = None) -> str:
    """The query of an address that asks the same, in the same list, but for the page."""
    made = QueryDict(mutable=True)
    made.update({"q": asked.words, "scope": asked.scope, **asked.facets})
    if chosen:
        made["list"] = str(chosen.id)
    return made.urlencode()


class ListForm(forms.Form):
    name = forms.CharField(label="Name", max_length=LONGEST_NAME, help_text="Nothing about a client.")
    shared = forms.BooleanField(
        label="Share it with the practice", required=False,
        help_text="Then everyone in the practice sees it, puts listings on it and takes them off.",
    )


class ExportForm(forms.Form):
    what = forms.ChoiceField(
        label="What", choices=[("network", "Your network, as you know it"), ("shared", "What this server shares")]
    )
    form = forms.ChoiceField(
        label="As", choices=[(f"{kind}{ending}", form.title) for (kind, ending), form in FORMS.items()]
    )
    sure = forms.BooleanField(
        label="I know that nobody looks after the file once it has left",
        help_text="Keep it where your other lists are.",
    )
