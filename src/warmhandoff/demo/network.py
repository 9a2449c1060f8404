"""The network of the demo practice: entered over the years, partly confirmed, partly gone stale, a few just pasted."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from warmhandoff.demo.calendar import ZONE, Calendar
from warmhandoff.demo.data import table
from warmhandoff.demo.peers import peers
from warmhandoff.demo.schedule import Schedule
from warmhandoff.directory import importing, listing, pasting
from warmhandoff.directory.fields import checked
from warmhandoff.rules.access import Actor
from warmhandoff.rules.places import place_of_zip

SHARED_LIST = "Services of Central Texas (invented)"
STATED_DAYS_AGO = (75, 40, 6)  # when the shared list was read
_ASKED = (  # what is asked again when someone calls to hear whether it is still true
    "accepting", "wait_days", "plans", "out_of_network", "fee", "sliding_scale", "sliding_floor", "formats", "times",
    "treats", "specialises_in", "modalities", "age_groups", "participants", "languages",
)  # fmt: skip


class Phones:
    """Numbers that nobody has: 555-01xx of an area is kept for stories. Each is given out once."""

    def __init__(self) -> None:
        # 512-555-0100 is the practice's, 0187 to 0192 are pasted; 737-555-0100 to 0139 are the clients'.
        self._city = iter([f"512-555-01{n:02d}" for n in range(1, 87)] + [f"737-555-01{n:02d}" for n in range(40, 100)])
        self._country = iter([f"{area}-555-01{n:02d}" for area in (325, 830) for n in range(1, 87)])

    def one(self, zip_code: str) -> str:
        rural = zip_code.startswith("768") or zip_code in table("names.toml")["rural"]
        return next(self._country if rural else self._city)


def plan_network(schedule: Schedule, calendar: Calendar, actors: dict[str, Actor]) -> dict[str, int]:
    """Put everything the network went through on the schedule. The same for every day it is built on.

    Returns name -> listing, which is filled while the schedule is played.
    """
    random, phones = Random("the network of Barton Creek"), Phones()
    desk, raw = actors["salas"], table("services.toml")
    entered = _Entered(schedule, calendar, random, desk)
    shared = []
    for service in _services(raw):
        facts = {**service, **_found_at(service, phones), "email": _mail(service["name"], service["kind"])}
        if facts.pop("shared", False):
            shared.append(facts)
        else:
            entered.plan(facts, "met" if random.random() < 0.4 else "know_well")
    for facts in peers(random):
        acquainted = random.choices(("know_well", "met", "heard_of", "unknown"), (24, 32, 28, 16))[0]
        entered.plan({**facts, **_found_at(facts, phones)}, acquainted)
    _plan_relations(entered, raw)
    _plan_shared(schedule, calendar, shared)
    pasted = raw["pasted"]
    when = calendar.days_ago(pasted["days_ago"], "16:20")
    schedule.add(when, lambda now: _paste(actors["okafor"], pasted["text"], now))
    return entered.ids


def _services(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The services of the file with the usual facts of their kind laid under, and sets of plans spelt out."""
    for service in raw["service"]:
        usual = raw["defaults"].get(service["kind"], raw["defaults"]["other"])
        facts = {"accepting": "open", "languages": ["en"], "licensed_states": ["TX"], **usual, **service}
        if isinstance(facts.get("plans"), str):
            facts["plans"] = raw["plan_sets"][facts["plans"]]
        yield facts


def _found_at(facts: dict[str, Any], phones: Phones) -> dict[str, Any]:
    place = place_of_zip(facts["zip"])
    city = {"city": place.city, "state": place.state} if place else {}
    return {**city, "phone": phones.one(facts["zip"])}


def _mail(name: str, kind: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    box = "office" if kind == "therapist" else "intake"
    return f"{box}@{'-'.join(''.join(c for c in word if c.isalnum()) for word in plain.split()[:3])}.example"


class _Entered:
    """The listings the practice entered itself; their ids are known once the schedule is played."""

    def __init__(self, schedule: Schedule, calendar: Calendar, random: Random, actor: Actor) -> None:
        self.schedule, self.calendar, self.random, self.actor = schedule, calendar, random, actor
        self.ids: dict[str, int] = {}

    def plan(self, facts: dict[str, Any], relationship: str) -> None:
        """Entered on some day; the better known, the more often someone asked again whether it is still true."""
        name, known = facts["name"], relationship in ("know_well", "met")
        entered = self.random.randint(95, 420)
        self.schedule.add(self.calendar.days_ago(entered), lambda now: self._enter(facts, relationship, now))
        if known:
            self.relate(name, entered - 1, how_met=self.random.choice(table("names.toml")["how_met"]))
        last = self.random.randint(1, 24) if known else self.random.randint(5, 80)
        fields = [field for field in _ASKED if field in facts]
        for asked in (last, last + 27) if known else (last,):
            if known or self.random.random() < 0.6:
                self.schedule.add(
                    self.calendar.days_ago(asked, "11:00"),
                    lambda now: None if not fields else self._confirm(name, fields, now),
                )

    def relate(self, name: str, days: int, **known: Any) -> None:
        when = self.calendar.days_ago(days, "12:00")
        self.schedule.add(when, lambda now: listing.relate(self.actor, self.ids[name], now=now, **known))

    def _enter(self, facts: dict[str, Any], relationship: str, now: datetime) -> None:
        self.ids[facts["name"]] = listing.enter(
            self.actor, facts, now=now, verified=relationship != "unknown", relationship=relationship
        )

    def _confirm(self, name: str, fields: list[str], now: datetime) -> None:
        listing.confirm(self.actor, self.ids[name], fields, now=now)


def _plan_relations(entered: _Entered, raw: dict[str, Any]) -> None:
    for tie in raw["tie"]:
        entered.relate(tie["name"], 90, tie_kind=tie["kind"], tie_text=tie["text"])
    for left_out in raw["excluded"]:
        entered.relate(left_out["name"], 80, excluded=True, notes=left_out["why"])


def _plan_shared(schedule: Schedule, calendar: Calendar, services: list[dict[str, Any]]) -> None:
    """The list of services that all practices of the server share, read three times; some rows were never renewed."""
    for run, days in enumerate(STATED_DAYS_AGO):
        schedule.add(calendar.days_ago(days, "07:00"), lambda now, run=run: _land(services, run, now))  # type: ignore[misc]


def _land(services: list[dict[str, Any]], run: int, now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    fingerprint = hashlib.sha256(f"{SHARED_LIST} {run}".encode()).hexdigest()
    first = today - timedelta(days=STATED_DAYS_AGO[0] - STATED_DAYS_AGO[run])
    rows = [
        importing.Row(line, facts["name"], checked(facts), stated_on=first if line % 5 == 0 else today)
        for line, facts in enumerate(services, start=1)
    ]
    read = [(row, [row.line]) for row in rows]
    arriving = importing.Arriving(
        kind="demo", name=SHARED_LIST, fingerprint=fingerprint, read=lambda position: iter(read)
    )
    importing.import_rows(arriving, practice_id=None, now=now)


def _paste(actor: Actor, text: str, now: datetime) -> None:
    pasting.add_pasted(actor, pasting.read_pasted(text), now=now, relationship="heard_of")
