"""How a referral ended, each time: reopening keeps what was said before."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.directory.models import Listing
from warmhandoff.referrals.models.referral import Referral


class Ending(models.Model):
    """One closing. `reason` is a code of rules/outcomes.toml or ""; `listing`: with whom she was then, if anyone."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="endings")
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=40)
    reason = models.CharField(max_length=40, blank=True)
    why = SealedField(privacy="clinical")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "attempt"], name="one_ending_an_attempt")]
        indexes = [models.Index(fields=["practice", "at"], name="endings_by_practice_and_time")]
