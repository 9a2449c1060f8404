"""Panel transition: many clients at once, each given a shortlist, before any of them becomes a referral."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.referrals.models.referral import Referral

STATES = ("picking", "working", "ready", "accepting", "accepted")


class PanelTransition(models.Model):
    """One clinician's panel that is to find other hands. Until it is accepted it can be dropped without a trace.

    moves_made counts changes, so that of two that race one wins. done of total: how far the work under way is.
    said: what the engine said of its answer: {"served", "optimal"}.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="transitions")
    reason = models.CharField(max_length=40)
    notice_on = models.DateField()
    last_on = models.DateField()
    need = SealedJSON(privacy="clinical")
    state = models.CharField(max_length=12, default="picking")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    moves_made = models.PositiveIntegerField(default=0)
    said = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="transition_state_is_known"),
            models.CheckConstraint(condition=Q(last_on__gte=models.F("notice_on")), name="notice_comes_first"),
        ]


class PanelClient(models.Model):
    """One client of it. need: her own, where it is not the common one. options: listings, the assigned one first.

    first: the listing whose opening is kept for her, None where none was left. opens: what one change would add.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    transition = models.ForeignKey(PanelTransition, on_delete=models.CASCADE, related_name="clients")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="transitions")
    need = SealedJSON(privacy="clinical")
    options = models.JSONField(default=list)
    first = models.BigIntegerField(null=True)
    score = models.FloatField(null=True)
    opens = models.JSONField(default=list)
    left_out = models.BooleanField(default=False)
    referral = models.OneToOneField(Referral, on_delete=models.SET_NULL, null=True, related_name="transition")
    problem = SealedField(privacy="work")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transition", "client"], name="once_in_a_transition")]


class PanelMeeting(models.Model):
    """Someone to be met before clients are sent to her: a task with a date."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    transition = models.ForeignKey(PanelTransition, on_delete=models.CASCADE, related_name="meetings")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transition", "listing"], name="met_once_in_a_transition")]
