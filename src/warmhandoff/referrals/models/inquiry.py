"""Asking without a name: an inquiry to several listings, and a need post with the answers it brought.

None of it says who the client is: texts are about the helper sought. They are sealed all the same, for they hang on
a referral.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.core.fields import SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.referrals.models.referral import Referral
from warmhandoff.rules.inquiry import ENDS, STATES


class Inquiry(models.Model):
    """One question to several listings, with the client's spoken consent and what the check said."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="inquiries")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="inquiries")
    text = SealedField(privacy="clinical")
    consent_on = models.DateField()
    consent_words = SealedField(privacy="clinical")
    # {"k": about how many share it, "kinds": what was found, "why": the reason why it was sent all the same}
    checked = SealedJSON(privacy="work")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    silent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="") | Q(ended_at__isnull=False, ended__in=sorted(ENDS)),
                name="an_inquiry_ends_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["ended_at", "due_at"])]


class Asked(models.Model):
    """What one listing was asked, and what it said. The token opens the page where the text stands, and no more."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="asked")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="asked")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="asked")
    way = models.CharField(max_length=8)  # mail, by_hand, phone
    to = SealedField(privacy="work")
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    token = SealedField(privacy="work")
    state = models.CharField(max_length=12, default="waiting")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    # {"openings", "fee", "formats", "weeks", "why", "question", "words"}: what goes with the answer
    answer_facts = SealedJSON(privacy="work")
    told_by = models.CharField(max_length=8, blank=True)  # page, phone
    question_answer = SealedField(privacy="work")
    confirmed_at = models.DateTimeField(null=True)
    fell_through_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "listing"], name="a_listing_is_asked_once_an_inquiry"),
            # Of all who have room the client says yes to one: the database itself refuses a second.
            models.UniqueConstraint(
                fields=["referral"], condition=Q(confirmed_at__isnull=False, fell_through_at=None),
                name="one_confirmed_a_referral",
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(STATES)), name="asked_state_is_known"),
        ]
        indexes = [models.Index(fields=["practice", "listing", "asked_at"])]


class NeedPost(models.Model):
    """A text for a listserv or a group. Its link opens the page where colleagues answer."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="need_posts")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="need_posts")
    text = SealedField(privacy="clinical")
    checked = SealedJSON(privacy="work")  # as in Inquiry
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    token = SealedField(privacy="work")
    posted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class PostReply(models.Model):
    """A colleague's answer to a need post, in her own words. She is a stranger: nothing of it is believed yet."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    post = models.ForeignKey(NeedPost, on_delete=models.CASCADE, related_name="replies")
    # {"name", "practice", "phone", "email", "openings", "words"}
    said = SealedJSON(privacy="work")
    at = models.DateTimeField()
    listing = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, related_name="post_replies")
    set_aside_at = models.DateTimeField(null=True)
