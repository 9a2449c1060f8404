"""Every release of a client: what it said, who signed, each version since, and whether she has her copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from warmhandoff.clients.models import Release, ReleaseVersion
from warmhandoff.clients.queries import ReleaseCard, client_row, releases_of
from warmhandoff.clients.release_copy import copy_of
from warmhandoff.clients.release_rows import note, release_row, today_at
from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem

COPIES = {"portal": "On her page", "print": "Printed and handed over", "mail": "By post"}


@dataclass(frozen=True)
class Version:
    """What a release allowed from `at` on, and by whose word; by: the member's name, "" for the client."""

    number: int
    classes: list[str]
    back_classes: list[str]
    recipients: list[str]
    expires_on: date
    by: str
    at: datetime


@dataclass(frozen=True)
class OneRelease:
    """A release with its versions, newest first."""

    card: ReleaseCard
    versions: tuple[Version, ...]


def history(actor: Actor, client_id: UUID, *, now: datetime) -> list[OneRelease]:
    """All releases of a client, newest first, with the audit row. NotThere for strangers."""
    row = client_row(actor, client_id)
    audit.record(actor, "list", "release", row.pk, now=now, clients=[row.pk])
    cards = releases_of(row.pk, today=today_at(row.practice, now))
    versions: dict[UUID, list[Version]] = {}
    rows = ReleaseVersion.objects.filter(release__client=row).select_related("by__user").order_by("-number")
    for one in rows:
        versions.setdefault(one.release_id, []).append(_version(one))
    return [OneRelease(card, tuple(versions.get(card.id, ()))) for card in cards]


def _version(row: ReleaseVersion) -> Version:
    by = row.by.user.name if row.by is not None else ""
    return Version(row.number, row.classes, row.back_classes, row.recipients, row.expires_on, by, row.at)


def one_release(actor: Actor, client_id: UUID, release_id: UUID, *, now: datetime) -> ReleaseCard:
    """One release of this client; NotThere for anyone else's. For a door that has been passed and audited."""
    row = client_row(actor, client_id)
    cards = releases_of(row.pk, today=today_at(row.practice, now))
    found = next((card for card in cards if card.id == release_id), None)
    if found is None:
        raise NotThere(subject=release_id)
    return found


def release_file(actor: Actor, client_id: UUID, release_id: UUID, *, now: datetime) -> bytes:
    """One release as PDF, to be signed or as it was signed."""
    row = client_row(actor, client_id)
    card = one_release(actor, client_id, release_id, now=now)
    audit.record(actor, "open", "release", card.id, now=now, clients=[row.pk])
    return copy_of(card, ZoneInfo(row.practice.time_zone))


def record_copy(actor: Actor, client_id: UUID, release_id: UUID, *, how: str, now: datetime) -> None:
    """Record that she has her copy (45 CFR 164.508(c)(4)); the first time counts. NotNow before it is signed."""
    with transaction.atomic():
        release = release_row(actor, release_id, lock=True)
        if release.client_id != client_id:
            raise NotThere(subject=release_id)
        if how not in COPIES:
            raise BadInput(Problem("choose how she got it", field="how"))
        if not release.signed_at:
            raise NotNow("A copy is given of what was signed.")
        if Release.objects.filter(pk=release.pk, copy_given_at=None).update(copy_given_at=now, copy_how=how):
            note(release, "give_copy", actor, now)
