"""What comes with a client's choice beside the choice itself."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from warmhandoff.accounts.models import Practice
from warmhandoff.core.fields import SealedField
from warmhandoff.referrals.models.referral import Choice


class ChoiceMore(models.Model):
    """Who helped her choose, and whether a helper may have a copy of the list."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT)
    choice = models.OneToOneField(Choice, on_delete=models.CASCADE, related_name="more")
    helped_by = models.CharField(max_length=12, blank=True)  # interpreter, supporter, reader
    helper = SealedField(privacy="identity")
    helper_gets_list = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(helper_gets_list=False) | ~Q(helped_by=""), name="a_copy_is_for_a_helper"
            )
        ]
