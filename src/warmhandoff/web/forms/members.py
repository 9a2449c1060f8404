"""Forms about members: what they do here, and who takes their work over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from warmhandoff.accounts.roles import MemberFacts
from warmhandoff.referrals.handing_over import Holdings, Plan
from warmhandoff.rules.access import ROLES

ROLE_WORDS = {
    "clinician": "Clinician: refers clients and keeps the record",
    "supervisor": "Supervisor: sees the clients of those supervised",
    "coordinator": "Front desk: sends, chases and books, without clinical notes",
    "admin": "Administrator: members and policy, without clients",
}
ROLE_NAMES = {role: words.partition(":")[0] for role, words in ROLE_WORDS.items()}
People = Sequence[tuple[UUID, str]]


def _roles(label: str) -> forms.MultipleChoiceField:
    choices = [(role, ROLE_WORDS[role]) for role in ROLES]
    return forms.MultipleChoiceField(label=label, widget=forms.CheckboxSelectMultiple, choices=choices)


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="For your own list; nothing is mailed to it. Whoever comes back after leaving needs it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    roles = _roles("What will your colleague do here?")


class MemberForm(forms.Form):
    roles = _roles("What does she do here?")
    credentials = forms.CharField(
        label="Credentials", max_length=80, required=False, help_text="As they stand after a name: PhD, LCSW."
    )
    supervisor = forms.ChoiceField(label="Supervisor", required=False)

    def __init__(self, *args: Any, supervisors: People, **more: Any) -> None:
        super().__init__(*args, **more)
        if supervisors:
            _choose(self.fields["supervisor"], supervisors, "nobody")
        else:
            del self.fields["supervisor"]

    def facts(self) -> MemberFacts:
        given = self.cleaned_data
        return MemberFacts(tuple(given["roles"]), given["credentials"], _chosen(given.get("supervisor", "")))


def _choose(field: forms.Field, people: People, empty: str) -> None:
    field.choices = [("", empty), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]


def _chosen(value: str) -> UUID | None:
    return UUID(value) if value else None


class HandOverForm(forms.Form):
    """One colleague for all, and another where one is chosen for a single thing: fields named `each-<id>`."""

    heir = forms.ChoiceField(label="Who takes over what she holds", required=False)
    supervisor = forms.ChoiceField(label="Who supervises her colleagues from now on", required=False)

    def __init__(self, *args: Any, held: Holdings, colleagues: People, supervisors: People, **more: Any) -> None:
        super().__init__(*args, **more)
        _choose(self.fields["heir"], colleagues, "choose")
        if not (held.referrals or held.incoming or held.alone or held.transitions):
            del self.fields["heir"]
        if held.supervisees:
            _choose(self.fields["supervisor"], supervisors, "nobody")
        else:
            del self.fields["supervisor"]
        self.each = [*(r.id for r in held.referrals), *(i.id for i in held.incoming), *(c.id for c in held.alone),
                     *(t.id for t in held.transitions)]  # fmt: skip
        for number, pk in enumerate(self.each, 1):
            field = forms.ChoiceField(label=f"Number {number} goes to", required=False)
            _choose(field, colleagues, "as above")
            self.fields[f"each-{pk}"] = field

    @property
    def rows(self) -> dict[str, forms.BoundField]:
        return {str(pk): self[f"each-{pk}"] for pk in self.each}

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("heir", "supervisor") if name in self.fields]

    def plan(self) -> Plan:
        given = self.cleaned_data
        each = {pk: heir for pk in self.each if (heir := _chosen(given.get(f"each-{pk}", ""))) is not None}
        return Plan(_chosen(given.get("heir", "")), each, _chosen(given.get("supervisor", "")))

    def some(self) -> Plan:
        """The plan for someone who stays: only what a colleague is named for beside it, else all of it to the one."""
        plan = self.plan()
        return Plan(None if plan.each else plan.heir, plan.each, plan.supervisor)
