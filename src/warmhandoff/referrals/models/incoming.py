"""Referrals that reach this practice from outside."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.rules import incoming


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
    urgent = models.BooleanField(default=False)  # in the urgent queue, where the practice staffs one
    answered_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)  # when the sender's practice told that it closed it
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
                | Q(state="over")  # a waiting list was an answer, silence was none
                | (~Q(state__in=sorted(incoming.ANSWERED)) & Q(answered_at=None)),
                name="an_answer_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(incoming.OPEN), due_at__isnull=False)
                | (~Q(state__in=sorted(incoming.OPEN)) & Q(due_at=None)),
                name="what_is_owed_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="over") | Q(over_at__isnull=False), name="what_is_over_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(thanked_at=None) | Q(thanks_skipped=False), name="thanked_or_skipped_not_both"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state", "due_at"]), models.Index(fields=["to_member", "state", "due_at"])
        ]
