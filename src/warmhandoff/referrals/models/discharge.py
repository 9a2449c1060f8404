"""Discharge summaries. Once signed, the database itself refuses every change of one (core/walls.py): addenda only."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.core.walls import lock


class DischargeSummary(models.Model):
    """How care here went and ended: a part for the chart and one that may be shared. section -> text, each."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="discharge_summaries")
    chart = SealedJSON(privacy="clinical")
    shareable = SealedJSON(privacy="clinical")
    changes = models.PositiveIntegerField(default=0)
    begun_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(signed_at=None), name="one_summary_in_writing"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, sha256="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(sha256="")),
                name="a_signed_summary_has_its_signer",
            ),
        ]


class Addendum(models.Model):
    """What was added to a signed summary later; it stands beside it and changes nothing of it."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    summary = models.ForeignKey(DischargeSummary, on_delete=models.CASCADE, related_name="addenda")
    part = models.CharField(max_length=10)  # chart, shareable
    words = SealedField(privacy="clinical")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


lock("referrals_dischargesummary", "signed_at", ("chart", "shareable"))
lock("referrals_addendum", "at", ("words",))
