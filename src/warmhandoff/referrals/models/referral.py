"""A referral: one need, its options, what was said about them, and what the client chose."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.rules.lifecycle import OPEN, STATES


class Referral(models.Model):
    """One need, its options, the client's choice, and everything until it is closed.

    Next step, its owner and its due date are columns of their own, tied to the state by constraints: the database
    refuses an open referral without them, and a closed one with them.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="referrals")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="referrals")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="referrals")
    kind = models.CharField(max_length=12)  # transfer, adjunct, redirect, advice
    reason = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40, default="same_service")
    title = SealedField(privacy="clinical")
    chart_reason = SealedField(privacy="clinical")
    client_reason = SealedField(privacy="clinical")
    need = SealedJSON(privacy="clinical")
    hoped_for = SealedField(privacy="clinical")
    background = SealedField(privacy="clinical")
    own_words = SealedField(privacy="clinical")
    share_own_words = models.BooleanField(default=False)  # whether she lets them go along
    single_option_reason = SealedField(privacy="work")
    go_on_agreed = models.BooleanField(default=False)
    state = models.CharField(max_length=20)
    next_step = models.CharField(max_length=80, blank=True)
    next_owner = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="next_steps")
    waiting_on = models.CharField(max_length=12, blank=True)
    due_at = models.DateTimeField(null=True)
    session_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    outcome_why = SealedField(privacy="clinical")
    moves_made = models.PositiveIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)  # its date was let pass, and a supervisor was told
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)  # counts up whenever someone else is turned to
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=sorted(STATES)), name="referral_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="closed")
                | (~Q(next_step="") & ~Q(waiting_on="") & Q(next_owner__isnull=False, due_at__isnull=False)),
                name="an_open_referral_has_one_next_step",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(OPEN))
                | (Q(next_step="", waiting_on="", next_owner=None, due_at=None, closed_at__isnull=False)
                   & ~Q(outcome="")),
                name="a_closed_referral_has_an_outcome_and_no_step",
            ),
        ]
        indexes = [models.Index(fields=["practice", "state", "due_at"]), models.Index(fields=["next_owner", "due_at"])]


class Option(models.Model):
    """A listing offered to the client, with why it ranked where it did, frozen as of that day."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="options")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="options")
    order = models.PositiveSmallIntegerField()
    # {"score", "points", "terms", "miles", "format", "payment", "ask"}: what the engine answered
    why = SealedJSON(privacy="clinical")
    tie_text = models.CharField(max_length=300, blank=True)
    client_rank = models.PositiveSmallIntegerField(null=True)
    tried = models.CharField(max_length=20, blank=True)  # declined, silent, missed, poor_fit, not_wanted
    added_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "listing"], name="a_listing_is_offered_once")]
        ordering = ["order"]


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="conversations")
    held_on = models.DateField()
    how = models.CharField(max_length=12)  # session, phone, video
    beats = models.JSONField(default=list)
    how_taken = SealedField(privacy="clinical")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    at = models.DateTimeField()


class Choice(models.Model):
    """What the client decided, in her words, by whichever route."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="choices")
    kind = models.CharField(max_length=20)  # choose, choose_none, ask_for_more, talk_first, not_now, take_list
    ranked = models.JSONField(default=list)
    words = SealedField(privacy="clinical")
    likely = models.PositiveSmallIntegerField(null=True)
    barrier = models.CharField(max_length=20, blank=True)
    who_calls = models.CharField(max_length=12, blank=True)  # client, recipient, together
    told_by = models.CharField(max_length=12)  # portal, device, paper, phone, session
    at = models.DateTimeField()
