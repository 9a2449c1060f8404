"""What the receiving side keeps besides the incoming referral: why a yes, what came after it, room, and news back."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.handoff import Delivery
from warmhandoff.referrals.models.incoming import Incoming
from warmhandoff.referrals.models.referral import Referral


class Weighed(models.Model):
    """The three questions before an answer, each with an answer of its own: yes, no, or "" where none was given.

    It stays on this side: what the sender is told is the answer alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    incoming = models.OneToOneField(Incoming, on_delete=models.CASCADE, related_name="weighed")
    can = models.CharField(max_length=4, blank=True)
    room = models.CharField(max_length=4, blank=True)
    want = models.CharField(max_length=4, blank=True)
    at = models.DateTimeField()


class Course(models.Model):
    """What became of a referral that was accepted here, as the receiving side tells it.

    told: attended or missed. recheck_due_at: when to look whether it fits, None once it was looked at.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    incoming = models.OneToOneField(Incoming, on_delete=models.CASCADE, related_name="course")
    session_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=8, blank=True)
    told_at = models.DateTimeField(null=True)
    recheck_due_at = models.DateTimeField(null=True)
    rechecked_at = models.DateTimeField(null=True)
    fits = models.CharField(max_length=8, blank=True)  # yes, unsure, no
    fit_words = SealedField(privacy="clinical")
    paused_at = models.DateTimeField(null=True)
    return_plan = SealedField(privacy="clinical")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(recheck_due_at=None) | Q(rechecked_at=None), name="a_recheck_is_due_or_done"
            ),
        ]


class News(models.Model):
    """How it goes with a client elsewhere, told by who sees her, while her release lets it come back."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="news")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=8)  # progress, paused, thanks
    words = SealedField(privacy="clinical")
    release_id = models.UUIDField(null=True)  # none for thanks, which tell nothing of anyone
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="thanks") | Q(release_id__isnull=False), name="news_ride_on_a_release"
            ),
        ]


class Room(models.Model):
    """What a receiving clinician says of her own room: how many she sees, would see at most, and when she is away."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    member = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="room")
    accepting = models.CharField(max_length=10)  # of the vocabulary "accepting"
    seeing = models.PositiveSmallIntegerField(null=True)
    at_most = models.PositiveSmallIntegerField(null=True)
    wait_days = models.PositiveSmallIntegerField(null=True)
    away_from = models.DateField(null=True)
    away_until = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(away_until=None, away_from=None) | Q(away_from__isnull=False, away_until__isnull=False),
                name="away_has_an_end",
            ),
        ]
