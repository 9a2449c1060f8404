"""The bridge: how a client is held until she is seen elsewhere, and on what ground she was let go."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField


class Bridge(models.Model):
    """One time of holding. It is open until she is let go on a ground; care that begins again begins another.

    holder: who answers for it. caretaker, caretaker_words: who steps in, of the practice or from outside.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="bridges")
    holder = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    caretaker = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    caretaker_words = SealedField(privacy="work")
    next_session_at = models.DateTimeField(null=True)
    last_session_on = models.DateField(null=True)
    notice_on = models.DateField(null=True)
    notice_words = SealedField(privacy="clinical")
    end_on = models.DateField(null=True)
    begun_at = models.DateTimeField()
    changes = models.PositiveIntegerField(default=0)
    let_go_at = models.DateTimeField(null=True)
    let_go_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    ground = models.CharField(max_length=20, blank=True)
    words = SealedField(privacy="clinical")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(let_go_at=None), name="one_open_bridge_a_client"),
            models.CheckConstraint(
                condition=Q(let_go_at=None, let_go_by=None, ground="")
                | (Q(let_go_at__isnull=False, let_go_by__isnull=False) & ~Q(ground="")),
                name="nobody_is_let_go_without_a_ground",
            ),
        ]


class BridgeTry(models.Model):
    """One documented try to reach her."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    bridge = models.ForeignKey(Bridge, on_delete=models.CASCADE, related_name="tries")
    on = models.DateField()
    way = models.CharField(max_length=10)
    words = SealedField(privacy="clinical")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
