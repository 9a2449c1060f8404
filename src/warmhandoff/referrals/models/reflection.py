"""A clinician's own reflection. Nothing but `referrals.reflecting` may import this: an import contract says so.

The rows have no way back from client, plan or referral (related_name "+"), so that no page, packet, export or report
can come upon them; and their words lie under a key of their own purpose, so that nothing else can open them.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedJSON

PURPOSE = "reflections"


class Reflection(models.Model):
    """What its author keeps for herself; the supervisor to whom she showed it may read it, nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    words = SealedJSON(privacy="clinical", apart=PURPOSE)
    kept_at = models.DateTimeField()
    shown_to = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    shown_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shown_to=None) | Q(shown_at__isnull=False), name="what_is_shown_has_its_time"
            ),
        ]
