"""Today: what needs me, what waits on others, and where to begin when there is nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from warmhandoff.clients.emergency import EmergencyLine, list_emergencies
from warmhandoff.clients.lawful import DisclosureLine, list_disclosures
from warmhandoff.clients.messages import count_unsent
from warmhandoff.clients.queries import has_clients
from warmhandoff.clients.treatment import unheld_clients
from warmhandoff.referrals import day
from warmhandoff.referrals.crisis import follow_ups
from warmhandoff.referrals.handing_over import leavers
from warmhandoff.referrals.inbox import inbox_today
from warmhandoff.referrals.panel_view import panel_steps
from warmhandoff.referrals.plan_view import due_steps
from warmhandoff.referrals.rail import sections_today
from warmhandoff.web.context import here, uses
from warmhandoff.web.requests import StaffRequest

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def greeting(now: datetime) -> str:
    """What one says at this hour of the reader's clock."""
    if now.hour < 12:
        return "Good morning"
    return "Good afternoon" if now.hour < 18 else "Good evening"


def number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def summary(found: day.Today) -> str:
    """The counts in a sentence: "Seven steps are yours; one waits on others; nothing is without a next step."""
    mine, waiting = len(found.mine), len(found.waiting)
    yours = f"{number(mine)} {'step is' if mine == 1 else 'steps are'} yours"
    others = f"{number(waiting)} {'waits' if waiting == 1 else 'wait'} on others" if waiting else "none waits on others"
    late = f"; {number(found.overdue)} {'is' if found.overdue == 1 else 'are'} overdue" if found.overdue else ""
    return f"{yours.capitalize()}; {others}{late}; nothing is without a next step."


@require_safe
def today(request: StaffRequest) -> HttpResponse:
    now = here(request)
    found = day.today(request.actor, now=request.now)
    inbox = inbox_today(request.actor, now=request.now)
    some = sections_today(request.actor, now=request.now)
    after = follow_ups(request.actor, now=request.now) if "follow_ups" in some else []
    unsent = count_unsent(request.actor, now=request.now)
    page = {
        "now": now,
        "greeting": greeting(now),
        "today": found,
        "summary": summary(found),
        "inbox": inbox,
        "plan_steps": due_steps(request.actor, now=request.now) if uses(request, "plans") else [],
        "follow_ups": after,
        # the rail's: they need no counting again
        "counts": {"today": len(found.mine) + len(after), "inbox": inbox.waiting, "supervises": "supervises" in some},
        "emergencies": _emergencies(request) if "emergencies" in some else [],
        "disclosures": _disclosures(request) if "disclosures" in some else [],
        "panel_steps": panel_steps(request.actor, now=request.now) if "panel" in some else [],
        "no_holder": unheld_clients(request.actor, now=request.now) if "unheld" in some else [],
        "supervision": _supervision(request, some) if "supervises" in some else None,
        "leavers": leavers(request.actor),
        "by_hand": unsent.by_hand,
        "parked": unsent.parked,
        "may_add": may_add(request),
        "may_invite": "policy" in request.actor.verbs("practice"),
        "needs_factor": request.actor.lacks_second_factor,
    }
    if not found.mine and not found.waiting:
        page["beginning"] = not has_clients(request.actor)
    return render(request, "desk/today/today.html", page)


_FOR_HER = {
    "consults": ("question to you", "questions to you"), "co_signs": ("thing to co-sign", "things to co-sign"),
    "conditions": ("condition of therapy to decide", "conditions of therapy to decide"),
}  # fmt: skip


def _supervision(request: StaffRequest, some: Mapping[str, int]) -> list[str]:
    """What waits for a supervisor, in words; empty where nothing does."""
    kinds = [code for code in _FOR_HER if some.get(code) and (code != "conditions" or uses(request, "plans"))]
    return [f"{number(some[code]).capitalize()} {_FOR_HER[code][some[code] != 1]}" for code in kinds]


def _emergencies(request: StaffRequest) -> list[EmergencyLine]:
    return list_emergencies(request.actor, now=request.now, latest=True)


def _disclosures(request: StaffRequest) -> list[DisclosureLine]:
    return list_disclosures(request.actor, now=request.now, latest=True)


def may_add(request: StaffRequest) -> bool:
    """Clients are added by those who see them."""
    return "change" in request.actor.verbs("team", "supervises")


urlpatterns = [path("", today, name="today")]
