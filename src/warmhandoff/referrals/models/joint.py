"""A joint session: referrer, recipient and client once together, while the care moves or is shared."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.handoff import Delivery
from warmhandoff.referrals.models.referral import Referral

STATES = ("proposed", "agreed", "off")


class JointSession(models.Model):
    """One proposed time. It is agreed once recipient and client both said yes; another time asks both again.

    revision: counts its changes, as calendars ask. recipient_via, client_via: the side that told it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="joint_sessions")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="joint_sessions")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    where = SealedField(privacy="work")
    state = models.CharField(max_length=10, default="proposed")
    revision = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="joint_sessions")
    proposed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    recipient_at = models.DateTimeField(null=True)
    recipient_via = models.CharField(max_length=10, blank=True)
    client_at = models.DateTimeField(null=True)
    client_via = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="joint_session_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(recipient_at__isnull=False, client_at__isnull=False),
                name="a_joint_session_is_agreed_by_both",
            ),
            models.UniqueConstraint(
                fields=["referral"], condition=~Q(state="off"), name="one_joint_session_a_referral"
            ),
        ]
        indexes = [models.Index(fields=["by", "at"], name="joint_sessions_of_someone")]
