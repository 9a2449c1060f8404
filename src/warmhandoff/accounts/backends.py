"""Who a session belongs to: user, membership and practice in one look, since every page needs all three."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from warmhandoff.accounts.models import Membership, User


class MembershipBackend(ModelBackend):
    """Django's own check of passwords; a session's user comes with the membership that has not ended."""

    def get_user(self, user_id: Any) -> User | None:
        membership = (
            Membership.objects.select_related("user", "practice")
            .filter(user_id=user_id, left_at=None, user__is_active=True)
            .order_by("joined_at")
            .first()
        )
        if membership is None:
            return User.objects.filter(pk=user_id, is_active=True).first()
        membership.user.present = membership
        return membership.user
