"""A referral plan: everything that is being made for one client at one time, in an order with reasons."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.referrals.models.referral import Referral


class ReferralPlan(models.Model):
    """One client's plan. harms: area -> {"severity": 0 to 4, "band"}; by_hand: item ids in an order set by hand."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="referral_plan")
    harms = SealedJSON(privacy="clinical")
    by_hand = models.JSONField(default=list)
    by_hand_why = SealedField(privacy="clinical")
    moves_made = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class PlanItem(models.Model):
    """One thing she could do: planned first, a referral once it is begun.

    reduces: area of harm -> expected reduction 0 to 4. hers: its place in her own order, 1 first.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    plan = models.ForeignKey(ReferralPlan, on_delete=models.CASCADE, related_name="items")
    referral = models.OneToOneField(Referral, on_delete=models.SET_NULL, null=True, related_name="plan_item")
    name = SealedField(privacy="clinical")
    help = models.CharField(max_length=40)  # code of a kind of help
    reason = models.CharField(max_length=40)
    purpose = SealedField(privacy="clinical")
    goal = SealedField(privacy="clinical")
    helps_our_work = SealedField(privacy="clinical")
    beside = SealedField(privacy="clinical")
    reduces = SealedJSON(privacy="clinical")
    willingness = models.PositiveSmallIntegerField(null=True)
    hers = models.PositiveSmallIntegerField()
    waiting_list = models.CharField(max_length=10, blank=True)  # agreed, joined, not_wanted
    resting = models.BooleanField(default=False)  # put off by hand, until another item is settled
    ended_at = models.DateTimeField(null=True)
    ended_why = SealedField(privacy="clinical")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(willingness=None) | Q(willingness__lte=10), name="willingness_to_ten"),
        ]
        ordering = ["hers", "created_at"]


class PlanStep(models.Model):
    """A dated next step of a plan, for those who care for the client: what a trigger or the clock brings up."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    plan = models.ForeignKey(ReferralPlan, on_delete=models.CASCADE, related_name="steps")
    item = models.ForeignKey(PlanItem, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=20)  # bring_back, not_followed, next_talk, review, decide
    where = models.CharField(max_length=20, blank=True)  # not_followed: the state the referral stood in
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True)
    barrier = models.CharField(max_length=20, blank=True)
    proposal = models.CharField(max_length=20, blank=True)
    words = SealedField(privacy="clinical")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "what", "where"], condition=Q(done_at=None), name="one_open_step_of_a_kind"
            ),
        ]
        indexes = [models.Index(fields=["practice", "done_at", "due_at"], name="plan_steps_that_are_due")]


class TherapyCondition(models.Model):
    """That therapy goes on only together with a service: after consultation, decided, worded for her, reviewed."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    item = models.ForeignKey(PlanItem, on_delete=models.CASCADE, related_name="conditions")
    consulted = SealedField(privacy="clinical")
    consulted_on = models.DateField()
    risk = SealedField(privacy="clinical")
    rationale = SealedField(privacy="clinical")
    wording = SealedField(privacy="clinical")
    review_on = models.DateField()
    proposed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decision = models.CharField(max_length=10)  # waiting, in_force, refused, ended
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(decision__in=["waiting", "in_force"]), name="one_condition_an_item"
            ),
            models.CheckConstraint(
                condition=Q(decision="waiting", decided_at=None)
                | (~Q(decision="waiting") & Q(decided_at__isnull=False)),
                name="a_decision_has_its_time",
            ),
        ]
