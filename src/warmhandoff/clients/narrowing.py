"""Narrowing a release that is in force: fewer classes, fewer recipients, an earlier end, at once and unsigned.

Anything wider needs a new release and a new signature. Every version is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from warmhandoff.clients.models import Release
from warmhandoff.clients.release_rows import note, release_row, today_at
from warmhandoff.clients.release_signing import keep_version
from warmhandoff.clients.settling import InFlight, settled
from warmhandoff.core import journal
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, Problem


@dataclass(frozen=True)
class Narrower:
    """What stays allowed. `recipients` are listing ids. None leaves a part as it is."""

    classes: Sequence[str] | None = None
    back_classes: Sequence[str] | None = None
    recipients: Sequence[int] | None = None
    expires_on: date | None = None


def narrow_release(
    actor: Actor, release_id: UUID, narrower: Narrower, *, now: datetime, in_flight: InFlight,
    wait_seconds: float = 15.0,
) -> Release:
    """Narrow a release at once, by the client or on her word: after this returns, nothing leaves on what was taken out.

    Waits for a hand-over under way, as taking it back does. Refused (BadInput) where anything would become wider, where
    nothing changes, and where nothing would be left: that is taking it back.
    """

    def narrow(release: Release) -> Release:
        today = today_at(release.client.practice, now)
        if not release.signed_at or release.revoked_at or release.expires_on < today:
            raise NotNow("This release is not in force: there is nothing to narrow.")
        _check(release, narrower, today)
        if _apply(release, narrower):
            keep_version(actor, release, now)
            note(release, "narrow_release", actor, now)
            journal.note("release_narrowed", release.practice_id, release.pk, now=now)
        return release

    return settled(
        lambda: release_row(actor, release_id, lock=True), narrow, now=now, in_flight=in_flight,
        wait_seconds=wait_seconds,
    )


def _check(release: Release, narrower: Narrower, today: date) -> None:
    problems = []
    kept = set(release.recipients.values_list("listing_id", flat=True))
    for name, wanted, before in (
        ("classes", narrower.classes, set(release.classes)), ("back_classes", narrower.back_classes,
                                                              set(release.back_classes)),
        ("recipients", narrower.recipients, kept),
    ):
        if wanted is not None and not set(wanted) <= before:
            problems.append(Problem("to allow more, you need to sign again", field=name))
        if wanted is not None and not wanted and name != "back_classes":
            problems.append(Problem("to allow nothing more, take it back", field=name))
    if narrower.expires_on is not None and not today <= narrower.expires_on <= release.expires_on:
        problems.append(Problem("choose a day from today to its last day now", field="expires_on"))
    if problems:
        raise BadInput(*problems)


def _apply(release: Release, narrower: Narrower) -> bool:
    """Change the row; whether anything became narrower."""
    before = (release.classes, release.back_classes, release.expires_on)
    if narrower.classes is not None:
        release.classes = [code for code in release.classes if code in set(narrower.classes)]
    if narrower.back_classes is not None:
        release.back_classes = [code for code in release.back_classes if code in set(narrower.back_classes)]
        release.news_back = bool(release.back_classes)
    if narrower.expires_on is not None:
        release.expires_on = narrower.expires_on
    release.save(update_fields=["classes", "back_classes", "news_back", "expires_on"])
    gone = 0
    if narrower.recipients is not None:
        gone, _ = release.recipients.exclude(listing_id__in=narrower.recipients).delete()
    return bool(gone) or before != (release.classes, release.back_classes, release.expires_on)
