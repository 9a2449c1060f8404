"""Consulting one's supervisor, and her co-signature where the practice asks for it. Both are part of the record.

Neither names the supervisor: whoever supervises the one who asked is asked, also after a change.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.discharge import DischargeSummary
from warmhandoff.referrals.models.referral import Referral


class Consult(models.Model):
    """A question about a client, with or without a referral, and its answer."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consults")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, null=True, related_name="consults")
    question = SealedField(privacy="clinical")
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=12, blank=True)
    answer = SealedField(privacy="clinical")
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, decision="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(decision="")),
                name="an_answer_has_someone_who_gave_it",
            )
        ]
        indexes = [models.Index(fields=["asked_by", "answered_at"], name="consults_that_wait")]


class CoSign(models.Model):
    """That a transfer may be sent, or a discharge summary signed: asked, then agreed or sent back."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="co_signs")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, null=True, related_name="co_signs")
    summary = models.ForeignKey(DischargeSummary, on_delete=models.CASCADE, null=True, related_name="co_signs")
    sha256 = models.CharField(max_length=64, blank=True)  # of a summary: the text that was looked at, and no other
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, blank=True)  # agreed, sent_back
    words = SealedField(privacy="clinical")
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(referral__isnull=False, summary=None, sha256="")
                | (Q(referral=None, summary__isnull=False) & ~Q(sha256="")),
                name="a_co_signature_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="a_co_signature_has_its_signer",
            ),
            models.UniqueConstraint(
                fields=["referral"], condition=Q(decided_at=None, referral__isnull=False), name="one_co_sign_a_referral"
            ),
            models.UniqueConstraint(
                fields=["summary"], condition=Q(decided_at=None, summary__isnull=False), name="one_co_sign_a_summary"
            ),
        ]
