"""How a member leaves a practice: at once, everywhere, and so that a restored backup does not bring her back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts import sessions
from warmhandoff.accounts.holding import held_by, in_words, part
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.accounts.roles import keep_an_admin
from warmhandoff.core import audit, journal, restoring, shredding
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import NotAllowed, NotNow, Stale


def end_membership(actor: Actor, membership: Membership, *, now: datetime) -> None:
    """End a colleague's membership; her next request finds her signed out. NotAllowed without the right to policy.

    Stale when it has ended already. NotNow while she holds what nobody else would (`holding.held_by`), and for the
    last administrator. Open links to join that she may know end with her, and so does her supervising.
    """
    if actor.practice_id != membership.practice_id or "policy" not in actor.verbs("practice"):
        raise NotAllowed("Only an administrator of the practice can end a membership.")
    with transaction.atomic():
        # First the row: whoever is about to hand her something waits for this lock and then finds her gone.
        if not Membership.objects.filter(pk=membership.pk, left_at=None).update(left_at=now):
            raise Stale(subject=membership.pk)
        if held := held_by(membership.pk):
            raise NotNow(f"{membership.user.name} still holds {in_words(held)}. Hand them to a colleague first.")
        keep_an_admin(membership.practice_id, without=membership.pk)
        _part(membership, actor, now)
        sessions.end_all(membership.user_id, now=now)
        audit.record(actor, "leave", "membership", membership.pk, now=now)
        journal.note("member_left", membership.practice_id, membership.pk, now=now)


def _part(membership: Membership, actor: Actor, now: datetime) -> None:
    Membership.objects.filter(supervisor=membership).update(supervisor=None)
    known = Q(email=membership.user.email)
    if "admin" in membership.roles:  # she may have kept the links that administrators make
        known |= Q(practice_id=membership.practice_id)
    links = Invitation.objects.filter(known, practice_id=membership.practice_id, used_at=None, expires_at__gt=now)
    links.update(expires_at=now)
    part(membership, actor, now)


@journal.reapply("member_left")
def leave_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: whoever had left has left, unless the backup knows that she came back afterwards.

    What she held is not in other hands any more where it was handed over after the backup: it is shown to those who
    can give it to someone (today's page).
    """
    row = Membership.objects.select_related("user").filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None:
        return None
    if row.joined_at > line.at or not Membership.objects.filter(pk=row.pk, left_at=None).update(left_at=line.at):
        return False
    actor = system(row.practice_id)
    _part(row, actor, now)
    audit.record(actor, "leave", "membership", row.pk, now=now)
    return True


@restoring.fence("invitation")
def end_invitations(now: datetime) -> list[str]:
    """After a restore: links to join were used, or will be asked for again. They can be made anew in a minute."""
    Invitation.objects.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    return []


@shredding.ends("memberships")
def end_memberships(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded: everyone has left it, and nobody can join any more."""
    Invitation.objects.filter(practice_id=practice_id, used_at=None).update(expires_at=now)
    return Membership.objects.filter(practice_id=practice_id, left_at=None).update(left_at=now)


@shredding.ends("sessions")
def end_sessions(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded: the sessions of its members and clients end. Which they are only each one tells."""
    members = {str(user) for user in Membership.objects.filter(practice_id=practice_id).values_list("user", flat=True)}
    ours = [
        session.pk for session in Session.objects.iterator()
        if _is_of(session.get_decoded(), members, str(practice_id))
    ]
    return Session.objects.filter(pk__in=ours).delete()[0]


def _is_of(held: dict[str, Any], members: set[str], practice: str) -> bool:
    portal = held.get("portal")
    return held.get("_auth_user_id") in members or (isinstance(portal, dict) and portal.get("practice") == practice)
