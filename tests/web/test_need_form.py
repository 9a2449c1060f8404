"""The need as a form: what goes in comes out, and every code of the catalogues can be chosen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict

from warmhandoff.matching import parse_need
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.web.forms import reasons
from warmhandoff.web.forms.need import NeedForm, initial_of
from warmhandoff.web.forms.widgets import SeveralSelects

LEAST: dict[str, Any] = {
    "kind": "therapist", "level": "outpatient", "payment": {"any": True}, "place": {"zip": "78704"},
    "formats": ["telehealth"],
}  # fmt: skip
NEEDS: list[dict[str, Any]] = [
    LEAST,
    {**LEAST, "formats": ["in_person", "telehealth"], "radius_miles": 12.5},
    {**LEAST, "payment": {"plan": "aetna", "accepts_out_of_network": True}},
    {**LEAST, "payment": {"plan": "a plan only this server knows"}},
    {**LEAST, "payment": {"budget": 12050}},
    {**LEAST, "languages": ["es", "sw"], "concerns": ["trauma", "grief", "anxiety", "depression", "ocd", "adhd"]},
    {**LEAST, "age_group": "adult", "participants": "couple", "times": ["mon_morning", "fri_evening"],
     "modalities_must": ["emdr"], "concerns_wished": ["grief"], "max_wait_days": 30},
]  # fmt: skip


def submitted(initial: dict[str, Any]) -> QueryDict:
    """What a browser sends for a form with these values."""
    data = QueryDict(mutable=True)
    for name, value in initial.items():
        if isinstance(value, list):
            selects = isinstance(NeedForm.base_fields[name].widget, SeveralSelects)
            data.setlist(name, [*map(str, value), *([""] if selects else [])])  # the empty one is sent too
        elif value is not None and value is not False:
            data[name] = "on" if value is True else str(value)
    return data


@pytest.mark.parametrize("need", NEEDS)
def test_what_goes_in_comes_out(need: dict[str, Any]) -> None:
    form = NeedForm(submitted(initial_of(need)), initial=initial_of(need))
    assert form.is_valid(), form.errors
    assert form.need() == need
    assert parse_need(form.need())


@pytest.mark.parametrize("need", NEEDS)
def test_the_drawn_form_holds_every_value(need: dict[str, Any]) -> None:
    page = NeedForm(initial=initial_of(need)).as_p()
    for code in need.get("concerns", []):
        assert f'<option value="{code}" selected>' in page
    plan = need["payment"].get("plan")
    assert plan is None or f'<option value="plan:{plan}" selected>' in page


def test_codes_that_are_none_are_refused() -> None:
    form = NeedForm(submitted({**initial_of(LEAST), "concerns": ["weather"], "kind": "friend"}))
    assert not form.is_valid() and set(form.errors) == {"concerns", "kind"}


def test_several_selects_have_names_of_their_own_and_room_for_one_more() -> None:
    widget = SeveralSelects(least=1, most=3)
    widget.choices = [("a", "Alpha"), ("b", "Beta")]
    drawn = widget.render("x", ["b"], {"id": "id_x"})
    assert re.findall(r'id="(\w+)"', drawn) == ["id_x_0", "id_x_1"]
    assert drawn.count("aria-label=") == 2 and drawn.count(" selected") == 2
    assert widget.value_from_datadict(QueryDict("x=b&x=&x=a&x=b"), {}, "x") == ["b", "a"]


def test_every_reason_can_be_chosen_once_and_means_a_kind() -> None:
    shown = [code for _, group in reasons.choices() for code, _ in group]
    assert sorted(shown) == sorted(vocabulary("reasons").codes)
    assert {reasons.usual_kind(code) for code in shown} <= set(vocabulary("kinds_of_referral").codes)
    assert reasons.plain_sentence("caseload_full", "es") == "No tenemos lugar ahora."
