"""Forms of packets and disclosures: texts for packets, what changed, and what was told without a release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from warmhandoff.clients.lawful import Record
from warmhandoff.rules.lawful import LEAST_FACTS, WAYS, offered
from warmhandoff.rules.packet import MOST_CHARACTERS, WHY, WRITTEN
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms.referrals import Seen

_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def _area(label: str, hint: str = "", *, rows: int = 3, most: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=most, required=False, widget=forms.Textarea(attrs={"rows": rows})
    )


def class_choices(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Classes of information with why one would send each."""
    known = vocabulary("information_classes")
    return [(code, f"{known.label(code)}: {WHY[code]}") for code in codes]


class TextsForm(forms.Form):
    """One text a class that the record has no fields for."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known = vocabulary("information_classes")
        for code in WRITTEN:
            self.fields[code] = _area(known.label(code), f"Only {WHY[code]}." if code != "substance_use" else
                                      "Only with a consent for these records. The notice of 42 CFR part 2 goes along.",
                                      rows=5, most=MOST_CHARACTERS)


class AmendForm(Seen):
    """What a later version holds, and what changed."""

    classes = forms.MultipleChoiceField(label="What it holds", widget=forms.CheckboxSelectMultiple)
    changed = forms.CharField(
        label="What changed", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands on top of the later version, with its date.",
    )
    sha256 = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, classes: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["classes"].choices = class_choices(classes)  # type: ignore[attr-defined]


class DisclosureForm(forms.Form):
    """Nothing but the way is needed now: what is missing is shown as to complete."""

    way = forms.ChoiceField(label="How", choices=list(WAYS.items()), initial="phone")
    basis = forms.ChoiceField(label="On what ground", required=False)
    recipient = forms.CharField(label="To whom", max_length=300, required=False,
                                help_text="Name, office and how they were reached.",
                                widget=forms.TextInput(attrs={"autocomplete": "off"}))
    able = _area("What they can do about it", "Why it was told to them and nobody else.", rows=2, most=1000)
    facts = _area("What happened", f"In {LEAST_FACTS} characters or more: what you knew, and why it could not wait.")
    classes = forms.MultipleChoiceField(label="What was told", required=False, widget=forms.CheckboxSelectMultiple,
                                        help_text="No more than they needed.")
    disclosed_at = forms.DateTimeField(
        label="When", required=False, help_text="Left empty: just now.", input_formats=_MOMENT,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    told = forms.BooleanField(label="She was told that this was shared", required=False)
    untold_why = _area("If telling her is unsafe: why", "Then it does not stand on her own page.", rows=2, most=1000)

    def __init__(self, *args: Any, for_treatment: bool, also: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        known = offered(for_treatment=for_treatment or also == "treatment")
        self.fields["basis"].choices = [  # type: ignore[attr-defined]
            ("", "To complete later"), *[(code, f"{one.label} ({one.source})") for code, one in known.items()]
        ]
        self.fields["classes"].choices = [  # type: ignore[attr-defined]
            (code, vocabulary("information_classes").label(code)) for code in WHY
        ]

    def record(self, *, now: datetime, zone: ZoneInfo, told_before: datetime | None = None) -> Record:
        """What was typed, as the action takes it; times are those of the practice's clock."""
        given = self.cleaned_data
        at = given["disclosed_at"]
        return Record(
            way=given["way"], basis=given["basis"], recipient=given["recipient"], able=given["able"],
            facts=given["facts"], classes=tuple(given["classes"]), untold_why=given["untold_why"],
            disclosed_at=at.replace(tzinfo=zone) if at else None,
            told_at=(told_before or now) if given["told"] else None,
        )


class DisclosureReviewForm(forms.Form):
    review = forms.CharField(label="What you found", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    consultant = forms.CharField(label="Whom you asked, if anyone", max_length=200, required=False,
                                 widget=forms.TextInput(attrs={"autocomplete": "off"}))
