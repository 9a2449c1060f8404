"""What staff type about a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from warmhandoff.clients.caring import ClientFacts
from warmhandoff.clients.queries import ClientCard

CHANNELS = [
    ("mail", "E-mail"), ("sms", "Text message"), ("phone", "Telephone"), ("paper", "Paper, given to her in person"),
]  # fmt: skip
DAYS = [("0", "Mon"), ("1", "Tue"), ("2", "Wed"), ("3", "Thu"), ("4", "Fri"), ("5", "Sat"), ("6", "Sun")]
_SAFE = ("channels", "from", "until", "days", "voicemail", "hours", "alias", "note", "never")


class ClientForm(forms.Form):
    """The facts and the safe-contact rules; only the name is needed."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        help_text="Or what you call her. Lists and titles show initials.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_date = forms.DateField(
        label="Date of birth", required=False, widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"})
    )
    language = forms.ChoiceField(label="Language of her pages", choices=[("en", "English"), ("es", "Spanish")])
    zip = forms.CharField(
        label="ZIP code",
        max_length=5,
        required=False,
        help_text="Where she lives: distances are counted from there.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label="Telephone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="E-mail address", required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    channels = forms.MultipleChoiceField(
        label="Which ways are safe?",
        choices=CHANNELS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Ask her: who else sees her mail and her phone? With nothing ticked, nothing is sent to her.",
    )
    voicemail = forms.BooleanField(label="A voicemail may be left", required=False)
    hours = forms.CharField(
        label="Safe hours for a call", max_length=200, required=False, help_text="For example: weekdays after six."
    )
    alias = forms.CharField(
        label="Who to say is calling", max_length=100, required=False, help_text="A name that gives nothing away."
    )
    note = forms.CharField(label="Anything else about reaching her", max_length=300, required=False)
    never = forms.BooleanField(label="Never contact her outside the session", required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # Fields called as the rules are, which are words of the language: they cannot be written as attributes.
        self.fields["from"] = forms.TimeField(
            label="Mail and texts only from", required=False, widget=forms.TimeInput(attrs={"type": "time"}),
            help_text="By the clock where she lives. Whatever is sent at other hours waits.",
        )
        self.fields["until"] = forms.TimeField(
            label="Mail and texts only until", required=False, widget=forms.TimeInput(attrs={"type": "time"})
        )
        self.fields["days"] = forms.MultipleChoiceField(
            label="On these days only", required=False, choices=DAYS, widget=forms.CheckboxSelectMultiple,
            help_text="With none ticked, on all.",
        )  # fmt: skip

    @property
    def facts_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "birth_date", "language", "zip", "phone", "email")]

    @property
    def safe_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _SAFE]

    def facts(self, kept: Mapping[str, Any] | None = None) -> ClientFacts:
        """What was typed. `kept`: safe-contact rules as stored, so that what this form does not ask stays."""
        given = self.cleaned_data
        safe = {**(kept or {}), **{name: given[name] for name in _SAFE}}
        safe |= {name: given[name].isoformat("minutes") if given[name] else "" for name in ("from", "until")}
        safe["days"] = [int(day) for day in given["days"]]
        day = given["birth_date"]
        return ClientFacts(
            name=given["name"],
            birth_date=day.isoformat() if day else "",
            phone=given["phone"],
            email=given["email"],
            zip=given["zip"],
            language=given["language"],
            safe_contact={key: value for key, value in safe.items() if value},
        )


def typed_before(card: ClientCard) -> dict[str, Any]:
    """A stored client as the form's first contents."""
    contact = {name: card.contact.get(name, "") for name in ("phone", "email", "zip")}
    safe = {name: card.safe_contact.get(name) for name in _SAFE}
    return {"name": card.name, "birth_date": card.birth_date, "language": card.language, **contact, **safe}


class IdentityForm(forms.Form):
    how = forms.CharField(
        label="How do you know that it is she?",
        max_length=200,
        help_text="For example: seen in session, photo ID shown.",
    )


class InviteForm(forms.Form):
    referral = forms.UUIDField(required=False)


class TeamForm(forms.Form):
    membership = forms.UUIDField()
