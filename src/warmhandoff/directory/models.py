"""Listings as they can be referred to, the facts they are made of, and each practice's overlay on them."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedField


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
    changed_at = models.DateTimeField()
    changed_in = models.BigIntegerField(default=0, help_text="The directory's version that changed it last.")
    seen_in = models.UUIDField(null=True, help_text="The import run that read it last.")
    row_hash = models.CharField(
        max_length=48, blank=True, default="", db_default="", help_text="What its row said last, to pass over the same."
    )
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "listing"], name="one_overlay_a_listing")]


class DirectoryVersion(models.Model):
    """One row: a number that every change of the directory raises, in the change's own transaction.

    What each process keeps in memory is compared with it, so that a change is seen by the next query of all of them.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)


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
