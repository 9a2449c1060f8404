"""Earlier versions of a packet that arrived: what was read here before the sender sent a later one."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedBytes
from warmhandoff.referrals.models.crossing import ArrivedPacket


class ArrivedVersion(models.Model):
    """The PDF of a version as it arrived, kept when a later one took its place."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    packet = models.ForeignKey(ArrivedPacket, on_delete=models.CASCADE, related_name="earlier")
    version = models.PositiveSmallIntegerField()
    pdf = SealedBytes(privacy="clinical")
    sha256 = models.CharField(max_length=64)
    replaced_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["packet", "version"], name="a_version_is_kept_once")]
