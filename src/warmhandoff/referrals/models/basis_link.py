"""The link by which a packet on a lawful basis other than a release is read, without an account."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.packets import BasisPacket


class BasisLink(models.Model):
    """A link to one frozen packet; its code goes another way. The newest counts, and none for longer than days."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    packet = models.ForeignKey(BasisPacket, on_delete=models.CASCADE, related_name="links")
    to = SealedField(privacy="work")
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    token = SealedField(privacy="work")
    code = SealedField(privacy="work")
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
