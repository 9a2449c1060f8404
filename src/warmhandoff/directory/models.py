"""Listings as they can be referred to, the facts they are made of, and each practice's overlay on them."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField, SealedJSON


class Source(models.Model):
    """Where facts come from: a file imported with a mapping, a pasted list, a person's own entry."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, null=True)
    kind = models.CharField(max_length=20)  # csv, hsds, nppes, plan_net, pasted, entered, demo
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "name"], name="one_source_a_name"),
            models.UniqueConstraint(fields=["name"], condition=Q(practice=None), name="one_shared_source_a_name"),
        ]


class Listing(models.Model):
    """One provider or service. `practice` null: shared by every practice of the server.

    The columns below and `facts_now` are derived from the facts by `directory.listing.derive`, and can be rebuilt.
    """

    id = models.BigAutoField(primary_key=True)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, null=True, related_name="listings")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="listings")
    source_key = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=40)
    city = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip = models.CharField(max_length=5, blank=True)
    npi = models.CharField(max_length=10, blank=True, db_index=True)
    # field -> {"value", "seen_on", "verified_on" (or null), "source" (uuid), "person" (true: a person's word)}
    facts_now = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True)
    asked_out_at = models.DateTimeField(null=True, help_text="When the listing itself asked not to be listed.")
    changed_at = models.DateTimeField()
    changed_in = models.BigIntegerField(default=0, help_text="The directory's version that changed it last.")
    seen_in = models.UUIDField(null=True, help_text="The import run that read it last.")
    row_hash = models.CharField(
        max_length=48, blank=True, default="", db_default="", help_text="What its row said last, to pass over the same."
    )
    # A row that is the same as another points to it. It keeps its key and its facts: undoing takes the pointer away.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    survivor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="stands_for",
        help_text="Where the chain of `merged_into` ends: the row that is shown and referred to.",
    )
    merged_in = models.BigIntegerField(default=0, help_text="The directory's version that merged it.")
    # Derived by `words.words_of` and `words.facets_of`; the index over them is raised by `searching.raise_index`.
    name_words = models.TextField(
        blank=True, default="", db_default="", help_text="The words of its names, as they are looked up."
    )
    more_words = models.TextField(blank=True, default="", db_default="", help_text="Its other words.")
    facets = models.TextField(
        blank=True, default="", db_default="", help_text="What it is counted under, and until when."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="one_listing_a_source_row")]
        indexes = [
            models.Index(fields=["practice", "kind"]),
            models.Index(fields=["name"]),
            models.Index(fields=["changed_in"]),
        ]

    def __str__(self) -> str:
        return self.name


class Fact(models.Model):
    """Append-only: what a source said of one field of a listing. A null value says "now unknown"."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="facts")
    field = models.CharField(max_length=40)
    value = models.JSONField(null=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    seen_on = models.DateField()
    verified_on = models.DateField(null=True)
    by = models.UUIDField(null=True, help_text="The membership that entered or confirmed it.")

    class Meta:
        indexes = [models.Index(fields=["listing", "field", "-id"])]


class Overlay(models.Model):
    """What one practice knows of a listing. `trust` follows from `relationship`; ties are shown to clients.

    `facts_now` holds what this practice's people said of a listing that all practices share: it stands over the
    shared facts, for this practice alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="overlays")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="overlays")
    relationship = models.CharField(max_length=20, default="unknown")
    how_met = models.CharField(max_length=200, blank=True)
    excluded = models.BooleanField(default=False)
    tie_kind = models.CharField(max_length=20, blank=True)
    tie_text = models.CharField(max_length=300, blank=True)
    notes = SealedField(privacy="work")
    confirmed = models.BooleanField(default=True, help_text="False: read from a pasted list, not yet confirmed.")
    facts_now = models.JSONField(default=dict)
    changed_in = models.BigIntegerField(default=0)
    # While other listings are merged into this one, the columns above are combined with theirs; this is what they
    # were alone, and what they become again when the merging is undone.
    own = SealedJSON(privacy="work")
    settled_in = models.BigIntegerField(default=0, help_text="The version in which a person wrote it last.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "listing"], name="one_overlay_a_listing")]


class Merge(models.Model):
    """That one row was found to be the same as another: by whom, on what grounds, and whether it was undone."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, null=True, help_text="For whom it counts; null: for the whole server."
    )
    gone = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="merges")
    kept = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="merges_kept")
    how = models.CharField(max_length=12)  # sure, person
    weight = models.FloatField(default=0)
    why = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.UUIDField(null=True, help_text="The membership that said so; null: found to be sure by the rule.")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merged_into_one_at_a_time")
        ]
        indexes = [models.Index(fields=["practice", "-at"])]


class Likeness(models.Model):
    """Two rows that may be the same, waiting for a person to say; what she said is remembered."""

    id = models.BigAutoField(primary_key=True)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, null=True)
    first = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField()
    why = models.JSONField(default=list)  # [[field, level, bits], ...]: what the weight is the sum of
    state = models.CharField(max_length=10, default="waiting")  # waiting, later, same, different
    look_on = models.DateField(null=True)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_asked_about_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="a_pair_has_one_order"),
        ]
        indexes = [models.Index(fields=["practice", "state", "-weight"])]


class Report(models.Model):
    """Append-only: what a practice met with when it called, asked or referred to a listing.

    Only counts and days leave this table. `about` is the handoff it was met with, if any, which is asked after once.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="reports")
    # by people: number_dead, not_accepting, never_answered, wrong_kind, reached, no_answer (both of a call);
    # by referrals: answered (in time), silent, first_seen
    kind = models.CharField(max_length=20)
    about = models.UUIDField(null=True)
    days = models.PositiveIntegerField(null=True, help_text="From asking to the first appointment.")
    words = SealedField(privacy="work")
    at = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            # A handoff was answered in time or it was not: whichever is told first stands.
            models.UniqueConstraint(
                fields=["about"], condition=Q(kind__in=["answered", "silent"]), name="a_handoff_is_answered_or_not"
            ),
            models.UniqueConstraint(fields=["about", "kind"], name="a_handoff_is_told_of_once"),
        ]
        indexes = [models.Index(fields=["practice", "listing", "-at"])]


