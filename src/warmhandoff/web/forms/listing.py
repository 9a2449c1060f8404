"""A listing's facts as a form, and back. What is left empty is not known: that is never the same as no."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from warmhandoff.directory.fields import FIELDS, FactField
from warmhandoff.directory.freshness import PLACE
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.forms.widgets import SeveralSelects

_HINTS = {
    "fee": "In dollars.",
    "sliding_floor": "In dollars.",
    "plans": "Nothing ticked: not known.",
    "licensed_states": "For telehealth, what counts is the licence where the client is.",
    "licensed_until": "Like 2027-06-30. After that day the licence no longer counts as known.",
    "confidential": "No address and no distance is shown, also not to clients.",
    "about": "Shown to staff and on lists; nothing about any client.",
    "wait_days": "From the first call.",
    "paused_until": "Like 2027-01-15. Until then they stay closed; from then on we ask.",
}
_MONEY = ("fee", "sliding_floor")
_PICKED = ("languages", "licensed_states")  # many to choose from, few chosen
_YES_NO = [("", "Not known"), ("yes", "Yes"), ("no", "No")]

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Who", ("name", "credentials", "kind", "program_type", "levels", "about")),
    ("How to reach them", ("phone", "email", "website", "fax", "address", "city", "state", "zip", "confidential")),
    ("Openings", ("accepting", "paused_until", "wait_days", "openings")),
    ("Payment", ("plans", "other_plans", "out_of_network", "fee", "sliding_scale", "sliding_floor")),
    ("Sessions", ("formats", "times", "languages", "licensed_states", "licensed_until", "compacts", "access")),
    ("Whom they help", ("age_groups", "participants", "identities")),
    ("What they work with", ("treats",)),
    ("What they specialise in", ("specialises_in",)),
    ("Methods", ("modalities",)),
    ("Register", ("npi",)),
)


def _several(field: FactField, held: list[str]) -> forms.Field:
    name = field.vocabulary or "plans"
    choices = choices_of(name, by_label=name not in ("times", "age_groups", "levels"))
    known = {code for code, _ in choices}
    words = vocabulary(name)
    # What is stored stays on offer, also a code given up since: saving a form must not drop it.
    choices += [(code, words.label(code) if code in words else code) for code in held if code not in known]
    widget = SeveralSelects(least=2, most=20) if field.name in _PICKED else forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(choices=choices, required=False, widget=widget)


def _field(field: FactField, held: Any) -> forms.Field:
    if field.shape in ("codes", "plans"):
        return _several(field, list(held or []))
    if field.shape == "code":
        return forms.ChoiceField(choices=[("", "Not known"), *choices_of(field.vocabulary)], required=False)
    if field.shape == "flag":
        return forms.ChoiceField(choices=_YES_NO, required=False)
    if field.name in _MONEY:
        return forms.DecimalField(required=False, min_value=0, max_value=100_000, decimal_places=2)
    if field.shape == "whole":
        return forms.IntegerField(required=False, min_value=0, max_value=int(field.high))
    widget = forms.Textarea(attrs={"rows": 4}) if field.length > 300 else forms.TextInput()
    return forms.CharField(required=False, max_length=field.length, widget=widget)


def fact_field(name: str, held: Any) -> forms.Field:
    """The form field of one fact."""
    return _field(FIELDS[name], held)


def fact_initial(name: str, held: Any) -> Any:
    """What the field of a fact starts with, given the value held."""
    return None if held is None else _initial({name: held})[name]


def fact_value(name: str, given: Any) -> Any:
    """The fact's value, given what the form's field cleaned; None is not known."""
    return _value(FIELDS[name], given)


class ListingForm(forms.Form):
    """Every fact a person may enter. `facts()` is what the directory's actions take."""

    verified = forms.BooleanField(
        label="I have this from them, today", required=False, help_text="Then every fact below counts as checked today."
    )

    def __init__(
        self, data: Any = None, *, held: Mapping[str, Any] | None = None, initial: Mapping[str, Any] | None = None
    ) -> None:
        self.held = dict(held or {})
        super().__init__(data, initial={**_initial(self.held), **(initial or {})})
        for _, names in GROUPS:
            for name in names:
                self.fields[name] = self._made(name)

    def _made(self, name: str) -> forms.Field:
        if name == "other_plans":
            return forms.CharField(
                label="Other plans", required=False, max_length=2000, help_text="Names, with a comma between them."
            )
        made = _field(FIELDS[name], self.held.get(name))
        made.label, made.help_text = FIELDS[name].label, _HINTS.get(name, "")
        if name in PLACE and self.held.get("confidential"):
            made.help_text = "Kept confidential: what is held is not shown. Empty: unchanged."
        made.required = name in ("name", "kind")
        return made

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """Title, fields, and whether to show them at once: the first three always, others for something to mend."""
        drawn = []
        for place, (title, names) in enumerate(GROUPS):
            fields = [self[name] for name in names]
            filled = sum(bool(field.value()) for field in fields)
            title = f"{title} ({filled} of {len(fields)} known)" if place > 2 and len(fields) > 1 else title
            if len(fields) == 1 and isinstance(fields[0].value(), (list, tuple)):
                title = f"{title} ({len(fields[0].value())} ticked)"
            drawn.append((title, fields, place < 3 or any(field.errors for field in fields)))
        return drawn

    def facts(self) -> dict[str, Any]:
        """fact -> value; None is not known."""
        found: dict[str, Any] = {}
        for _, names in GROUPS:
            for name in names:
                if name != "other_plans":
                    found[name] = _value(FIELDS[name], self.cleaned_data[name])
        if self.held.get("confidential"):  # what is held of the place is not in the form: empty means unchanged
            found = {name: value for name, value in found.items() if name not in PLACE or value is not None}
        others = [plan.strip() for plan in self.cleaned_data["other_plans"].split(",") if plan.strip()]
        if others:
            found["plans"] = sorted({*(found["plans"] or []), *others})
        return found


