"""What crosses from one practice of the server to another. No row belongs to two: each side has its own."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.referrals.models.handoff import Delivery
from warmhandoff.referrals.models.incoming import Incoming


class ArrivedPacket(models.Model):
    """The receiver's copy of a packet, under the receiver's key. `delivery_id` is the sender's name for it.

    told: whether the newest answer has reached the sender.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    incoming = models.OneToOneField(Incoming, on_delete=models.CASCADE, related_name="packet")
    delivery_id = models.UUIDField(unique=True)
    sender_id = models.UUIDField()
    content = SealedJSON(privacy="clinical")
    pdf = SealedBytes(privacy="clinical")
    sha256 = models.CharField(max_length=64)
    arrived_at = models.DateTimeField()
    told = models.CharField(max_length=12, blank=True)  # on_its_way, told, too_late
    taken_back_at = models.DateTimeField(null=True)  # the client took back what it rode on


class TakenIn(models.Model):
    """That a message from another practice was taken in: the same one, handed over again, changes nothing."""

    id = models.UUIDField(primary_key=True, help_text="The message's own name.")
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()


class LinkIssue(models.Model):
    """A recipient's link sent again (a nudge), or a new link with a new code, with how staff knew her.

    by: None for the one reminder that the product sends by itself when a recipient falls silent.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="issues")
    kind = models.CharField(max_length=8)  # nudge, new_code
    how = SealedField(privacy="work")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
