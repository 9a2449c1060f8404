"""What became of it, as each side tells it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.referral import Referral


class Attendance(models.Model):
    """Who said what of a session. Sides may disagree; nothing is overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="attendances")
    side = models.CharField(max_length=12)
    told = models.CharField(max_length=12)  # attended, missed, rather_not
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    at = models.DateTimeField()


class CheckIn(models.Model):
    """How it is going, asked of the client while she agrees."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="check_ins")
    comfort = models.PositiveSmallIntegerField(null=True)
    fits = models.CharField(max_length=8)  # yes, unsure, no; "" while she waits
    words = SealedField(privacy="clinical")
    needs_else = models.BooleanField(default=False, db_default=False)
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    side = models.CharField(max_length=12)
    at = models.DateTimeField()
