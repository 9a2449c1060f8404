"""How a member leaves a practice: at once, everywhere, and so that a restored backup does not bring her back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from warmhandoff.accounts import sessions
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.core import audit, journal, restoring
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import NotAllowed, Stale


def end_membership(actor: Actor, membership: Membership, *, now: datetime) -> None:
    """End a colleague's membership; her next request finds her signed out. NotAllowed without the right to policy.

    Stale when it has ended already. Her clients and next steps stay with her name until someone takes them over.
    """
    if actor.practice_id != membership.practice_id or "policy" not in actor.verbs("practice"):
        raise NotAllowed("Only an administrator of the practice can end a membership.")
    with transaction.atomic():
        if not Membership.objects.filter(pk=membership.pk, left_at=None).update(left_at=now):
            raise Stale(subject=membership.pk)
        sessions.end_all(membership.user_id, now=now)
        audit.record(actor, "leave", "membership", membership.pk, now=now)
        journal.note("member_left", membership.practice_id, membership.pk, now=now)


@journal.reapply("member_left")
def leave_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: whoever had left has left."""
    row = Membership.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None:
        return None
    if not Membership.objects.filter(pk=row.pk, left_at=None).update(left_at=line.at):
        return False
    audit.record(system(row.practice_id), "leave", "membership", row.pk, now=now)
    return True


@restoring.fence("invitation")
def end_invitations(now: datetime) -> list[str]:
    """After a restore: links to join were used, or will be asked for again. They can be made anew in a minute."""
    Invitation.objects.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    return []
