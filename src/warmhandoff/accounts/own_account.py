"""What a person changes about her own account: her name as others see it, and her password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts import sessions
from warmhandoff.accounts.joining import check_new_password
from warmhandoff.accounts.models import Membership, User
from warmhandoff.accounts.second_factors import user_of
from warmhandoff.core import audit, limits
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem


def change_name(actor: Actor, *, name: str, credentials: str, now: datetime) -> None:
    """Change name and credentials. BadInput for an empty name."""
    if not name.strip():
        raise BadInput(Problem("is needed", field="name"))
    with transaction.atomic():
        User.objects.filter(pk=actor.account).update(name=name.strip())
        Membership.objects.filter(pk=actor.member).update(credentials=credentials.strip())
        audit.record(actor, "change_account", "account", actor.account, now=now)


def check_own_password(actor: Actor, password: str, *, now: datetime) -> User:
    """The user, where this is her password; else BadInput, and TooMany after repeated failures."""
    user = user_of(actor)
    limits.check("own_password", str(user.pk), now=now)
    if not user.check_password(password):
        limits.failed("own_password", str(user.pk), now=now)
        raise BadInput(Problem("this is not your password", field="password"))
    limits.succeeded("own_password", str(user.pk))
    return user


def change_password(actor: Actor, *, old: str, new: str, keep: UUID | None, now: datetime) -> User:
    """Give oneself another password; all sessions but `keep` end. The user, whose session has to be bound anew.

    BadInput where the old one is wrong, or the new one too short, too common or too much like the account.
    """
    user = check_own_password(actor, old, now=now)
    try:
        check_new_password(new, user)
    except BadInput as refusal:
        raise BadInput(*[Problem(problem.reason, field="new") for problem in refusal.problems]) from refusal
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        sessions.end_all(user.pk, keep=[keep] if keep else [], now=now)
        audit.record(actor, "change_password", "account", user.pk, now=now)
    return user
