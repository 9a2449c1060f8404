"""What is disclosed, frozen as it left, and how it went to each recipient."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Release
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.referrals.models.referral import Referral


class Packet(models.Model):
    """What is disclosed: previewed, frozen, hashed. A frozen packet is never altered; an amendment is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="packets")
    version = models.PositiveSmallIntegerField()
    edition = models.PositiveSmallIntegerField(default=1)  # 2 and on: an amendment of `amends`
    amends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="later")
    schema = models.PositiveSmallIntegerField(default=1)
    classes = models.JSONField(default=list)
    content = SealedJSON(privacy="clinical")
    pdf = SealedBytes(privacy="clinical")
    changed = SealedField(privacy="clinical")  # what an amendment says that changed
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
    way = models.CharField(max_length=8)  # link, paper, phone
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
