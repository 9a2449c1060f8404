"""What was disclosed without a release, on another lawful basis: recorded, told to her, and reviewed by a second."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models.client import Client
from warmhandoff.core.fields import SealedField


class LawfulDisclosure(models.Model):
    """One disclosure on a basis of rules/lawful_bases.toml. May be recorded afterwards and completed later."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="lawful_disclosures")
    referral_id = models.UUIDField(null=True)
    basis = models.CharField(max_length=40, blank=True)
    way = models.CharField(max_length=12)  # phone, in_person, paper
    recipient = SealedField(privacy="work")
    able = SealedField(privacy="work")  # what they can do about it
    facts = SealedField(privacy="clinical")
    classes = models.JSONField(default=list)
    disclosed_at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="lawful_disclosures")
    recorded_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    untold_why = SealedField(privacy="work")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    review = SealedField(privacy="work")
    consultant = SealedField(privacy="work")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="a_review_has_its_reviewer",
            ),
        ]
        indexes = [models.Index(fields=["practice", "reviewed_at"]), models.Index(fields=["client", "disclosed_at"])]
