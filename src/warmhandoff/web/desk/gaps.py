"""The page of the gap register: what nobody met, by kind, concern, plan and place, and what would have opened it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.accounts.switches import is_on
from warmhandoff.referrals.gaps import gaps as gaps_of
from warmhandoff.rules.gaps import LEAST, Counted
from warmhandoff.web.context import here
from warmhandoff.web.explaining import change_in_words, label
from warmhandoff.web.requests import StaffRequest


def _table(heading: str, column: str, found: Counted, words: Callable[[str], str]) -> dict[str, object]:
    rows = [(words(code), count) for code, count in found.shown]
    return {"heading": heading, "column": column, "rows": rows, "hidden": found.hidden, "few": found.few}


def _place(code: str) -> str:
    return "An area where few people live" if code == "000" else f"{code}xx"


@require_safe
def gaps(request: StaffRequest) -> HttpResponse:
    """Counts only; small ones are left out."""
    found = gaps_of(request.actor, now=request.now)
    tables = [
        _table("By kind of help", "Kind of help", found.kinds, lambda code: label("kinds", code)),
        _table("By concern", "Concern", found.concerns, lambda code: label("concerns", code)),
        _table("By plan", "Plan", found.plans, lambda code: label("plans", code)),
        _table("By place", "ZIP codes that begin with", found.zips, _place),
    ]
    context = {
        "tables": [table for table in tables if table["rows"] or table["few"]], "found": found, "least": LEAST,
        "total": found.total.shown[0][1] if found.total.shown else 0, "any": bool(found.total.shown or found.total.few),
        "would_open": [(change_in_words(one.must, one.change), one) for one in found.would_open],
        "counted": is_on(request.actor.practice_id, "gap_register"), "now": here(request), "section": "listings",
    }  # fmt: skip
    return render(request, "desk/listings/gaps.html", context)


urlpatterns = [path("network/gaps/", gaps, name="gaps")]
