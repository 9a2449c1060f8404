"""Who someone is on this server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from warmhandoff.accounts.models import Invitation, Membership, Practice, User
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, NotThere

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def actor_of(user: User | AnonymousUser) -> Actor | None:
    """The actor a signed-in user is: her membership that has not ended, or None."""
    membership = membership_of(user)
    return actor_of_membership(membership) if membership else None


def membership_of(user: User | AnonymousUser) -> Membership | None:
    """The membership of a user that has not ended, with its practice: all a request needs to know of who asks."""
    if user.pk is None:
        return None
    if isinstance(user, User) and user.present is not None:
        return user.present
    return (
        Membership.objects.select_related("user", "practice")
        .filter(user_id=user.pk, left_at=None, user__is_active=True)
        .order_by("joined_at")
        .first()
    )


def actor_of_membership(membership: Membership) -> Actor:
    return Actor(
        side="referrer", practice_id=membership.practice_id, membership_id=membership.pk,
        user_id=membership.user_id, roles=frozenset(membership.roles), name=membership.user.name,
        second_factor=membership.user.second_factor_since is not None,
    )


def practice_of(actor: Actor) -> Practice:
    return Practice.objects.get(pk=actor.practice_id)


def practice_by_id(practice_id: UUID) -> Practice:
    return Practice.objects.get(pk=practice_id)


def only_practice() -> UUID | None:
    """The practice, where this server has one alone."""
    found = list(Practice.objects.values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def colleague(practice_id: UUID, membership_id: UUID, *, lock: bool = False) -> Membership:
    """A member of this practice who has not left; NotThere for anyone else.

    lock: for whoever is about to hand her something: until the transaction ends, she cannot leave meanwhile.
    """
    rows = Membership.objects.select_related("user").filter(pk=membership_id, practice_id=practice_id, left_at=None)
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotThere(subject=membership_id)
    return found


def colleagues(actor: Actor) -> QuerySet[Membership]:
    """The members of the actor's practice who have not left, by name."""
    return (
        Membership.objects.select_related("user")
        .filter(practice_id=actor.practice_id, left_at=None)
        .order_by("user__name")
    )


@dataclass(frozen=True)
class MemberPage:
    """A member as an administrator sees her. `supervises`: names."""

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    credentials: str
    supervisor: UUID | None
    supervises: list[str]
    joined_at: datetime
    left_at: datetime | None


def any_member(actor: Actor, membership_id: UUID) -> Membership:
    """A member of the actor's practice, also one who left. NotThere elsewhere; NotAllowed without policy."""
    rows = Membership.objects.select_related("user").filter(practice_id=actor.practice_id)
    row = rows.filter(pk=membership_id).first()
    if row is None:
        raise NotThere(subject=membership_id)
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Members are looked after by an administrator of the practice.")
    return row


def supervised_by(member: Membership) -> list[tuple[UUID, str]]:
    """Who is supervised by her and still there, by name."""
    rows = Membership.objects.filter(supervisor=member, left_at=None).order_by("user__name")
    return list(rows.values_list("pk", "user__name"))


def who_left(practice_id: UUID) -> QuerySet[Membership]:
    """Those whose membership ended, by name."""
    rows = Membership.objects.filter(practice_id=practice_id, left_at__isnull=False)
    return rows.select_related("user").order_by("user__name")


def open_member(actor: Actor, membership_id: UUID) -> MemberPage:
    """`any_member`, as the page shows her; refused alike."""
    row = any_member(actor, membership_id)
    return MemberPage(
        row.pk, row.user.name, row.user.email, tuple(row.roles), row.credentials, row.supervisor_id,
        [name for _, name in supervised_by(row)], row.joined_at, row.left_at,
    )  # fmt: skip


def former_members(actor: Actor) -> list[tuple[UUID, str, datetime | None]]:
    """Those who left, latest first, for whoever sets policy; nobody for others."""
    if "policy" not in actor.verbs("practice"):
        return []
    return [(row.pk, row.user.name, row.left_at) for row in who_left(actor.practice_id).order_by("-left_at")]


@dataclass(frozen=True)
class OpenInvitation:
    id: UUID
    email: str
    roles: tuple[str, ...]
    expires_at: datetime


def open_invitations(actor: Actor, *, now: datetime) -> list[OpenInvitation]:
    """Links to join that still work, for whoever sets policy; nothing for others. The link itself is not kept."""
    if "policy" not in actor.verbs("practice"):
        return []
    rows = Invitation.objects.filter(practice_id=actor.practice_id, used_at=None, expires_at__gt=now)
    return [OpenInvitation(r.pk, r.email, tuple(r.roles), r.expires_at) for r in rows.order_by("expires_at")]


def is_solo(practice_id: UUID) -> bool:
    """Whether the practice has one member only, who then needs no ceremony among colleagues."""
    return Membership.objects.filter(practice_id=practice_id, left_at=None)[:2].count() < 2


def names_of_members(practice_id: UUID) -> dict[UUID, str]:
    """Names by membership, also of those who have left: what the record needs to say who it was."""
    rows = Membership.objects.filter(practice_id=practice_id).order_by("user__name")
    return dict(rows.values_list("pk", "user__name"))


def slugs_of_practices() -> dict[UUID, str]:
    """The short name of every practice of the server, for its operator."""
    return dict(Practice.objects.values_list("pk", "slug"))


@dataclass(frozen=True)
class AccountLine:
    email: str
    name: str
    practice: str
    roles: list[str]
    left: bool


def accounts() -> list[AccountLine]:
    """Every account of the server, for its operator."""
    rows = Membership.objects.select_related("user", "practice").order_by("practice__slug", "user__name")
    return [
        AccountLine(m.user.email, m.user.name, m.practice.slug, list(m.roles), m.left_at is not None) for m in rows
    ]


def nobody_has_an_account() -> bool:
    return not User.objects.exists()