class Asking(models.Model):
    """A link by which a listing looks at what is held of it and says what is true; used once, and ended by time."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="askings")
    way = models.CharField(max_length=8)  # mail, by_hand
    to = SealedField(privacy="work")
    to_hash = models.CharField(max_length=64, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    by = models.UUIDField(null=True)
    # Whether it went to the address that all practices read: then the answer is the listing's word for all of them.
    for_all = models.BooleanField(default=False)
    answer = models.CharField(max_length=10, blank=True)  # still, change, pause, remove
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["listing", "-asked_at"])]


class OptOut(models.Model):
    """An address that asked not to be written to. Only its keyed hash is kept."""

    address_hash = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()


class Claim(models.Model):
    """That a member of this server keeps a listing as her own, from its confirmation until she leaves or lets go."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="claims")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="claims")
    how = models.CharField(max_length=8)  # mail, practice
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "listing"], condition=Q(ended_at=None), name="one_claim_of_a_member"
            )
        ]


class SharedCounts(models.Model):
    """That a practice lets its counts (answered in time, asked) into what all practices of the server read."""

    practice = models.OneToOneField(Practice, on_delete=models.CASCADE, primary_key=True)
    agreed_at = models.DateTimeField()
    agreed_by = models.UUIDField()


class DirectoryVersion(models.Model):
    """One row: a number that every change of the directory raises, in the change's own transaction.

    What each process keeps in memory is compared with it, so that a change is seen by the next query of all of them.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    looked_through = models.BigIntegerField(default=0, help_text="The version up to which doubles were looked for.")
    looked_at = models.DateTimeField(null=True)


class MatchingIndex(models.Model):
    """One row: the folder of the shared listings' index that counts now. Its files can be made again at any time.

    The row changes only when a whole folder is on the disk, so a crash leaves the older one; a restored backup names
    a folder that is as old as the backup, or one that is not there, which is as good as none.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    folder = models.CharField(max_length=60)
    made_at = models.DateTimeField()


class WeightsSet(models.Model):
    """How much each wish counts for a practice, from one change to the next. Never changed: answers name it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="weights_sets")
    number = models.PositiveIntegerField()
    weights = models.JSONField(help_text="Term -> whole number; a term left out has the product's default.")
    set_at = models.DateTimeField()
    set_by = models.UUIDField(null=True, help_text="The membership that set them.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "number"], name="one_set_of_weights_a_number")]


class ImportRun(models.Model):
    """One import: what it read, how far it came, what it reported. A run that was killed goes on from `position`."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    file_hash = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    position = models.JSONField(null=True, help_text="Where in the file the last batch that landed ends.")
    step = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Raised by each batch, so that two runs cannot both go on."
    )
    report = models.JSONField(default=dict)


class Upload(models.Model):
    """A file a member sent to be imported, between its trial run and its landing; gone after either, or a day."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    name = models.CharField(max_length=200)
    mapping = models.TextField(help_text="The text of a mapping, or the name of a shipped one; empty: by the header.")
    data = models.BinaryField()
    created_at = models.DateTimeField()


class ColumnMapping(models.Model):
    """What a practice said of the columns of one kind of file: used again for a file with the same headings."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    name = models.CharField(max_length=60)
    headings = models.JSONField(help_text="The file's headings, in order.")
    headings_hash = models.CharField(max_length=64)
    choices = models.JSONField(help_text="What was chosen on the screen, to be changed there.")
    text = models.TextField(help_text="The same as a mapping file.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "name"], name="one_mapping_a_name"),
            models.UniqueConstraint(fields=["practice", "headings_hash"], name="one_mapping_for_headings"),
        ]


class ListingList(models.Model):
    """A named list of listings: one member's own, or shared with the practice."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    owner = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_list_a_name")]

    def __str__(self) -> str:
        return self.name


class ListEntry(models.Model):
    """One listing on one list."""

    list = models.ForeignKey(ListingList, on_delete=models.CASCADE, related_name="entries")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE)
    added_at = models.DateTimeField()
    added_by = models.UUIDField(null=True, help_text="The membership that put it there.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "listing"], name="once_on_a_list")]


class ListingDraft(models.Model):
    """A listing half entered: what was typed, unchecked. Erased once it is entered, dropped, or left for 90 days."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE)
    typed = models.JSONField(help_text="field -> the texts that were typed into it")
    changed_at = models.DateTimeField()
