"""What every app stands on: keys, the timeline, the audit, jobs, messages on their way, attempts."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.core import clock
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON


class PracticeKey(models.Model):
    """A practice's data key, wrapped by a key of the encryption key file. Deleting it shreds the practice."""

    practice_id = models.UUIDField()
    version = models.PositiveIntegerField()
    wrapped_by = models.CharField(max_length=40)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice_id", "version"], name="one_key_a_version")]


class Event(models.Model):
    """One row per change: timeline, audit of the change, outbox trigger and measure at once. Never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice_id = models.UUIDField()
    client_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    move = models.CharField(max_length=60)
    side = models.CharField(max_length=20)
    membership_id = models.UUIDField(null=True)
    actor_name = SealedField(privacy="identity")
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    facts = SealedJSON(privacy="clinical")
    release_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Two moves of one subject cannot both be its n-th: the race has one winner also here.
            models.UniqueConstraint(fields=["subject_id", "number"], name="one_event_a_number"),
        ]
        indexes = [models.Index(fields=["practice_id", "-at"]), models.Index(fields=["client_id", "-at"])]


class AuditEntry(models.Model):
    """Who looked at, changed or was refused what. Ids and verbs only; never content. Appended, never rewritten.

    `chain` names the practice, or the server where there is none; core/chain.py says what `mac` is made over.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    chain = models.CharField(max_length=32)
    number = models.PositiveBigIntegerField()
    practice_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    side = models.CharField(max_length=20)
    membership_id = models.UUIDField(null=True)  # where `side` is "api": the program
    verb = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=20, default="done")
    basis = models.UUIDField(null=True, help_text="The release a disclosure rode on.")
    signed_by = models.CharField(max_length=40)
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_entry_a_number")]
        indexes = [models.Index(fields=["membership_id", "-number"], name="entries_of_a_member")]


class AuditHead(models.Model):
    """Where a chain of the audit stands. Its row is the lock behind which the next entry gets number and mac."""

    chain = models.CharField(max_length=32, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True)


class AuditedClient(models.Model):
    """Which clients one audit entry concerns: one entry for a list page, one row here for each client on it."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="clients")
    client_id = models.UUIDField(db_index=True)


class Job(models.Model):
    """Work to be done after a change, enqueued in the change's own transaction, claimed by conditional update."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="ready")  # ready, running, done, dead, parked
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=8)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=200, null=True, unique=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "run_at"])]


class Message(models.Model):
    """One message on its way out: neutral words and a link, never health information. Its body is erased once sent."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice_id = models.UUIDField()
    client_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    channel = models.CharField(max_length=20)  # mail, sms, by_hand
    template = models.CharField(max_length=60)
    to = SealedField(privacy="identity")
    body = SealedJSON(privacy="identity")
    state = models.CharField(max_length=12, default="waiting")  # waiting, in_flight, sent, stopped, failed
    deadline_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True, help_text="It waits for this moment: the hours she named safe.")
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=200, unique=True)

    class Meta:
        indexes = [models.Index(fields=["practice_id", "-created_at"]), models.Index(fields=["subject_id"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="a_sent_message_has_its_time"
            )
        ]


class Attempt(models.Model):
    """Wrong secrets counted per key (a keyed hash of account, link or address); shared by every path that takes one."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    blocked_until = models.DateTimeField(null=True)
    recent = models.JSONField(null=True, help_text="When the last wrong ones were (seconds), as many as count.")
    taken = models.PositiveIntegerField(default=0, db_default=0, help_text="Tries under way.")
    taken_until = models.DateTimeField(null=True)


class Epoch(models.Model):
    """One life of this database: a restore begins a new one, and nothing is disclosed in it until a person says so."""

    number = models.PositiveIntegerField(primary_key=True)
    began_at = models.DateTimeField()
    backup_at = models.DateTimeField(help_text="When the backup was made that this epoch began with.")
    gate_opened_at = models.DateTimeField(null=True)


class JournalEntry(models.Model):
    """An end that a restore must not undo, on its way to the journal file outside the database. Ids only."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)  # release_revoked, member_left, referral_erased, client_erased
    practice_id = models.UUIDField()
    subject_id = models.UUIDField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["written_at"])]


class Attachment(models.Model):
    """A file that was checked (core/uploads.py), sealed in the database, so that a backup needs nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice_id = models.UUIDField()
    client_id = models.UUIDField(db_index=True)
    subject_kind = models.CharField(max_length=40)  # release
    subject_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8)  # pdf, png, jpeg
    data = SealedBytes(privacy="clinical")
    size = models.PositiveIntegerField()
    added_by = models.UUIDField(null=True, help_text="The membership that added it.")
    added_at = models.DateTimeField()
