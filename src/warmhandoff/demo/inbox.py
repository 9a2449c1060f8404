"""The inbox of the demo practice: who sent whom, and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from warmhandoff.demo.calendar import ZONE, Calendar
from warmhandoff.demo.data import table
from warmhandoff.demo.schedule import Act, Schedule
from warmhandoff.referrals import answering, receiving, redirecting
from warmhandoff.referrals.answering import Answer
from warmhandoff.rules.access import Actor

_FIRST_WORDS = {"accept": "openings", "ask": "question", "waitlist": "words", "decline": "words"}


def plan_inbox(schedule: Schedule, calendar: Calendar, actors: dict[str, Actor]) -> None:
    """Put every referral that came, and every answer to it, on the schedule."""
    for about in table("incoming.toml")["incoming"]:
        ids: list[UUID] = []
        back, clock, way = about["came"].split()
        new = _new(about, way, actors)

        schedule.add(calendar.moment(int(back), clock), _log(actors[about["who"]], new, ids))
        for line in about.get("story", ()):
            _plan_step(schedule, calendar, actors[about["for"]], ids, line, need=about.get("need", {}))


def _log(actor: Actor, new: receiving.NewIncoming, ids: list[UUID]) -> Act:
    def log(now: datetime) -> None:
        ids.append(receiving.log_incoming(actor, new, now=now))

    return log


def _new(about: dict[str, Any], way: str, actors: dict[str, Actor]) -> receiving.NewIncoming:
    return receiving.NewIncoming(
        from_name=about["from"], about=about["about"], came_by=way, from_kind=about.get("from_kind", "colleague"),
        from_contact=about["contact"], client_name=about.get("client", ""), to_member=actors[about["for"]].member,
    )


def _plan_step(
    schedule: Schedule, calendar: Calendar, actor: Actor, ids: list[UUID], line: str, *, need: dict[str, Any]
) -> None:
    head, _, words = line.partition("|")
    back, clock, verb, *how = head.split()

    def act(now: datetime) -> None:
        if verb == "thank":
            receiving.thank(actor, ids[0], words.strip(), now=now)
        elif verb == "redirect":
            _redirect(actor, ids[0], need, how[0], words.strip(), now)
        else:
            receiving.answer_incoming(actor, ids[0], _answer(verb, how, words.strip()), now=now)

    schedule.add(calendar.moment(int(back), clock), act)


def _redirect(actor: Actor, incoming_id: UUID, need: dict[str, Any], why: str, words: str, now: datetime) -> None:
    """The three best of the own network, as the page ticks them."""
    today = now.astimezone(ZONE).date()
    found = redirecting.find_others(actor, incoming_id, need, today=today)
    best = [*(one.id for one in found.options), *(one.id for one in found.possibles)][: answering.MOST_NAMES]
    redirecting.redirect(actor, incoming_id, redirecting.Redirect(best, why, words), today=today, now=now)


def _answer(kind: str, how: list[str], words: str) -> Answer:
    said: dict[str, Any] = {_FIRST_WORDS[kind]: words}
    if kind == "waitlist":
        said["weeks"] = int(how[0])
    if kind == "decline":
        said["decline_reason"] = how[0]
    return Answer(kind, **said)
