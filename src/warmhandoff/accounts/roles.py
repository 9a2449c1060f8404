"""What a member does here, what stands behind her name, and who supervises her: for administrators to change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.holding import held_by, in_words
from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.accounts.queries import colleague
from warmhandoff.core import audit
from warmhandoff.rules.access import ROLES, TABLE, Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Problem


@dataclass(frozen=True)
class MemberFacts:
    """What an administrator says of a member. `supervisor`: a membership, None for none."""

    roles: tuple[str, ...]
    credentials: str = ""
    supervisor: UUID | None = None


def must_set_policy(actor: Actor) -> None:
    """Refuse (NotAllowed) whoever has no right to the practice's policy."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("This is for an administrator of the practice.")


def keep_an_admin(practice_id: UUID, *, without: UUID) -> None:
    """Refuse (NotNow) to leave the practice without an administrator; within the caller's transaction.

    The practice's row is locked meanwhile, so that two administrators cannot each remove the other at once.
    """
    Practice.objects.select_for_update().get(pk=practice_id)
    rest = Membership.objects.filter(practice_id=practice_id, left_at=None, user__is_active=True).exclude(pk=without)
    if not any("admin" in roles for roles in rest.values_list("roles", flat=True)):
        raise NotNow("The practice needs at least one administrator. Make a colleague one first.")


def change_member(actor: Actor, membership_id: UUID, facts: MemberFacts, *, now: datetime) -> None:
    """Change a member's roles, credentials and supervisor at once.

    Refuses: NotAllowed without the right to policy; NotThere for whoever is not a present member of the practice;
    BadInput for unknown or no roles, or a supervisor who is none or would supervise in a circle; NotNow when the last
    administrator would go, when someone she supervises would lose her supervisor, or when she holds referrals that her
    new roles could not open.
    """
    must_set_policy(actor)
    if not facts.roles or set(facts.roles) - set(ROLES):
        raise BadInput(Problem("choose at least one known role", field="roles"))
    with transaction.atomic():
        member = colleague(actor.practice_id, membership_id, lock=True)
        roles: list[str] = [role for role in ROLES if role in facts.roles]
        if "admin" in member.roles and "admin" not in roles:
            keep_an_admin(actor.practice_id, without=member.pk)
        _may_lose(member, roles)
        member.roles, member.credentials = roles, facts.credentials.strip()[:80]
        if facts.supervisor != member.supervisor_id:
            set_supervisor(actor, member.pk, facts.supervisor, now=now)
        member.save(update_fields=["roles", "credentials"])
        audit.record(actor, "change_member", "membership", member.pk, now=now)


def _may_lose(member: Membership, roles: list[str]) -> None:
    if "supervisor" in member.roles and "supervisor" not in roles:
        count = Membership.objects.filter(supervisor=member, left_at=None).count()
        if count:
            raise NotNow(f"{member.user.name} supervises {count}: choose another supervisor for them first.")
    saw_all = "coordinator" in member.roles and "coordinator" not in roles
    if (saw_all or not any(sees(role) for role in roles)) and (held := held_by(member.pk)):
        raise NotNow(f"{member.user.name} holds {in_words(held)}, which she could not open then. Hand them over first.")


def sees(role: str) -> bool:
    """Whether this role alone lets its holder see a client on whose team she is."""
    return any("see" in verbs for (of, rel), verbs in TABLE.items() if of == role and rel in ("team", "practice"))


def set_supervisor(actor: Actor, membership_id: UUID, supervisor_id: UUID | None, *, now: datetime) -> None:
    """Say who supervises whom, or (None) that nobody does; what a supervisor may see follows from it.

    Refuses: NotAllowed without the right to policy, NotThere for members of other practices and those who left,
    BadInput for someone without the supervisor role and for a circle.
    """
    must_set_policy(actor)
    with transaction.atomic():
        member = colleague(actor.practice_id, membership_id)
        if supervisor_id is not None:
            _may_supervise(member, colleague(actor.practice_id, supervisor_id, lock=True))
        Membership.objects.filter(pk=member.pk).update(supervisor_id=supervisor_id)
        audit.record(actor, "set_supervisor", "membership", member.pk, now=now)


def _may_supervise(member: Membership, supervisor: Membership) -> None:
    if "supervisor" not in supervisor.roles:
        raise BadInput(Problem("this colleague has not the role of a supervisor", field="supervisor"))
    seen: set[UUID] = set()
    step: UUID | None = supervisor.pk
    while step is not None and step not in seen:
        if step == member.pk:
            raise BadInput(Problem("nobody supervises herself, also not by way of others", field="supervisor"))
        seen.add(step)
        step = Membership.objects.values_list("supervisor_id", flat=True).get(pk=step)
