"""The forms of releases: drafting, signing, narrowing, who consented for a minor, and what the practice decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from warmhandoff.clients.release_history import COPIES
from warmhandoff.rules.release_elements import endings
from warmhandoff.rules.signers import CONSENTED, VIEWERS, state_rules
from warmhandoff.web.forms.need import choices_of
from warmhandoff.web.forms.referrals import Seen

MORE = ("ends_with", "records_from", "records_until", "back_classes", "others", "to_treating")


def _day(label: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _boxes(label: str, hint: str = "", *, required: bool = True) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=hint, required=required, widget=forms.CheckboxSelectMultiple
    )


class ReleaseForm(Seen):
    """The draft of a release: nothing is ticked but the recipients the client chose."""

    recipients = _boxes("Who may receive it")
    classes = _boxes("What may be shared", "Tick only what they need for their work.")
    purpose = forms.ChoiceField(label="What for", choices=lambda: choices_of("purposes"),
                                help_text="The packet goes out for the referral's own purpose: keep it the same.")
    expires_on = _day("Last day")
    news_back = forms.BooleanField(label="They may send news about her care back to us", required=False)
    ends_with = forms.ChoiceField(
        label="Ends sooner, by itself, once", required=False,
        choices=lambda: [("", "Only on its last day"), *((one.code, one.label) for one in endings().values())],
    )
    back_classes = forms.MultipleChoiceField(
        label="What may come back", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Left empty, and with news allowed above: news in general.",
        choices=lambda: [one for one in choices_of("information_classes") if one[0] != "psychotherapy_notes"],
    )
    records_from = _day("Only records from", required=False)
    records_until = _day("Only records until", required=False)
    others = forms.CharField(
        label="Who else signs", required=False, max_length=1700, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For a couple or a family: every other adult, one name a line. It counts once all have signed.",
    )
    to_treating = forms.BooleanField(
        label="Also name, in general, those who treat her, pay for it and help to run the program", required=False,
        help_text="For records of a substance-use program (42 CFR 2.31). Packets still go only to those named above.",
    )

    def __init__(
        self, *args: Any, recipients: Sequence[tuple[str, str]], classes: Sequence[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["recipients"].choices = list(recipients)  # type: ignore[attr-defined]
        self.fields["classes"].choices = list(classes)  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in MORE]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in MORE]

    @property
    def more_is_used(self) -> bool:
        return any(bool(field.value()) or bool(field.errors) for field in self.more_fields)

    def names_of_others(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["others"].splitlines() if name.strip()]


class SignForm(Seen):
    """A release signed on paper, entered by staff. `kind` and the rights are for whoever signs in her place."""

    whose = forms.TypedChoiceField(label="Whose signature", coerce=int, widget=forms.RadioSelect, required=False)
    signed_name = forms.CharField(label="Name as it is signed", max_length=200)
    identity = forms.CharField(label="How you know who signed", max_length=300,
                               help_text="For instance: seen in session, signed before me.")
    scan = forms.FileField(label="Scan of the signed page", required=False, help_text="PDF, PNG or JPEG, up to 10 MB.")
    kind = forms.ChoiceField(label="Who signs", required=False, choices=(
        ("", "The client herself"), ("representative", "A parent, guardian or other personal representative"),
        ("agent", "An agent under a power of attorney"), ("minor", "The client, under 18, beside her parent"),
    ))
    scope = forms.CharField(label="By what right", max_length=300, required=False,
                            help_text="For instance: mother; guardian by court order of 2 May.")
    evidence = forms.CharField(label="What you saw of it", max_length=300, required=False,
                               help_text="For instance: birth certificate, court order, power of attorney.")

    def __init__(self, *args: Any, waiting: Sequence[tuple[int, str]] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["whose"].choices = list(waiting)  # type: ignore[attr-defined]
        if len(waiting) < 2:
            del self.fields["whose"]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in ("kind", "scope", "evidence")]

    @property
    def right_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "scope", "evidence")]

    @property
    def right_is_used(self) -> bool:
        return any(bool(field.value()) or bool(field.errors) for field in self.right_fields)


class HandForm(forms.Form):
    """Who is handed the device to sign, and how staff know who it is; `kind` and the rights as with paper."""

    whose = forms.TypedChoiceField(label="To whom", coerce=int, widget=forms.RadioSelect)
    identity = forms.CharField(label="How you know who it is", max_length=300,
                               help_text="For instance: comes to sessions with her; identity card seen.")
    kind = forms.ChoiceField(label="Signs as", required=False, choices=(
        ("", "Somebody whom it is about"), ("representative", "A parent, guardian or other personal representative"),
        ("agent", "An agent under a power of attorney"), ("minor", "The client, under 18, beside her parent"),
    ))
    scope = forms.CharField(label="By what right", max_length=300, required=False,
                            help_text="For instance: mother; guardian by court order of 2 May.")
    evidence = forms.CharField(label="What you saw of it", max_length=300, required=False,
                               help_text="For instance: birth certificate, court order, power of attorney.")

    def __init__(self, *args: Any, places: Sequence[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["whose"].choices = list(places)  # type: ignore[attr-defined]


class TakeBackForm(forms.Form):
    """On whose word a release is taken back, where several signed it."""

    whose = forms.TypedChoiceField(label="Who takes it back", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, places: Sequence[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["whose"].choices = list(places)  # type: ignore[attr-defined]


class NarrowForm(forms.Form):
    """What stays allowed: everything is ticked as it stands, and can only be unticked."""

    classes = _boxes("What may still be shared")
    recipients = _boxes("Who may still receive it")
    back_classes = _boxes("What may still come back", required=False)
    expires_on = _day("Last day", "From today to its last day now.")

    def __init__(self, *args: Any, choices: Mapping[str, Sequence[tuple[str, str]]], **more: Any) -> None:
        super().__init__(*args, **more)
        for name, offered in choices.items():
            self.fields[name].choices = list(offered)  # type: ignore[attr-defined]
        if not choices["back_classes"]:
            del self.fields["back_classes"]


class CopyForm(forms.Form):
    how = forms.ChoiceField(label="How she got her copy", choices=[
        (code, words) for code, words in COPIES.items() if code != "portal"
    ])


class MinorConsentForm(forms.Form):
    """Who consented to the care of someone under 18, and who may view her page."""

    consented = forms.ChoiceField(label="Who consented to her care", widget=forms.RadioSelect,
                                  choices=list(CONSENTED.items()))
    viewers = forms.MultipleChoiceField(label="Who may view her page", required=False, choices=list(VIEWERS.items()),
                                        widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(label="How you know", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
                            help_text="For instance: intake form signed by her mother on 2 May.")


class ReleaseSettingsForm(forms.Form):
    """What the practice decides about releases."""

    days = forms.IntegerField(label="Usual life of a release, in days", min_value=1, max_value=365)
    longest_days = forms.IntegerField(label="Longest life, in days", min_value=1, max_value=365)
    part2_programme = forms.BooleanField(
        label="We are a substance-use program under 42 CFR Part 2", required=False,
        help_text="Then every release needs the elements of 42 CFR 2.31 besides.",
    )
    state = forms.CharField(label="State of the practice", max_length=2, required=False, help_text="Two letters.")
    minor_rules = forms.MultipleChoiceField(
        label="Rules for clients under 18 that we follow", required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(one.state, one.name) for one in state_rules().values()],
        help_text="Only after your counsel has confirmed it. A rule counts for a practice in that state.",
    )

    def clean_state(self) -> str:
        return str(self.cleaned_data["state"]).strip().upper()
