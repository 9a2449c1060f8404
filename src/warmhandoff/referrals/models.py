"""Referrals and everything that happens on the way until they are closed."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client, Release
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.rules import incoming
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
    tried = models.CharField(max_length=20, blank=True)  # declined, silent, missed, poor_fit
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
    told_by = models.CharField(max_length=12)  # portal, device, paper
    at = models.DateTimeField()


class Packet(models.Model):
    """What is disclosed: previewed, frozen, hashed. A frozen packet is never altered; an amendment is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="packets")
    version = models.PositiveSmallIntegerField()
    schema = models.PositiveSmallIntegerField(default=1)
    classes = models.JSONField(default=list)
    content = SealedJSON(privacy="clinical")
    pdf = SealedBytes(privacy="clinical")
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(Membership, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "version"], name="one_packet_a_version")]


class Delivery(models.Model):
    """The sender's side of one handoff to one recipient, answered on the reply page or logged by staff."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="deliveries")
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="deliveries")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="deliveries")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="deliveries")
    way = models.CharField(max_length=8)  # link, paper
    to = SealedField(privacy="work")
    state = models.CharField(max_length=12, default="queued")  # queued, in_flight, handed_over, withdrawn, failed
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    token = SealedField(privacy="work")
    code = SealedField(privacy="work")
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, blank=True)  # accept, decline, ask, waitlist
    answered_at = models.DateTimeField(null=True)
    # {"openings": [...], "methods", "fees", "limits", "expectations", "words", "decline_reason", "weeks", "question"}
    answer_facts = SealedJSON(privacy="clinical")
    question = SealedField(privacy="clinical")
    question_answer = SealedField(privacy="clinical")

    class Meta:
        constraints = [
            # Delivered exactly once in effect: a packet goes to a recipient in one live delivery.
            models.UniqueConstraint(
                fields=["packet", "listing"], condition=~Q(state__in=["withdrawn", "failed"]), name="handed_over_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="handed_over") | Q(handed_over_at__isnull=False), name="a_handoff_has_its_time"
            ),
        ]


class Attendance(models.Model):
    """Who said what of a session. Sides may disagree; nothing is overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="attendances")
    side = models.CharField(max_length=12)
    told = models.CharField(max_length=12)  # attended, missed, rather_not
    at = models.DateTimeField()


class CheckIn(models.Model):
    """How it is going, asked of the client while she agrees."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="check_ins")
    comfort = models.PositiveSmallIntegerField(null=True)
    fits = models.CharField(max_length=8)  # yes, unsure, no
    words = SealedField(privacy="clinical")
    side = models.CharField(max_length=12)
    at = models.DateTimeField()


class Incoming(models.Model):
    """A referral that reached this practice from outside: logged, answered within the promise, thanked for.

    There is no client row: whoever is sent is nobody's client here yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="incoming")
    to_member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="incoming")
    came_by = models.CharField(max_length=12)  # phone, voicemail, fax, mail, in_person
    from_kind = models.CharField(max_length=12, default="colleague")  # colleague, client
    from_name = SealedField(privacy="identity")
    from_contact = SealedField(privacy="identity")
    listing = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, related_name="incoming")
    client_name = SealedField(privacy="identity")
    about = SealedField(privacy="clinical")
    state = models.CharField(max_length=12, default="waiting")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    # as in Delivery.answer_facts, and "question_answer": what they said to our question
    answer_facts = SealedJSON(privacy="clinical")
    thanked_at = models.DateTimeField(null=True)
    thanks_skipped = models.BooleanField(default=False)
    thanks = SealedField(privacy="work")
    moves_made = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=sorted(incoming.STATES)), name="incoming_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(incoming.ANSWERED), answered_at__isnull=False)
                | (~Q(state__in=sorted(incoming.ANSWERED)) & Q(answered_at=None)),
                name="an_answer_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(incoming.OPEN), due_at__isnull=False)
                | (~Q(state__in=sorted(incoming.OPEN)) & Q(due_at=None)),
                name="what_is_owed_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(thanked_at=None) | Q(thanks_skipped=False), name="thanked_or_skipped_not_both"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state", "due_at"]), models.Index(fields=["to_member", "state", "due_at"])
        ]
