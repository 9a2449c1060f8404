"""Who someone is on this server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from warmhandoff.accounts.models import Membership, Practice, User
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere

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
    )


def practice_of(actor: Actor) -> Practice:
    return Practice.objects.get(pk=actor.practice_id)


def practice_by_id(practice_id: UUID) -> Practice:
    return Practice.objects.get(pk=practice_id)


def only_practice() -> UUID | None:
    """The practice, where this server has one alone."""
    found = list(Practice.objects.values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def colleague(practice_id: UUID, membership_id: UUID) -> Membership:
    """A member of this practice who has not left; NotThere for anyone else."""
    found = Membership.objects.filter(pk=membership_id, practice_id=practice_id, left_at=None).first()
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
