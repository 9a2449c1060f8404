"""The people in care, who cares for them, and how they may be reached."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField, SealedJSON


class Client(models.Model):
    """A client. Everything that says who she is is sealed; the list shows initials."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="clients")
    name = SealedField(privacy="identity")
    initials = SealedField(privacy="identity")
    birth_date = SealedField(privacy="identity")
    # {"phone", "email", "zip", "address"}
    contact = SealedJSON(privacy="identity")
    # {"channels": ["mail", "phone", "paper"], "voicemail": bool, "hours": str, "alias": str, "never": bool}
    safe_contact = SealedJSON(privacy="identity")
    access_code = SealedField(privacy="identity")
    language = models.CharField(max_length=2, default="en")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Keyed hashes of name, telephone and e-mail, to find equal ones without opening any (clients.indexing)
    name_index = models.CharField(max_length=64, blank=True)
    phone_index = models.CharField(max_length=64, blank=True)
    email_index = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "name_index"]), models.Index(fields=["practice", "phone_index"]),
            models.Index(fields=["practice", "email_index"]),
        ]


class CareTeam(models.Model):
    """Need to know within a practice: who of the staff cares for this client."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="team")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="caring_for")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "membership"], condition=Q(until=None), name="once_on_a_team")
        ]


class PortalKey(models.Model):
    """One single-use link to the client's page. Opens nothing without the access code; a new link ends the old."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="portal_keys")
    referral_id = models.UUIDField(null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)


class IdentityCheck(models.Model):
    """Staff recorded that the person behind link and code is the client: needed before she signs by herself."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="identity_checks")
    how = SealedField(privacy="work")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT)
    at = models.DateTimeField()


class EmergencyAccess(models.Model):
    """Someone who is not on the team opened a client in an emergency: for hours, with a reason, reviewed later."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="emergencies")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="emergencies")
    kind = models.CharField(max_length=20)
    words = SealedField(privacy="work")
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="emergencies_reviewed"
    )
    review = SealedField(privacy="work")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | (Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(reviewed_by=F("membership"))),
                name="an_emergency_is_reviewed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["membership", "ends_at"]), models.Index(fields=["practice", "-opened_at"])]
