"""What is planned to be said about a referral: two talks, a letter, and words for her own first call."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.referral import Referral


class TalkPlan(models.Model):
    """The clinician's own version of script, letter and call script, kept with the referral. `versions` counts changes.

    A text in here replaces the drafted one; an empty text is drafted anew from the referral's facts at each look.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.OneToOneField(Referral, on_delete=models.CASCADE, related_name="talk_plan")
    language = models.CharField(max_length=2)
    progress = SealedField(privacy="clinical")
    until = models.DateField(null=True)
    first_on = models.DateField(null=True)
    second_on = models.DateField(null=True)
    first = SealedField(privacy="clinical")
    second = SealedField(privacy="clinical")
    letter = SealedField(privacy="clinical")
    call = SealedField(privacy="clinical")
    versions = models.PositiveIntegerField(default=0)
    shared_at = models.DateTimeField(null=True)
    shared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="letters_shared")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="talk_plans")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shared_at=None, shared_by=None) | Q(shared_at__isnull=False, shared_by__isnull=False),
                name="a_shared_letter_says_who_shared_it",
            ),
        ]
