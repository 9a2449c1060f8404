"""A joint session as the receiving practice of this server knows it: a copy of its own, under its own key."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.joint import STATES


class ArrivedJoint(models.Model):
    """What the sender's practice told last. `joint_id` is the sender's name for it, `changed_at` the sender's time.

    said: what we answered to the time of this revision, "yes", "no" or "". A no takes it off our calendar at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    incoming = models.ForeignKey(Incoming, on_delete=models.CASCADE, related_name="joint_sessions")
    joint_id = models.UUIDField()
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    where = SealedField(privacy="work")
    state = models.CharField(max_length=10)
    revision = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    said = models.CharField(max_length=4, blank=True)
    said_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="arrived_joint_state_is_known"),
            models.CheckConstraint(condition=Q(said__in=["", "yes", "no"]), name="arrived_joint_said_is_known"),
            models.UniqueConstraint(fields=["incoming", "joint_id"], name="a_joint_session_arrives_once"),
        ]
