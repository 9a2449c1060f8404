"""A client's safety plan, and what was done in a crisis: about the client, with or without a referral."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client, LawfulDisclosure
from warmhandoff.core.fields import SealedField, SealedJSON


class SafetyPlan(models.Model):
    """One version of her safety plan; the newest counts, the earlier ones stay in the record."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="safety_plans")
    number = models.PositiveIntegerField()
    parts = SealedJSON(privacy="clinical")  # code of rules/crisis.toml -> her words
    shared = models.BooleanField(default=False)  # whether she reads it on her own page
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="safety_plans")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="one_safety_plan_a_number")]


class CrisisNote(models.Model):
    """What was found and done, by whom and when; and who asks after her, by when.

    disclosure: what was told without a release, which is recorded, completed and reviewed there and nowhere else. told,
    basis: who was told on a release of hers; in older notes, also on another ground.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="crisis_notes")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="crisis_notes")
    at = models.DateTimeField()
    place = SealedField(privacy="identity")
    screening = SealedJSON(privacy="clinical")  # question -> answer; none where it was not used
    judgment = SealedField(privacy="clinical")
    done = SealedJSON(privacy="clinical")  # codes of rules/crisis.toml
    words = SealedField(privacy="clinical")
    told = SealedField(privacy="clinical")
    basis = models.CharField(max_length=20, blank=True)
    disclosure = models.OneToOneField(
        LawfulDisclosure, on_delete=models.SET_NULL, null=True, related_name="crisis_note"
    )
    follow_up_owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="crisis_follow_ups")
    follow_up_due_at = models.DateTimeField()
    overdue_since = models.DateTimeField(null=True)
    followed_up_at = models.DateTimeField(null=True)
    followed_up_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="crises_followed_up"
    )
    follow_up = SealedField(privacy="clinical")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(followed_up_at=None, followed_up_by=None)
                | Q(followed_up_at__isnull=False, followed_up_by__isnull=False),
                name="a_follow_up_has_someone_who_did_it",
            ),
            models.CheckConstraint(
                condition=Q(follow_up_due_at__gt=models.F("at")), name="a_crisis_has_a_follow_up_to_come"
            ),
        ]
        indexes = [
            models.Index(fields=["follow_up_owner", "followed_up_at"]),
            models.Index(fields=["practice", "followed_up_at", "follow_up_due_at"]),
        ]
