"""What each member does best, and to whom it was said."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.directory.models import Listing


class Niche(models.Model):
    """One or two sentences a member says of herself. An older one is ended, not changed: it was said to someone."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="niches")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="niches")
    text = models.CharField(max_length=600)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership"], condition=Q(ended_at=None), name="one_niche_at_a_time")
        ]


class NicheSaid(models.Model):
    """That a niche was told to a colleague: where, and when."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    niche = models.ForeignKey(Niche, on_delete=models.CASCADE, related_name="said")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="niches_heard")
    place = models.CharField(max_length=8)  # thanks, reply, note, talk, profile
    said_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["practice", "listing", "-said_on"])]
