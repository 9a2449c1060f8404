"""The circle as its pages show it: what is due, how the month goes, when one was last in touch, and the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, Min, Q

from warmhandoff.accounts.switches import is_on
from warmhandoff.directory.acquaintance import merged_into
from warmhandoff.directory.listing import reachable
from warmhandoff.directory.queries import known_facts
from warmhandoff.network.models import Contact, Goal, Group, Outreach
from warmhandoff.referrals.by_source import Exchanged, exchanged_with
from warmhandoff.rules.access import Actor
from warmhandoff.rules.calendar import Entry, calendar_file
from warmhandoff.rules.circle import HelpType, help_types
from warmhandoff.rules.meeting import GOALS, goal_in_words, ways
from warmhandoff.rules.refusals import NotThere

LATEST = 20


@dataclass(frozen=True)
class OutreachLine:
    """One time of being in touch. `with_whom`: a colleague's or a group's name; on: planned for, or done on."""

    id: UUID
    listing_id: int | None
    with_whom: str
    way: str
    on: date
    words: str
    follow_up_on: date | None
    place: str = ""


@dataclass(frozen=True)
class GroupLine:
    id: UUID
    name: str
    kind: str
    place: str
    next_on: date | None
    notes: str


@dataclass(frozen=True)
class GoalLine:
    """A goal with how far the month is, in words that scold nobody."""

    what: str
    label: str
    a_month: int
    done: int
    words: str


@dataclass(frozen=True)
class Due:
    """A colleague to be in touch with again."""

    listing_id: int
    name: str
    on: date


@dataclass(frozen=True)
class Circle:
    """The actor's own plans and goals, and what her practice shares: groups and days to be in touch again."""

    planned: tuple[OutreachLine, ...]
    follow_ups: tuple[OutreachLine, ...]
    latest: tuple[OutreachLine, ...]
    due: tuple[Due, ...]
    goals: tuple[GoalLine, ...]
    groups: tuple[GroupLine, ...]


def circle(actor: Actor, *, today: date) -> Circle:
    """What the page of the circle shows. It holds nothing of clients, so it is not audited."""
    mine = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member).select_related("group", "listing")
    planned = mine.filter(done_on=None, dropped_at=None).order_by("planned_on", "made_at")
    follow = mine.filter(follow_up_on__isnull=False, followed_up_on=None).order_by("follow_up_on")
    latest = mine.filter(done_on__isnull=False).order_by("-done_on", "-made_at")[:LATEST]
    rows = Contact.objects.filter(practice_id=actor.practice_id, next_on__isnull=False).select_related("listing")
    groups = Group.objects.filter(practice_id=actor.practice_id, ended_at=None).order_by("next_on", "name")
    return Circle(
        _lines(planned), _lines(follow), _lines(latest),
        tuple(Due(row.listing_id, row.listing.name, row.next_on) for row in rows.order_by("next_on") if row.next_on),
        goals_of(actor, today=today),
        tuple(GroupLine(g.pk, g.name, g.kind, g.place, g.next_on, g.notes.reveal()) for g in groups),
    )  # fmt: skip


def _lines(rows: Iterable[Outreach]) -> tuple[OutreachLine, ...]:
    found = []
    for row in rows:
        on = row.done_on or row.planned_on
        assert on is not None
        name = row.listing.name if row.listing else row.group.name if row.group else ""
        place = row.group.place if row.group else ""
        found.append(OutreachLine(
            row.pk, row.listing_id, name, ways()[row.way].label, on, row.words.reveal(), row.follow_up_on, place
        ))  # fmt: skip
    return tuple(found)


def open_outreach(actor: Actor, outreach_id: UUID) -> OutreachLine:
    """One of the actor's own. NotThere for any other."""
    rows = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member, pk=outreach_id)
    found = _lines(rows.select_related("group", "listing"))
    if not found:
        raise NotThere(subject=outreach_id)
    return found[0]


def group_name(actor: Actor, group_id: UUID) -> str:
    """The name of a group of the practice that has not been taken off. NotThere for any other."""
    rows = Group.objects.filter(practice_id=actor.practice_id, pk=group_id, ended_at=None)
    name = rows.values_list("name", flat=True).first()
    if name is None:
        raise NotThere(subject=group_id)
    return name


