"""Signing in, with the limiter every secret passes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth import authenticate
from django.http import HttpRequest

from warmhandoff.accounts.devices import asker
from warmhandoff.accounts.models import User
from warmhandoff.accounts.queries import actor_of
from warmhandoff.core import limits
from warmhandoff.rules.refusals import BadInput, Problem


def check_password(request: HttpRequest, *, email: str, password: str, now: datetime) -> User:
    """The user, or BadInput in the same words whether the account exists or not. TooMany after repeated failures.

    Whoever has a second factor is not signed in by this alone.
    """
    who = email.strip().lower()
    counted, address = asker(request, who, now=now)
    limits.check("sign_in", counted, now=now, address=address)
    user = authenticate(request, username=who, password=password)
    actor = actor_of(user) if isinstance(user, User) else None
    if actor is None or not isinstance(user, User):
        limits.failed("sign_in", counted, now=now, address=address)
        raise BadInput(Problem("e-mail address and password do not fit together", field="password"))
    limits.succeeded("sign_in", counted, address=address)
    return user


def user_half_way(user_id: UUID, password_mark: str) -> User | None:
    """The user whose password was right a moment ago; None once it was changed, or her membership has ended."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.get_session_auth_hash() != password_mark or actor_of(user) is None:
        return None
    return user