def _value(field: FactField, given: Any) -> Any:
    if given in ("", None, []):
        return None
    if field.shape == "flag":
        return given == "yes"
    return int(given * 100) if field.name in _MONEY else given


def _initial(held: Mapping[str, Any]) -> dict[str, Any]:
    initial = dict(held)
    for name, value in held.items():
        if FIELDS[name].shape == "flag":
            initial[name] = "yes" if value else "no"
        elif name in _MONEY:
            initial[name] = Decimal(value) / 100
    return initial


def as_typed(typed: Mapping[str, list[str]]) -> dict[str, Any]:
    """What was typed into a draft, as the form shows it at first."""
    several = {name for name, field in FIELDS.items() if field.shape in ("codes", "plans")}
    return {name: values if name in several else values[0] for name, values in typed.items()}


class RelationForm(forms.Form):
    """What the practice knows of a listing; what it says of a tie is shown to clients."""

    relationship = forms.ChoiceField(label="How well you know them", choices=lambda: choices_of("relationships"))
    how_met = forms.CharField(label="How you met", required=False, max_length=200)
    excluded = forms.BooleanField(
        label="Set aside: never suggest this listing", required=False, help_text="For your practice alone."
    )
    tie_kind = forms.ChoiceField(
        label="A tie between you", required=False, choices=lambda: [("", "None"), *choices_of("conflict_kinds")]
    )
    tie_text = forms.CharField(
        label="What clients read about it", required=False, max_length=300,
        help_text="Shown with the option, each time: “My sister works there.”",
    )
    notes = forms.CharField(
        label="Notes", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Your practice's own, never shown to clients. Nothing about a client.",
    )


class PasteForm(forms.Form):
    text = forms.CharField(
        label="Paste names here", widget=forms.Textarea(attrs={"rows": 12}), max_length=100_000, strip=False,
        help_text="One a line, e-mail signatures, cells of a spreadsheet, or the text of vCards (.vcf) from an address "
        "book. You see what was read before it is kept.",
    )


class PastedForm(forms.Form):
    """One contact as it was read, to be mended."""

    keep = forms.BooleanField(label="Add", required=False)
    name = forms.CharField(label="Name", required=False, max_length=300)
    kind = forms.ChoiceField(
        label="Kind", required=False, choices=lambda: [("", "Please choose"), *choices_of("kinds")]
    )
    credentials = forms.CharField(label="Credentials", required=False, max_length=120)
    phone = forms.CharField(label="Phone", required=False, max_length=60)
    email = forms.CharField(label="E-mail", required=False, max_length=254)
    website = forms.CharField(label="Website", required=False, max_length=300)
    address = forms.CharField(label="Address", required=False, max_length=300)
    city = forms.CharField(label="City", required=False, max_length=120)
    state = forms.ChoiceField(label="State", required=False, choices=lambda: [("", ""), *choices_of("states")])
    zip = forms.CharField(label="ZIP", required=False, max_length=5)
    rest = forms.CharField(label="Notes", required=False, max_length=2000)


    FIRST = ("keep", "name", "kind", "credentials", "phone", "email")

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.FIRST]

    @property
    def more_read(self) -> list[str]:
        """What was read into the folded fields, as words."""
        return [str(field.value()) for field in self.more_fields if field.value()]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="The file",
        help_text="CSV or an Excel workbook (.xlsx), at most 8 MiB. Nothing is written before you have seen what "
        "would be.",
    )
    mapping = forms.ChoiceField(label="What kind of file it is", required=False)
    own_mapping = forms.FileField(
        label="Or your own mapping", required=False,
        help_text="A small text file that says which column is what (TOML).",
    )

    def __init__(self, *args: Any, mappings: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [("", "Known by its first line"), *mappings.items()]
        self.fields["mapping"].choices = choices  # type: ignore[attr-defined]
