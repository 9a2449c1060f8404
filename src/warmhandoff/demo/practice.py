"""The demo practice: invented people in a believable office, everything about them done through the actions.

Nothing is written around an action. The past is played in the order of its times, with the time passed in; the worker
is run as it would have run. The same `now` gives the same people and stories; only ids, links and codes differ.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from warmhandoff.accounts.queries import accounts
from warmhandoff.clients import caring, minors
from warmhandoff.core import jobs
from warmhandoff.demo.calendar import ZONE, Calendar
from warmhandoff.demo.circle import plan_circle
from warmhandoff.demo.data import clients
from warmhandoff.demo.inbox import plan_inbox
from warmhandoff.demo.members import LogIn, Staff, make_staff, practice_name
from warmhandoff.demo.network import plan_network
from warmhandoff.demo.schedule import Progress, Schedule
from warmhandoff.demo.story import Person, Story
from warmhandoff.rules.refusals import NotNow

__all__ = ["DemoPractice", "LogIn", "build", "is_built"]
TICKS_BACK = 60  # for so many days the worker has looked at the clock after hours
SAFE = {"channels": ["mail", "phone"], "voicemail": True, "note": ""}


@dataclass(frozen=True)
class DemoPractice:
    """What was built: the practice's id and short name, and the log-ins to show, one for each role."""

    practice_id: UUID
    slug: str
    logins: tuple[LogIn, ...]
    time_zone: str = ZONE.key

    @property
    def clinician(self) -> LogIn:
        """The log-in of the main clinician, whose day the demo shows."""
        return self.log_in("clinician")

    def log_in(self, role: str) -> LogIn:
        """The log-in of this role. Raises KeyError for a role that has none."""
        return {one.role: one for one in self.logins}[role]


def is_built() -> bool:
    """Whether this server has the demo practice already."""
    slug = slugify(practice_name())
    return any(line.practice == slug for line in accounts())


def build(*, now: datetime, progress: Progress | None = None) -> DemoPractice:
    """Make the demo practice as it stands at `now` (aware). `progress` is told acts done and acts in all.

    Refuses (NotNow) where it was built before: there is one to a server.
    """
    if is_built():
        raise NotNow("The demo practice is here already.")
    calendar = Calendar(now)
    staff = make_staff(calendar)
    schedule = Schedule()
    _plan_ticks(schedule, calendar)
    ids = plan_network(schedule, calendar, staff.actors)
    plan_circle(schedule, calendar, staff.actors["okafor"], ids)
    plan_inbox(schedule, calendar, staff.actors)
    last = _plan_clients(schedule, calendar, staff)
    schedule.play(progress=progress)
    jobs.run_due(now)
    last.play()
    return DemoPractice(staff.practice_id, staff.slug, staff.logins)


def _plan_ticks(schedule: Schedule, calendar: Calendar) -> None:
    for back in range(TICKS_BACK, 0, -1):
        schedule.add(calendar.days_ago(back, "17:10"), _tick)


def _tick(now: datetime) -> None:
    jobs.run_due(now)


def _plan_clients(schedule: Schedule, calendar: Calendar, staff: Staff) -> Schedule:
    """Put every client and every step on the schedule. Returns what is to happen last of all, at `now` itself."""
    random, last = Random("the clients of Barton Creek"), Schedule()
    for number, about in enumerate(clients()):
        person = Person(about, _facts(about, number, random, calendar), staff.actors[about["who"]])
        stories = [Story(person, referral, calendar) for referral in about["referral"]]
        first = max(int(story.about["story"][0].split()[0]) for story in stories)
        schedule.add(calendar.moment(first + 10, "09:00"), lambda now, person=person: _add(person, now))  # type: ignore[misc]
        for story in stories:
            _plan_story(schedule, last, story)
    return last


def _plan_story(schedule: Schedule, last: Schedule, story: Story) -> None:
    for step in story.steps():
        queue, when = (last, story.calendar.now) if step.when is None else (schedule, step.when)
        queue.add(when, lambda now, step=step: story.do(step, now))  # type: ignore[misc]


def _facts(about: dict[str, Any], number: int, random: Random, calendar: Calendar) -> caring.ClientFacts:
    plain = unicodedata.normalize("NFKD", about["name"]).encode("ascii", "ignore").decode().lower()
    return caring.ClientFacts(
        name=about["name"], zip=about["zip"], language=about.get("language", "en"),
        birth_date=calendar.born(about["age"], month=random.randint(1, 12), day=random.randint(1, 28)),
        phone=f"737-555-01{number:02d}", email=f"{'.'.join(plain.split())}@mail.example",
        safe_contact=about.get("safe", SAFE),
    )


def _add(person: Person, now: datetime) -> None:
    person.id = caring.add_client(person.actor, person.facts, now=now)
    if consent := person.about.get("consent"):  # under 18: who consented to the care and who may view the page
        minors.record_consent(person.actor, person.id, **consent, now=now)
