"""The address at which a member's calendar asks for her appointments: a secret in a path, for calendars know no other.

Only its hash is kept. A new one ends the old; it ends with the membership, with a restore and with the practice.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts import holding
from warmhandoff.accounts.models import CalendarFeed
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.core import audit, restoring, shredding
from warmhandoff.core.links import LinkKind, new_token, row_behind, token_hash
from warmhandoff.rules.access import Actor

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Membership

_LINK = LinkKind("calendar", "calendar_link", "There is nothing here, or it is not yours to see.")


def feed_of(actor: Actor) -> tuple[datetime, date | None] | None:
    """When the actor's address was made and the day it was last asked for; None where she has none."""
    rows = CalendarFeed.objects.filter(membership_id=actor.member)
    return rows.values_list("made_at", "last_used_on").first()


def make_feed(actor: Actor, *, now: datetime) -> str:
    """A new address for the actor's own calendar, in place of an old one. Returns the token, which is kept nowhere."""
    token = new_token()
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(
            membership_id=actor.member,
            defaults={"token_hash": token_hash("calendar", token), "made_at": now, "last_used_on": None},
        )
        audit.record(actor, "make_feed", "account", actor.member, now=now)
    return token


def end_feed(actor: Actor, *, now: datetime) -> None:
    """End the actor's address; doing it twice changes nothing."""
    with transaction.atomic():
        CalendarFeed.objects.filter(membership_id=actor.member).delete()
        audit.record(actor, "end_feed", "account", actor.member, now=now)


def actor_behind(token: str, *, now: datetime, address: str = "") -> Actor:
    """Whose calendar asks. NotThere where the token opens nothing, TooMany after many wrong ones."""
    rows = CalendarFeed.objects.select_related("membership__user").filter(
        membership__left_at=None, membership__user__is_active=True
    )
    row = row_behind(_LINK, rows, token, now=now, address=address)
    if row.last_used_on != now.date():  # once a day is enough to see whether it is used
        CalendarFeed.objects.filter(pk=row.pk).update(last_used_on=now.date())
    return actor_of_membership(row.membership)


@holding.parting("calendar address")
def end_feed_of_leaver(membership: Membership, actor: Actor, now: datetime) -> None:
    CalendarFeed.objects.filter(membership=membership).delete()


@restoring.fence("calendar address")
def end_all_feeds(now: datetime) -> list[str]:
    """Which were ended since the backup, nobody knows: all end, and are made anew by their owners."""
    CalendarFeed.objects.all().delete()
    return []


@shredding.ends("calendar addresses")
def end_feeds_of(practice_id: UUID, now: datetime) -> int:
    return CalendarFeed.objects.filter(membership__practice_id=practice_id).delete()[0]
