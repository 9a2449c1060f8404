"""What a client allows to be told: to whom, what, why, until when."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Practice
from warmhandoff.clients.models.client import Client
from warmhandoff.core.fields import SealedBytes, SealedField


class Release(models.Model):
    """The client's signed authorization to disclose. Recipients are rows; the text is kept as signed."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="releases")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="releases")
    referral_id = models.UUIDField(null=True, db_index=True)
    classes = models.JSONField(default=list)
    kind = models.CharField(max_length=16, default="general")  # general, process_notes: never one with the other
    purpose = models.CharField(max_length=40)
    news_back = models.BooleanField(default=False)
    back_classes = models.JSONField(default=list)  # what may come back
    expires_on = models.DateField()
    ends_with = models.CharField(max_length=24, blank=True)  # an event of rules.release_elements.endings
    records_from = models.DateField(null=True)
    records_until = models.DateField(null=True)
    to_treating = models.BooleanField(default=False)  # the general designation of 42 CFR 2.31(a)(4) stands in the text
    statements = models.JSONField(default=list)  # codes of the statements that stand in the text
    language = models.CharField(max_length=2, default="en")
    text = SealedField(privacy="clinical")
    text_hash = models.CharField(max_length=64)
    drafted_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_how = models.CharField(max_length=12, blank=True)  # portal, device, paper
    signed_name = SealedField(privacy="identity")
    identity_check = SealedField(privacy="work")
    scan = SealedBytes(privacy="clinical")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=12, blank=True)  # client, referrer
    copy_given_at = models.DateTimeField(null=True)
    copy_how = models.CharField(max_length=12, blank=True)  # portal, print, mail

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None) | ~Q(signed_how=""), name="a_signature_says_how_it_was_given"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(signed_at__isnull=False), name="only_a_signed_release_is_revoked"
            ),
        ]


class ReleaseRecipient(models.Model):
    """One exact recipient a release names."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="recipients")
    listing_id = models.BigIntegerField()
    name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "listing_id"], name="a_recipient_is_named_once")]
