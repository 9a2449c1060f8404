"""Getting to know colleagues: what is planned and done, what one learns of them, groups, and a goal for oneself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from warmhandoff.core import audit
from warmhandoff.directory.acquaintance import relationships_of
from warmhandoff.directory.listing import may_change, reachable, relate, today_of
from warmhandoff.network.models import Contact, Goal, Group, Outreach
from warmhandoff.rules.access import Actor
from warmhandoff.rules.meeting import GOALS, ways
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem
from warmhandoff.rules.vocab import trust_of

FOLLOW_UP_AFTER = timedelta(days=5)
_FURTHEST, _OLDEST = timedelta(days=731), timedelta(days=3660)
_TEXT = 2000


@dataclass(frozen=True)
class Touch:
    """Being in touch once. Either a colleague (listing_id) or a group; `on` is the day it is planned for or was done.

    relationship: how well one knows them afterwards, where that is said; follow_up_on: a day to write once more.
    """

    way: str
    on: date
    listing_id: int | None = None
    group_id: UUID | None = None
    words: str = ""
    relationship: str = ""
    follow_up_on: date | None = None


def _check(touch: Touch, today: date, *, done: bool) -> None:
    problems = []
    if touch.way not in ways():
        problems.append(Problem("choose a way", field="way"))
    if (touch.listing_id is None) == (touch.group_id is None):
        problems.append(Problem("say with whom: a colleague, or a group", field="listing"))
    if done and not today - _OLDEST <= touch.on <= today:
        problems.append(Problem("a day up to today is needed", field="on"))
    if not done and not today <= touch.on <= today + _FURTHEST:
        problems.append(Problem("a day from today on is needed", field="on"))
    if touch.follow_up_on and not touch.on <= touch.follow_up_on <= today + _FURTHEST:
        problems.append(Problem("a day after it is needed", field="follow_up_on"))
    if len(touch.words) > _TEXT:
        problems.append(Problem(f"is longer than {_TEXT} characters", field="words"))
    if problems:
        raise BadInput(*problems)


def plan_outreach(actor: Actor, touch: Touch, *, now: datetime) -> UUID:
    """Plan to be in touch; it is on the page and in the calendar of whoever plans it. Returns its id.

    Refuses an unknown way, a day that is past or two years away, and neither or both of colleague and group.
    """
    may_change(actor)
    _check(touch, today_of(actor, now), done=False)
    with transaction.atomic():
        row = Outreach.objects.create(**_of(actor, touch), planned_on=touch.on, made_at=now)
        audit.record(actor, "plan", "outreach", row.pk, now=now)
    return row.pk


def log_outreach(actor: Actor, touch: Touch, *, now: datetime) -> UUID:
    """Write down that one was in touch. Refuses as `plan_outreach` does, and a day still to come. Returns its id."""
    may_change(actor)
    _check(touch, today_of(actor, now), done=True)
    with transaction.atomic():
        row = Outreach.objects.create(
            **_of(actor, touch), done_on=touch.on, follow_up_on=touch.follow_up_on, made_at=now
        )
        _know(actor, row, touch, now)
        audit.record(actor, "log", "outreach", row.pk, now=now)
    return row.pk


def done_outreach(actor: Actor, outreach_id: UUID, touch: Touch, *, now: datetime) -> None:
    """What was planned took place: on `touch.on`, with these words. The way and with whom stay as planned.

    NotThere for what is not the actor's own; NotNow for what was done or dropped already.
    """
    row = _open(actor, outreach_id)
    whole = Touch(row.way, touch.on, row.listing_id, row.group_id, touch.words, touch.relationship, touch.follow_up_on)
    _check(whole, today_of(actor, now), done=True)
    with transaction.atomic():
        row.done_on, row.words, row.follow_up_on = whole.on, whole.words or row.words.reveal(), whole.follow_up_on
        row.save(update_fields=["done_on", "words", "follow_up_on"])
        _know(actor, row, whole, now)
        audit.record(actor, "log", "outreach", row.pk, now=now)


def drop_outreach(actor: Actor, outreach_id: UUID, *, now: datetime) -> None:
    """What was planned will not be. Nothing is counted against anyone. Refused as `done_outreach`."""
    row = _open(actor, outreach_id)
    with transaction.atomic():
        Outreach.objects.filter(pk=row.pk).update(dropped_at=now, version=F("version") + 1)
        audit.record(actor, "drop", "outreach", row.pk, now=now)


def followed_up(actor: Actor, outreach_id: UUID, *, now: datetime) -> None:
    """The note after the meeting was written, or is not needed. NotThere, or NotNow where none is open."""
    may_change(actor)
    row = _own(actor, outreach_id)
    if row.follow_up_on is None or row.followed_up_on is not None:
        raise NotNow("There is nothing to follow up here.", subject=outreach_id)
    with transaction.atomic():
        row.followed_up_on = today_of(actor, now)
        row.save(update_fields=["followed_up_on"])
        audit.record(actor, "follow_up", "outreach", row.pk, now=now)


def _own(actor: Actor, outreach_id: UUID) -> Outreach:
    row = Outreach.objects.filter(practice_id=actor.practice_id, by_id=actor.member, pk=outreach_id).first()
    if row is None:
        raise NotThere(subject=outreach_id)
    return row


def _open(actor: Actor, outreach_id: UUID) -> Outreach:
    may_change(actor)
    row = _own(actor, outreach_id)
    if row.done_on is not None or row.dropped_at is not None:
        raise NotNow("This was done or dropped already.", subject=outreach_id)
    return row


def _of(actor: Actor, touch: Touch) -> dict[str, Any]:
    """The columns that planned and logged have alike; refuses a listing or group out of reach."""
    listing = None if touch.listing_id is None else reachable(actor, touch.listing_id).pk
    if touch.group_id is not None:
        _group(actor, touch.group_id)
    return {
        "practice_id": actor.practice_id, "by_id": actor.member, "listing_id": listing, "group_id": touch.group_id,
        "way": touch.way, "words": touch.words.strip(),
    }  # fmt: skip


def _know(actor: Actor, row: Outreach, touch: Touch, now: datetime) -> None:
    """How well one knows them now: what was said, or, whoever was met is known as met at least."""
    if row.listing_id is None:
        return
    before = relationships_of(actor.practice_id).get(row.listing_id, "unknown")
    after = touch.relationship
    if not after and ways()[row.way].meets and trust_of(before) < trust_of("met"):
        after = "met"
    if after and after != before:
        relate(actor, row.listing_id, now=now, relationship=after)


def keep_contact(
    actor: Actor, listing_id: int, *, style: str, fees: str, next_on: date | None, now: datetime
) -> None:
    """What one knows of a colleague: style (how they work and are), fees, and when to be in touch again.

    Refuses texts that are too long and a day that is past.
    """
    may_change(actor)
    listing = reachable(actor, listing_id)
    problems = [Problem(f"is longer than {_TEXT} characters", field=name)
                for name, text in (("style", style), ("fees", fees)) if len(text) > _TEXT]  # fmt: skip
    held = Contact.objects.filter(practice_id=actor.practice_id, listing=listing).first()
    if next_on and next_on < today_of(actor, now) and (held is None or held.next_on != next_on):
        problems.append(Problem("choose a day that is still to come", field="next_on"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        row, _ = Contact.objects.get_or_create(
            practice_id=actor.practice_id, listing=listing, defaults={"changed_at": now}
        )
        row.style, row.fees, row.next_on, row.changed_at = style.strip(), fees.strip(), next_on, now
        row.save()
        audit.record(actor, "keep", "contact", listing.pk, now=now)


def _group(actor: Actor, group_id: UUID) -> Group:
    row = Group.objects.filter(practice_id=actor.practice_id, pk=group_id, ended_at=None).first()
    if row is None:
        raise NotThere(subject=group_id)
    return row


def add_group(
    actor: Actor, name: str, kind: str, *, place: str = "", next_on: date | None = None, notes: str = "", now: datetime
) -> UUID:
    """A group that meets, or an event. Returns its id. Refuses one without a name, or of another kind."""
    may_change(actor)
    problems = []
    if not name.strip() or len(name) > 120:
        problems.append(Problem("a name of up to 120 characters is needed", field="name"))
    if kind not in ("group", "event"):
        problems.append(Problem("a group or an event", field="kind"))
    if len(place) > 120 or len(notes) > _TEXT:
        problems.append(Problem("is too long", field="place" if len(place) > 120 else "notes"))
    if problems:
        raise BadInput(*problems)
    with transaction.atomic():
        row = Group(
            practice_id=actor.practice_id, name=name.strip(), kind=kind, place=place.strip(), next_on=next_on,
            notes=notes.strip(), added_at=now,
        )  # fmt: skip
        row.save(force_insert=True)
        audit.record(actor, "add", "group", row.pk, now=now)
    return row.pk


def end_group(actor: Actor, group_id: UUID, *, now: datetime) -> None:
    """Take a group off the page; what was done in it stays. NotThere for one of another practice."""
    may_change(actor)
    row = _group(actor, group_id)
    with transaction.atomic():
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        audit.record(actor, "end", "group", row.pk, now=now)


def set_goal(actor: Actor, what: str, a_month: int, *, now: datetime) -> None:
    """What the actor means to do a month (1 to 31, 0 for no goal any more), in place of what she meant before."""
    if what not in GOALS or not 0 <= a_month <= 31:
        raise BadInput(Problem("a whole number from 0 to 31 is needed", field="a_month"))
    may_change(actor)
    with transaction.atomic():
        Goal.objects.filter(membership_id=actor.member, what=what, ended_at=None).update(ended_at=now)
        if a_month:
            Goal.objects.create(
                practice_id=actor.practice_id, membership_id=actor.member, what=what, a_month=a_month, set_at=now
            )
        audit.record(actor, "set_goal", "membership", actor.member, now=now)
