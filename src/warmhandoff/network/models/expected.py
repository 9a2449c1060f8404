"""Needs that a practice expects: kinds of help, never anyone's need."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice


class ExpectedNeed(models.Model):
    """A kind of need, in the form of need.json, and how often the practice thinks it will come in a year."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="expected_needs")
    need = models.JSONField()
    a_year = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(a_year__gte=1), name="an_expected_need_is_expected")]
        ordering = ["added_at", "id"]
