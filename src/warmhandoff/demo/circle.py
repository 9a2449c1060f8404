"""The circle of the demo's main clinician: coffees had and planned, a group, a goal, and what she expects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from warmhandoff.demo.calendar import ZONE, Calendar
from warmhandoff.demo.data import table
from warmhandoff.demo.schedule import Schedule
from warmhandoff.network import expecting, meeting, niche
from warmhandoff.network.meeting import Touch
from warmhandoff.rules.access import Actor


def plan_circle(schedule: Schedule, calendar: Calendar, actor: Actor, ids: Mapping[str, int]) -> None:
    """Put it on the schedule. `ids`: name -> listing, filled while the schedule is played."""
    raw = table("circle.toml")
    first = calendar.days_ago(70, "08:30")
    schedule.add(first, lambda now: meeting.set_goal(actor, "new", raw["new_a_month"], now=now))
    schedule.add(first, lambda now: niche.set_niche(actor, raw["niche"], now=now))
    schedule.add(first, lambda now: _groups(actor, raw["group"], now))
    for one in raw["expected"]:
        schedule.add(first, lambda now, one=one: _expect(actor, one, now))  # type: ignore[misc]
    for place, one in enumerate(raw["touch"]):
        at = calendar.days_ago(one["days_ago"], "12:30")
        schedule.add(at, lambda now, one=one, place=place: _log(actor, ids, one, place, now))  # type: ignore[misc]
    last = calendar.days_ago(1, "12:40")
    schedule.add(last, lambda now: _plan(actor, ids, raw["planned"], calendar, now))


def _expect(actor: Actor, one: Mapping[str, Any], now: datetime) -> None:
    need = {name: value for name, value in one.items() if name != "a_year"}
    expecting.expect(actor, need, one["a_year"], now=now)


def _groups(actor: Actor, groups: list[dict[str, Any]], now: datetime) -> None:
    for one in groups:
        meeting.add_group(actor, one["name"], one["kind"], place=one["place"], notes=one["notes"], now=now)


def _someone(ids: Mapping[str, int], place: int) -> int:
    """The same people each time, spread over the alphabet."""
    names = sorted(ids)
    return ids[names[place * 7 % len(names)]]


def _log(actor: Actor, ids: Mapping[str, int], one: Mapping[str, Any], place: int, now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    key = meeting.log_outreach(
        actor, Touch(one["way"], today, _someone(ids, place), words=one["words"], follow_up_on=today), now=now
    )
    if one.get("followed_up", True):
        meeting.followed_up(actor, key, now=now)


def _plan(actor: Actor, ids: Mapping[str, int], one: Mapping[str, Any], calendar: Calendar, now: datetime) -> None:
    meeting.plan_outreach(actor, Touch(one["way"], calendar.day(-3), _someone(ids, 9), words=one["words"]), now=now)
