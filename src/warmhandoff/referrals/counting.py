"""What the figures of a report are counted from: one line for each referral and handoff, read from what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from warmhandoff.clients.figures import languages_and_births
from warmhandoff.core.queries import first_reached
from warmhandoff.referrals.inbox import visible_incoming
from warmhandoff.referrals.models import Delivery, Incoming, Referral
from warmhandoff.referrals.queries import visible_referrals
from warmhandoff.rules.access import Actor

# A referral has come to a step once an event brought it to one of these states, also where it has left it since.
REACHED: dict[str, frozenset[str]] = {
    "offered": frozenset({"offered"}),
    "chosen": frozenset({"chosen", "taken"}),
    "taken": frozenset({"taken"}),
    "sent": frozenset({"sent"}),
    "answered": frozenset({"accepted", "declined", "waitlisted", "asked"}),
    "booked": frozenset({"booked"}),
    "missed": frozenset({"missed"}),
    "attended": frozenset({"attended", "settled"}),
    "settled": frozenset({"settled"}),
}


@dataclass(frozen=True)
class Loop:
    """One referral. at: step -> when it was first reached; a loop that is closed now has "closed" too."""

    id: UUID
    client_id: UUID
    reason: str
    at: Mapping[str, datetime]

    def has(self, *steps: str) -> bool:
        """Whether it came to any of these steps."""
        return any(step in self.at for step in steps)


@dataclass(frozen=True)
class Handoff:
    """One delivery that was handed over. answer: accept, decline, ask, waitlist or ""; shared: not of this practice."""

    client_id: UUID
    listing: str
    source: str
    shared: bool
    answer: str


def scope_of(actor: Actor, *, whole: bool) -> QuerySet[Referral]:
    """Every referral of the practice, or those the actor can open."""
    return Referral.objects.filter(practice_id=actor.practice_id) if whole else visible_referrals(actor)


def loops(rows: QuerySet[Referral]) -> list[Loop]:
    """What became of each of these referrals: two queries, however many there are."""
    found = first_reached("referral", rows.values("pk"), REACHED)
    return [_loop(row, found.get(row[0], {})) for row in rows.values_list(
        "pk", "client_id", "reason", "created_at", "closed_at").order_by("created_at", "pk")]


def _loop(row: tuple[Any, ...], firsts: Mapping[str, Any]) -> Loop:
    pk, client_id, reason, began, closed = row
    at = {"began": began, **{step: firsts[step] for step in REACHED if firsts.get(step)}}
    return Loop(pk, client_id, reason, at | ({"closed": closed} if closed else {}))


def handoffs(rows: QuerySet[Referral]) -> list[Handoff]:
    """Every delivery of these referrals that was handed over, withdrawn since or not."""
    found = Delivery.objects.filter(referral__in=rows.values("pk"), handed_over_at__isnull=False)
    told = found.order_by("handed_over_at", "pk").values_list(
        "referral__client_id", "listing__name", "listing__source__kind", "listing__practice_id", "answer"
    )
    return [Handoff(who, name, kind, owner is None, answer) for who, name, kind, owner, answer in told]


def arrivals(actor: Actor, since: datetime, until: datetime, *, whole: bool) -> list[tuple[str, str]]:
    """Who sent someone to us, and where the answer stands: (name of the listing, "client" or "", state)."""
    rows = Incoming.objects.filter(practice_id=actor.practice_id) if whole else visible_incoming(actor)
    told = rows.filter(received_at__gte=since, received_at__lt=until).order_by("received_at", "pk")
    return [
        ("client" if kind == "client" else name or "", "waitlisted" if state == "over" and answered else state)
        for kind, name, state, answered in told.values_list("from_kind", "listing__name", "state", "answered_at")
    ]


def standing(rows: QuerySet[Referral], now: datetime) -> list[tuple[str, bool]]:
    """The referrals that are open now: where each stands, and whether its next step is overdue."""
    still = rows.exclude(state="closed").order_by("pk").values_list("state", "due_at")
    return [(state, bool(due and due < now)) for state, due in still]


@dataclass(frozen=True)
class Groups:
    """What the record holds of a client that replies could unfairly hang on: the language she reads and her age."""

    language: str
    age: str


AGES = ((0, 17), (18, 25), (26, 64), (65, 200))


def groups_of(actor: Actor, client_ids: set[UUID], today: date) -> dict[UUID, Groups]:
    """The groups of these clients, as the record holds them today."""
    found = languages_and_births(actor.practice_id, client_ids)
    return {pk: Groups(language, age_band(born, today)) for pk, (language, born) in found.items()}


def age_band(birth_date: str, today: date) -> str:
    """"18-25", "65+", or "" where no day of birth is recorded."""
    if not birth_date:
        return ""
    born = date.fromisoformat(birth_date)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    least, most = next((band for band in AGES if band[0] <= age <= band[1]), AGES[-1])
    return f"{least}+" if most == AGES[-1][1] else f"{least}-{most}"


def first_begun(actor: Actor) -> datetime | None:
    """When the practice's first referral was begun."""
    rows = Referral.objects.filter(practice_id=actor.practice_id).order_by("created_at")
    return rows.values_list("created_at", flat=True).first()
