"""Needs nobody met: for the network, and without saying whose they were."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Practice


class Gap(models.Model):
    """One need that found nobody. No client, no referral, no text: what help, for what, which plan, about where.

    once: a one-way mark, so that the same need looked at twice is one row; nothing can be found with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="gaps")
    found_on = models.DateField()
    kind = models.CharField(max_length=40)
    concerns = models.JSONField(default=list)
    plan = models.CharField(max_length=80, blank=True)
    zip3 = models.CharField(max_length=3, blank=True)
    # [["radius_miles", "x2", 4], ...]: each single change of the need, and how many options it would open
    would_open = models.JSONField(default=list)
    once = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "once"], name="a_gap_is_counted_once")]
        indexes = [models.Index(fields=["practice", "found_on"])]
