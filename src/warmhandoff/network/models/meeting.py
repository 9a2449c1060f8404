"""Acquaintance: what one knows of a colleague, the groups one meets in, what was planned and done, and goals."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.directory.models import Listing


class Contact(models.Model):
    """What a practice knows of a colleague beside the facts of the listing. How well it knows them, how they met and
    the notes stand in the directory's overlay, where the engine and the listing's page read them."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="contacts")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="contacts")
    style = SealedField(privacy="work")
    fees = SealedField(privacy="work")
    next_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "listing"], name="one_contact_a_listing")]
        indexes = [models.Index(fields=["practice", "next_on"])]


class Group(models.Model):
    """A group that meets, or an event on a day."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8)  # group, event
    place = models.CharField(max_length=120, blank=True)
    next_on = models.DateField(null=True)
    notes = SealedField(privacy="work")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Outreach(models.Model):
    """One coffee, call, visit or note with a colleague or a group: planned, done or dropped, and what follows."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="outreach")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="outreach")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, null=True, related_name="outreach")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="outreach")
    way = models.CharField(max_length=10)
    planned_on = models.DateField(null=True)
    done_on = models.DateField(null=True)
    words = SealedField(privacy="work")
    follow_up_on = models.DateField(null=True)
    followed_up_on = models.DateField(null=True)
    dropped_at = models.DateTimeField(null=True)
    version = models.PositiveSmallIntegerField(default=0)  # of its entry in calendars
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_on__isnull=False) | Q(done_on__isnull=False), name="outreach_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(listing__isnull=False, group=None) | Q(listing=None, group__isnull=False),
                name="outreach_is_to_someone_or_a_group",
            ),
            models.CheckConstraint(
                condition=Q(follow_up_on=None) | Q(done_on__isnull=False), name="what_is_done_is_followed_up"
            ),
        ]
        indexes = [models.Index(fields=["by", "planned_on"]), models.Index(fields=["practice", "listing", "-done_on"])]


class Goal(models.Model):
    """What a member means to do each month, for herself."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="goals")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="goals")
    what = models.CharField(max_length=12)  # new, touches
    a_month = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "what"], condition=Q(ended_at=None), name="one_goal_of_a_kind_at_a_time"
            ),
            models.CheckConstraint(condition=Q(a_month__gte=1, a_month__lte=31), name="a_goal_can_be_met"),
        ]
