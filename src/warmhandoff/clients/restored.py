"""What a restore ends and makes true again among clients: links to the portal, releases taken back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.clients.erasing import erase_rows
from warmhandoff.clients.models import Client, PortalKey, Release, ReleaseSigner
from warmhandoff.clients.release_rows import note
from warmhandoff.core import audit, erasing, events, journal, restoring, shredding
from warmhandoff.rules.access import system


@restoring.fence("portal link")
def end_portal_keys(now: datetime) -> list[str]:
    """Every link to the client's page ends: which of them were used since the backup, nobody knows."""
    PortalKey.objects.filter(used_at=None, ended_at=None).update(ended_at=now)
    return []


@shredding.ends("portal links")
def end_portal_keys_of(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded: its clients' links end."""
    return PortalKey.objects.filter(practice_id=practice_id, used_at=None, ended_at=None).update(ended_at=now)


@journal.reapply("release_revoked")
def revoke_again(line: journal.Line, now: datetime) -> bool | None:
    """A release that was taken back is taken back, as of when it was."""
    row = Release.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None or not row.signed_at:  # signed and taken back after the backup: a draft discloses nothing
        return None
    if row.revoked_at:
        return False
    Release.objects.filter(pk=row.pk).update(revoked_at=line.at, revoked_by="restore")
    actor = system(row.practice_id)
    subject = events.Subject("release", row.pk, row.practice_id, row.client_id)
    change = events.Change("revoke_release", events.next_number(row.pk), release_id=row.pk)
    events.record(subject, change, actor=actor, now=now)
    audit.record(actor, "revoke_release", "release", row.pk, now=now, clients=[row.client_id], basis=row.pk)
    return True


@journal.reapply("release_narrowed")
def narrow_again(line: journal.Line, now: datetime) -> bool | None:
    """A release that was narrowed after the backup is taken back: what was taken out of it is not in the journal."""
    row = Release.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None or not row.signed_at:
        return None
    if row.revoked_at or row.versions.filter(number__gt=1, at__gte=line.at).exists():
        return False
    return revoke_again(line, now)


@journal.reapply("signature_taken_back")
def take_back_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: a signature that was taken back is taken back, as of when it was."""
    places = ReleaseSigner.objects.select_related("release")
    place = places.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if place is None or place.signed_at is None:
        return None
    if not ReleaseSigner.objects.filter(pk=place.pk, withdrawn_at=None).update(withdrawn_at=line.at):
        return False
    note(place.release, "take_signature_back", system(line.practice_id), now)
    return True


@journal.reapply("client_erased")
def erase_client_again(line: journal.Line, now: datetime) -> bool | None:
    """A client who was added by mistake and erased goes again, with her drafts."""
    row = Client.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None:
        return None
    erase_rows(row, now=now)
    erasing.forget_events(row.practice_id, row.pk)
    audit.record(system(row.practice_id), "erase", "client", row.pk, now=now, clients=[row.pk])
    return True