def goals_of(actor: Actor, *, today: date) -> tuple[GoalLine, ...]:
    """The actor's goals with how far this month is. New: met this month, and never before by the practice."""
    set_by_her = {row.what: row.a_month for row in Goal.objects.filter(membership_id=actor.member, ended_at=None)}
    counts = {"new": _new(actor, today), "touches": _touches(actor, today)} if set_by_her else {}
    return tuple(
        GoalLine(what, GOALS[what], set_by_her[what], counts[what],
                 goal_in_words(what, counts[what], set_by_her[what]))
        for what in GOALS if what in set_by_her
    )  # fmt: skip


def _touches(actor: Actor, today: date) -> int:
    done = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member)
    return done.filter(done_on__gte=today.replace(day=1), done_on__lte=today).count()


def _new(actor: Actor, today: date) -> int:
    meeting = [code for code, way in ways().items() if way.meets]
    met = Outreach.objects.filter(practice_id=actor.practice_id, way__in=meeting, listing__isnull=False)
    first = met.values("listing").annotate(first=Min("done_on")).filter(first__gte=today.replace(day=1))
    mine = met.filter(by_id=actor.member, done_on__gte=today.replace(day=1), done_on__lte=today)
    return mine.filter(listing__in=first.values("listing")).values("listing").distinct().count()


@dataclass(frozen=True)
class Known:
    """What the practice knows of one colleague beside the listing's facts."""

    style: str
    fees: str
    next_on: date | None
    last_on: date | None
    types: tuple[HelpType, ...]
    touches: tuple[OutreachLine, ...]


def known_of(actor: Actor, listing_id: int, *, today: date) -> Known:
    """For the listing's page of acquaintance. NotThere for a listing out of reach."""
    listing = reachable(actor, listing_id)
    same = Q(listing=listing) | Q(listing__survivor=listing)
    row = Contact.objects.filter(same, practice_id=actor.practice_id).order_by("-changed_at").first()
    done = Outreach.objects.filter(same, practice_id=actor.practice_id, done_on__isnull=False)
    last = done.aggregate(last=Max("done_on"))["last"]
    facts = known_facts(actor.practice_id, [listing.pk], today=today).get(listing.pk, {})
    lines = _lines(done.select_related("listing", "group").order_by("-done_on", "-made_at")[:LATEST])
    style, fees = (row.style.reveal(), row.fees.reveal()) if row else ("", "")
    return Known(style, fees, row.next_on if row else None, last, help_types().of(facts), lines)


def exchange_with(actor: Actor, listing_id: int) -> Exchanged | None:
    """What was sent, received and thanked for; None where the practice does not show it. Given stands first.

    NotThere for a listing out of reach. It is read by pages alone: nothing that ranks may import this.
    """
    listing = reachable(actor, listing_id)
    if not is_on(actor.practice_id, "reciprocity"):
        return None
    return exchanged_with(actor.practice_id, [listing.pk, *merged_into(listing.pk)])


def calendar_of(actor: Actor, outreach_id: UUID | None = None, *, now: datetime) -> bytes:
    """What the actor planned, as a calendar file: one entry, or all of hers. Nothing in it is about a client.

    The words she noted stay here: in a calendar stand the way and with whom.
    """
    rows = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member, planned_on__isnull=False)
    rows = rows.select_related("listing", "group").order_by("planned_on")
    if outreach_id is not None:
        rows = rows.filter(pk=outreach_id)
    entries = [_entry(row, now) for row in rows if outreach_id is not None or row.done_on is None]
    follow = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member, followed_up_on=None)
    if outreach_id is None:
        later = follow.filter(follow_up_on__isnull=False).select_related("listing", "group")
        entries += [_later(row, now) for row in later]
    return calendar_file(entries)


def _whom(row: Outreach) -> str:
    return row.listing.name if row.listing else row.group.name if row.group else ""


def _entry(row: Outreach, now: datetime) -> Entry:
    assert row.planned_on is not None
    return Entry(
        uid=f"{row.pk}@warmhandoff", title=f"{ways()[row.way].label}: {_whom(row)}", starts=row.planned_on,
        place=row.group.place if row.group else "", version=row.version, made_at=now,
        status="CANCELLED" if row.dropped_at else "CONFIRMED",
    )  # fmt: skip


def _later(row: Outreach, now: datetime) -> Entry:
    assert row.follow_up_on is not None
    title = f"Write to {_whom(row)}"
    return Entry(uid=f"{row.pk}-later@warmhandoff", title=title, starts=row.follow_up_on, made_at=now)
