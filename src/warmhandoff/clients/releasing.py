"""Releases: taken back, and the gate that every disclosure passes. Drafting, signing and narrowing are beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from warmhandoff.clients import endings, minors
from warmhandoff.clients.drafting import ReleaseDraft, draft_release, usual_days
from warmhandoff.clients.models import Client, Release
from warmhandoff.clients.release_rows import note, release_row, subject, today_at
from warmhandoff.clients.release_signing import SIGNED_HOW, Signature, fault_of, says_by_what_right, sign_release
from warmhandoff.clients.settling import InFlight, settled
from warmhandoff.clients.signatures import whose_word
from warmhandoff.core import attachments, audit, events, journal
from warmhandoff.core import gate as server_gate
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotNow
from warmhandoff.rules.release import Decision, Direction, Disclosure, Terms, decide
from warmhandoff.rules.release_elements import Filled, held

__all__ = [
    "SIGNED_HOW", "InFlight", "ReleaseDraft", "Signature", "covering", "draft_release", "gate",
    "open_scan", "record_refused_disclosure", "revoke_release", "sign_release", "today_at", "usual_days",
]


def revoke_release(
    actor: Actor, release_id: UUID, *, now: datetime, in_flight: InFlight, wait_seconds: float = 15.0
) -> Release:
    """Take a release back, at once: after this returns, nothing leaves on it.

    A hand-over already in flight is waited for up to its deadline (security requirement R-13).
    """

    def revoke(release: Release) -> Release:
        if release.revoked_at:
            return release
        by = whose_word(actor, release, now=now)
        Release.objects.filter(pk=release.pk).update(revoked_at=now, revoked_by=by)
        release.refresh_from_db()
        note(release, "revoke_release", actor, now)
        journal.note("release_revoked", release.practice_id, release.pk, now=now)
        return release

    def find() -> Release:
        release = release_row(actor, release_id, lock=True)
        if not release.signed_at:
            raise NotNow("This release is not signed: there is nothing to take back.")
        return release

    def under_way(release: Release, at: datetime) -> bool:
        return not release.revoked_at and in_flight(release, at)

    return settled(find, revoke, now=now, in_flight=under_way, wait_seconds=wait_seconds)


def gate(
    client: Client, recipient: int, *, classes: Sequence[str], purpose: str, now: datetime, lock: bool = False,
    direction: Direction = "there",
) -> Decision:
    """The release decision: the only way to a disclosure. With `lock`, the client's releases are locked until the
    caller's transaction ends, so that a revocation comes wholly before or wholly after.

    direction "back": whether the recipient may send these classes back. Of a client under 18 nothing leaves before it
    is recorded who consented to her care.
    """
    if server_gate.is_closed():
        return Decision(False, reason=server_gate.REASON)
    today = today_at(client.practice, now)
    if reason := minors.why_no_packet(client, today):
        return Decision(False, reason=reason)
    rows = Release.objects.filter(client=client, practice_id=client.practice_id, kind="general")
    if lock:
        rows = rows.select_for_update(of=("self",))
    terms = _all_terms(_with_parts(rows), client, now)
    wanted = Disclosure(recipient, frozenset(classes), purpose, today, direction, client.practice.part2_programme)
    return decide(terms, wanted)


def _with_parts(rows: QuerySet[Release]) -> list[Release]:
    return list(rows.order_by("-drafted_at").prefetch_related("recipients", "signers"))


def _all_terms(rows: Iterable[Release], client: Client, now: datetime) -> list[Terms]:
    found = list(rows)
    for row in found:
        row.client = client
    over = endings.ended(found)
    today = today_at(client.practice, now)
    return [_terms(row, today, ended=row.pk in over) for row in found]


def _terms(row: Release, day: date, *, ended: bool) -> Terms:
    recipients, everyone = list(row.recipients.all()), list(row.signers.all())
    filled = Filled(
        patient=row.client.name.reveal(), discloser=row.client.practice.name, recipients=len(recipients),
        classes=frozenset([*row.classes, *row.back_classes]), purpose=row.purpose, ends=bool(row.expires_on),
        signed=row.signed_at is not None, authority=says_by_what_right(everyone), statements=frozenset(row.statements),
    )
    return Terms(
        id=row.pk, recipients=frozenset(r.listing_id for r in recipients), classes=frozenset(row.classes),
        purpose=row.purpose, signed_at=row.signed_at, expires_on=row.expires_on, revoked_at=row.revoked_at,
        ended=ended, held=held(filled), signer_fault=fault_of(row, everyone, day), back=frozenset(row.back_classes),
    )


def covering(referral_id: UUID, recipient: int, *, now: datetime) -> UUID | None:
    """The release of a referral that is in force and names this recipient already, or None."""
    rows = Release.objects.filter(referral_id=referral_id, recipients__listing_id=recipient, kind="general")
    for row in _with_parts(rows.select_related("client__practice")):
        practice = row.client.practice
        today = today_at(practice, now)
        wanted = Disclosure(recipient, frozenset(row.classes), row.purpose, today, part2=practice.part2_programme)
        if decide(_all_terms([row], row.client, now), wanted).allowed:
            return row.pk
    return None


def record_refused_disclosure(actor: Actor, client: Client, reason: str, recipient: int, *, now: datetime) -> None:
    """A disclosure that was refused leaves its reason in the client's record."""
    about = events.Subject("client", client.pk, client.practice_id, client.pk)
    change = events.Change(
        "refuse_disclosure", events.next_number(client.pk), facts={"reason": reason, "recipient": recipient}
    )
    events.record(about, change, actor=actor, now=now)
    audit.record(actor, "refuse_disclosure", "client", client.pk, now=now, clients=[client.pk])


def open_scan(actor: Actor, release_id: UUID, attachment_id: UUID, *, now: datetime) -> attachments.File:
    """A scan of a release signed on paper, for those who may see the release. NotThere for anyone else."""
    return attachments.open_file(
        subject(release_row(actor, release_id, verb="see")), attachment_id, actor=actor, now=now
    )
