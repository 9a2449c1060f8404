"""Who signs a release and by what right, what was taken out of it later, and what is recorded of a minor."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models.client import Client
from warmhandoff.clients.models.release import Release
from warmhandoff.core.fields import SealedField


class ReleaseSigner(models.Model):
    """One person whose signature a release needs. It is in force only when all of them have signed."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="signers")
    order = models.PositiveSmallIntegerField(default=0)  # 0: the client, or whoever signs for her
    kind = models.CharField(max_length=16, blank=True)  # self, minor, representative, agent; blank: a participant
    name = SealedField(privacy="identity")
    client_age = models.PositiveSmallIntegerField(null=True)  # on the day of signing
    scope = SealedField(privacy="work")
    evidence = SealedField(privacy="work")
    identity_check = SealedField(privacy="work")
    signed_at = models.DateTimeField(null=True)
    signed_how = models.CharField(max_length=12, blank=True)
    withdrawn_at = models.DateTimeField(null=True)  # took it back: from then on nothing leaves, whoever else signed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "order"], name="a_signer_has_a_place"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | ~Q(signed_how=""), name="a_signer_says_how_it_was_given"
            ),
        ]


class ReleaseVersion(models.Model):
    """What a release allowed from `at` on: the first as it was signed, each later one narrower."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    classes = models.JSONField(default=list)
    back_classes = models.JSONField(default=list)
    recipients = models.JSONField(default=list)  # names
    expires_on = models.DateField()
    side = models.CharField(max_length=12)  # client, referrer
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="a_version_has_a_number")]


class MinorConsent(models.Model):
    """Of a client under 18: who consented to her care, and who may view her page. The newest row counts."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="minor_consents")
    consented = models.CharField(max_length=16)  # representative, minor, both
    viewers = models.JSONField(default=list)  # minor, representative
    words = SealedField(privacy="work")
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    at = models.DateTimeField()
