"""What a packet is made of beside the record, its later versions, and what left on another lawful basis."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import LawfulDisclosure, Release
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.referrals.models.handoff import Delivery, Packet
from warmhandoff.referrals.models.referral import Referral


class PacketPart(models.Model):
    """What the clinician typed or pasted for the packets of a referral: one text a class of information."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="packet_parts")
    part = models.CharField(max_length=40)  # a code of information_classes
    text = SealedField(privacy="clinical")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "part"], name="one_text_a_class")]


class Amendment(models.Model):
    """A later version of a packet, given to one recipient who has the earlier one."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="amendments")
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="amendments")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    handed_over_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "packet"], name="an_amendment_goes_once")]


class BasisPacket(models.Model):
    """What left on a lawful basis other than a release, frozen and hashed like a packet. On paper only."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="basis_packets")
    disclosure = models.OneToOneField(LawfulDisclosure, on_delete=models.PROTECT, related_name="packet")
    classes = models.JSONField(default=list)
    content = SealedJSON(privacy="clinical")
    pdf = SealedBytes(privacy="clinical")
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
