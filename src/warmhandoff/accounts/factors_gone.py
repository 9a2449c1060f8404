"""Second factors that were taken away stay away when a backup that still remembers them is restored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, User
from warmhandoff.core import audit, journal, restoring
from warmhandoff.rules.access import system


def note_gone(row: AuthenticatorApp | Passkey, practice_id: UUID, *, now: datetime) -> None:
    """Write the end of a factor into the journal, within the caller's transaction."""
    kind = "passkey_gone" if isinstance(row, Passkey) else "app_gone"
    journal.note(kind, practice_id, row.pk, now=now)


@journal.reapply("passkey_gone")
def passkey_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: a passkey that was taken away (lost, perhaps) opens nothing."""
    return _again(Passkey.objects.filter(pk=line.subject_id).first(), line, now)


@journal.reapply("app_gone")
def app_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: the secret that was taken away or replaced opens nothing; a newer one stays."""
    return _again(AuthenticatorApp.objects.filter(pk=line.subject_id, since__lt=line.at).first(), line, now)


def _again(row: AuthenticatorApp | Passkey | None, line: journal.Line, now: datetime) -> bool | None:
    if row is None:
        return None
    user_id = row.user_id
    row.delete()
    app = AuthenticatorApp.objects.filter(user_id=user_id, since__isnull=False)
    if not app.exists() and not Passkey.objects.filter(user_id=user_id).exists():
        User.objects.filter(pk=user_id).update(second_factor_since=None)
    audit.record(system(line.practice_id), "remove_factor", "account", user_id, now=now)
    return True


@restoring.fence("recovery code")
def end_recovery_codes(now: datetime) -> list[str]:
    """After a restore: codes that were used since the backup would count again, so all end. New ones take a minute."""
    RecoveryCode.objects.all().delete()
    return []
