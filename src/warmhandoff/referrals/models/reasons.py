"""Why someone is referred, beyond the one code: other reasons, what was looked at first, the practice's list."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.referrals.models.referral import Referral


class Reasoning(models.Model):
    """What belongs to a referral's reasons. One row a referral, and only where there is something to keep.

    facts: step -> what was written down for the chart. seen: steps answered or passed over. left_out: listings that
    share the tie, and tie_kind: the kind of tie by which others are left out as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.OneToOneField(Referral, on_delete=models.CASCADE, related_name="reasoning")
    others = models.JSONField(default=list)
    facts = SealedJSON(privacy="clinical")
    seen = models.JSONField(default=list)
    passed_over = models.JSONField(default=list)
    tie_kind = models.CharField(max_length=20, blank=True)
    left_out = models.JSONField(default=list)
    asked_client_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()


class StayAnswer(models.Model):
    """A way to stay, and what clinician and client said of it. Each side answers for itself."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="stay_answers")
    alternative = models.CharField(max_length=20)
    ours = models.CharField(max_length=3, blank=True)  # yes, no
    ours_at = models.DateTimeField(null=True)
    hers = models.CharField(max_length=3, blank=True)
    hers_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=12, blank=True)  # portal, device, paper
    note = SealedField(privacy="work")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "alternative"], name="a_way_to_stay_is_asked_once")]


class PracticeReason(models.Model):
    """A reason as one practice has it: switched off, or one of its own. A code is never used for another reason."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="reasons")
    code = models.CharField(max_length=40)
    off = models.BooleanField(default=False)
    label = models.CharField(max_length=120, blank=True)  # "" for one of the catalogue
    plain = models.CharField(max_length=200, blank=True)
    plain_es = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, blank=True)
    before = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "code"], name="one_reason_a_code")]

    def __str__(self) -> str:
        return self.label or self.code
