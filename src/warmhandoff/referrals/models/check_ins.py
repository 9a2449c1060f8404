"""Whether and how a client agreed to be asked how it goes, and each time she was."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.referral import Referral


class CheckInConsent(models.Model):
    """She agreed to be asked, on her page or by telephone, and has not stopped it. One row a referral."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.OneToOneField(Referral, on_delete=models.CASCADE, related_name="check_in_consent")
    how = models.CharField(max_length=8)  # page, phone
    side = models.CharField(max_length=12)  # who wrote it down: client, referrer
    agreed_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)  # when the clock last looked whether she is to be asked


class CheckInAsk(models.Model):
    """One time of asking, of one attempt. `what`: a code of rules/check_ins.toml."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="check_in_asks")
    attempt = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=20)
    how = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "attempt", "what"], name="asked_once_each_time")]


class Goal(models.Model):
    """What she hopes to reach, in her words or ours; set at the start, scored at the end by both sides."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="goals")
    order = models.PositiveSmallIntegerField()
    words = SealedField(privacy="clinical")
    set_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)


class GoalScore(models.Model):
    """How far a goal was reached, 0 to 10, as one side tells it. A later score stands beside an earlier one."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="scores")
    side = models.CharField(max_length=12)
    score = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__lte=10), name="a_score_is_0_to_10")]
