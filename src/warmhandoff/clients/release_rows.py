"""What everything about releases shares: the door to one, its place in the record, and the day at the practice."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from warmhandoff.clients.models import Release
from warmhandoff.clients.queries import client_row
from warmhandoff.core import audit, events
from warmhandoff.rules.access import Actor, Verb
from warmhandoff.rules.refusals import NotThere

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice


def today_at(practice: Practice, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice.time_zone)).date()


def release_row(actor: Actor, release_id: UUID, *, lock: bool = False, verb: Verb = "change") -> Release:
    """The row, for actions; strangers get what a release that does not exist gets. A client needs no verb."""
    rows = Release.objects.select_related("client__practice")
    if lock:
        rows = rows.select_for_update(of=("self",))
    release = rows.filter(pk=release_id, practice_id=actor.practice_id).first()
    if release is None:
        raise NotThere(subject=release_id)
    client_row(actor, release.client_id, verb if actor.side == "referrer" else "see")
    return release


def subject(release: Release) -> events.Subject:
    return events.Subject("release", release.pk, release.practice_id, release.client_id)


def note(release: Release, verb: str, actor: Actor, now: datetime) -> None:
    """What happened to a release, in the timeline and in the audit."""
    number = events.next_number(release.pk)
    events.record(subject(release), events.Change(verb, number, release_id=release.pk), actor=actor, now=now)
    audit.record(actor, verb, "release", release.pk, now=now, clients=[release.client_id], basis=release.pk)
