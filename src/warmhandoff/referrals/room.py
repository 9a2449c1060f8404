"""A receiving clinician's own word on her room: whether she takes new clients, how full she is, when she is away.

It is written to every listing that she keeps as her own, where it counts as the listing's own word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.accounts.queries import actor_of_membership, practice_of
from warmhandoff.core import audit, jobs
from warmhandoff.directory.kept_by import kept_listings
from warmhandoff.directory.listing import edit, today_of
from warmhandoff.referrals.inbox import incoming_row
from warmhandoff.referrals.models import Room
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

LONGEST_AWAY = timedelta(days=366)


@dataclass(frozen=True)
class RoomGiven:
    """accepting: open, waitlist or closed. seeing and at_most: her caseload, kept here alone. wait_days: to a first
    appointment. away_from and away_until: both, or neither; from the day after the last on, she is asked anew."""

    accepting: str = "open"
    seeing: int | None = None
    at_most: int | None = None
    wait_days: int | None = None
    away_from: date | None = None
    away_until: date | None = None


def keep_room(actor: Actor, given: RoomGiven, *, now: datetime) -> int:
    """Keep it, and say it on the listings she keeps. Returns on how many.

    Refuses unknown codes, a caseload below nothing, a stay away without an end, one that is over, or one that ends more
    than a year ahead (BadInput).
    """
    today = today_of(actor, now)
    _check(given, today)
    with transaction.atomic():
        Room.objects.update_or_create(
            member_id=actor.member, defaults={"practice_id": actor.practice_id, "changed_at": now, **vars(given)}
        )
        kept = _say(actor, given, now)
        if given.away_from is not None and given.away_from > today:
            _say_later(actor, given.away_from, now)
        audit.record(actor, "keep_room", "membership", actor.member, now=now)
    return kept


def _say(actor: Actor, given: RoomGiven, now: datetime) -> int:
    kept = kept_listings(actor.member)
    for listing_id in kept:
        edit(actor, listing_id, _facts(given, today_of(actor, now)), now=now, verified=True)
    return len(kept)


def _say_later(actor: Actor, first: date, now: datetime) -> None:
    at = datetime.combine(first, time(0, 5), ZoneInfo(practice_of(actor).time_zone))
    jobs.enqueue("say_away", {"member": str(actor.member)}, now=now, run_at=at)


@jobs.job("say_away")
def say_away(payload: dict[str, str], now: datetime) -> None:
    """On the first day away the listings say so, if it still holds then. Repeatable."""
    rows = Room.objects.select_related("member__user").filter(member__left_at=None)
    row = rows.filter(member_id=UUID(payload["member"])).first()
    if row is None or row.away_from is None:
        return
    actor = actor_of_membership(row.member)
    if row.away_from <= today_of(actor, now) <= (row.away_until or row.away_from):
        with transaction.atomic():
            _say(actor, _given(row), now)


def _check(given: RoomGiven, today: date) -> None:
    problems = []
    if given.accepting not in vocabulary("accepting"):
        problems.append(Problem("choose an answer", field="accepting"))
    for name in ("seeing", "at_most", "wait_days"):
        value = getattr(given, name)
        if value is not None and not 0 <= value <= 3650:
            problems.append(Problem("a number from 0 to 3650", field=name))
    if (given.away_from is None) != (given.away_until is None):
        missing = "away_until" if given.away_until is None else "away_from"
        problems.append(Problem("a time away has a first and a last day", field=missing))
    if given.away_from and given.away_until:
        if given.away_until < max(today, given.away_from):
            problems.append(Problem("this day is over, or before the first", field="away_until"))
        elif given.away_until > today + LONGEST_AWAY:
            problems.append(Problem("choose a day within the next year", field="away_until"))
    if problems:
        raise BadInput(*problems)


def _facts(given: RoomGiven, today: date) -> dict[str, object]:
    """What a listing says of it. Away now: closed until the last day is over. Openings where both ends are known."""
    away = given.away_from is not None and given.away_from <= today
    facts: dict[str, object] = {"accepting": "closed" if away else given.accepting, "wait_days": given.wait_days}
    again = given.away_until + timedelta(days=1) if given.away_until else None
    facts["paused_until"] = again.isoformat() if away and again else None
    if given.seeing is not None and given.at_most is not None:
        facts["openings"] = 0 if facts["accepting"] == "closed" else max(0, given.at_most - given.seeing)
    return facts


@dataclass(frozen=True)
class RoomView:
    given: RoomGiven
    changed_at: datetime | None
    listings: int


def room_of(actor: Actor) -> RoomView:
    """Her own word as it stands, and on how many listings it is said."""
    row = Room.objects.filter(member_id=actor.member).first()
    kept = len(kept_listings(actor.member))
    if row is None:
        return RoomView(RoomGiven(), None, kept)
    return RoomView(_given(row), row.changed_at, kept)


def _given(row: Room) -> RoomGiven:
    return RoomGiven(row.accepting, row.seeing, row.at_most, row.wait_days, row.away_from, row.away_until)


def away_until(actor: Actor, incoming_id: UUID, today: date) -> date | None:
    """The last day that whoever has an incoming referral is away, if she is away today. NotThere for strangers."""
    row = incoming_row(actor, incoming_id)
    found = Room.objects.filter(member_id=row.to_member_id, away_from__lte=today, away_until__gte=today)
    return found.values_list("away_until", flat=True).first()
