"""The forms of the bridge: how she is held, a try to reach her, and on what ground she is let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from warmhandoff.referrals.bridge_view import BridgeView
from warmhandoff.referrals.bridging import BridgeFacts
from warmhandoff.rules.bridge import TRIES, grounds

_LOCAL = "%Y-%m-%dT%H:%M"


def _area(label: str, hint: str = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, required=required, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )


def _day(label: str, hint: str = "", *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


def _people(found: Sequence[tuple[UUID, str]]) -> list[tuple[str, str]]:
    return [(str(pk), who) for pk, who in found]


class BridgeForm(forms.Form):
    """How she is held. People are choices made at run time: of her care team, and of the practice."""

    holder = forms.ChoiceField(label="Who answers for it", required=False)
    next_session = forms.DateTimeField(
        label="Next session here", required=False, input_formats=[_LOCAL, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )
    last_session_on = _day("Last session planned", "So that it does not come as a surprise.")
    caretaker = forms.ChoiceField(label="Emergency caretaker", required=False,
                                  help_text="Who steps in if whoever holds her cannot.")
    caretaker_words = forms.CharField(label="Or someone from outside, with telephone", required=False, max_length=300)
    notice_on = _day("Notice given on")
    notice_words = _area("How notice was given, and how she took it")
    end_on = _day("Stated end date")
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, team: Sequence[tuple[UUID, str]], colleagues: Sequence[tuple[UUID, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        nobody = [("", "Nobody is named")]
        self.fields["holder"].choices = nobody + _people(team)  # type: ignore[attr-defined]
        self.fields["caretaker"].choices = nobody + _people(colleagues)  # type: ignore[attr-defined]

    def facts(self, zone: ZoneInfo) -> BridgeFacts:
        given = self.cleaned_data
        at: datetime | None = given["next_session"]
        return BridgeFacts(
            holder=UUID(given["holder"]) if given["holder"] else None,
            caretaker=UUID(given["caretaker"]) if given["caretaker"] else None,
            caretaker_words=given["caretaker_words"],
            next_session_at=at.replace(tzinfo=zone) if at else None, last_session_on=given["last_session_on"],
            notice_on=given["notice_on"], notice_words=given["notice_words"], end_on=given["end_on"],
        )  # fmt: skip


def initial_of_bridge(view: BridgeView, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "holder": view.holder or "", "caretaker": view.caretaker or "", "caretaker_words": view.caretaker_words,
        "next_session": view.next_session_at.astimezone(zone).replace(tzinfo=None) if view.next_session_at else None,
        "last_session_on": view.last_session_on, "notice_on": view.notice_on, "notice_words": view.notice_words,
        "end_on": view.end_on, "seen": view.changes,
    }  # fmt: skip


class TryForm(forms.Form):
    on = _day("When", required=True)
    way = forms.ChoiceField(label="How", choices=list(TRIES.items()))
    words = _area("What came of it", required=True)


class LetGoForm(forms.Form):
    ground = forms.ChoiceField(
        label="On what ground", widget=forms.RadioSelect,
        choices=lambda: [(ground.code, ground.label) for ground in grounds().values()],
    )
    words = _area("In a sentence", "How it is known, or how it was. It stays in the record.")


class NoticeForm(forms.Form):
    notice_days = forms.IntegerField(label="Days of notice before care ends", min_value=1, max_value=365)
