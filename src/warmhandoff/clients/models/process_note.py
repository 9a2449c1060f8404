"""Psychotherapy notes (45 CFR 164.501): a table and a key of their own, read by nobody but their author."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models.client import Client
from warmhandoff.core.fields import SealedBytes


class ProcessNoteKey(models.Model):
    """A practice's key for psychotherapy notes alone, wrapped by a key of the encryption key file.

    Its columns make it one of core.rotating.wrapped_tables: it is wrapped anew, and destroyed with the practice's
    others.
    """

    WRAPPED_FOR = b"process notes"

    practice = models.OneToOneField(Practice, on_delete=models.PROTECT)
    wrapped_by = models.CharField(max_length=40)
    wrapped = models.BinaryField()


class ProcessNote(models.Model):
    """One note. `body` is sealed twice: under the key for these notes, and so as all that is sealed is."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    body = SealedBytes(privacy="clinical")
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["author", "client"])]
