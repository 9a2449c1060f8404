"""What referrals keeps of a client, for her own export and for the accounting of disclosures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from warmhandoff.core.holding import Disclosure, disclosures, part
from warmhandoff.referrals.models import (
    Attendance,
    CheckIn,
    Choice,
    Conversation,
    Delivery,
    LinkIssue,
    Option,
    Packet,
    Referral,
)


def _of(model: type[models.Model], order: str, *with_it: str) -> Any:
    def rows(client_id: UUID) -> Any:
        found = model._default_manager.filter(referral__client_id=client_id).order_by("referral__created_at", order)
        return found.select_related(*with_it) if with_it else found

    return rows


def _referrals(client_id: UUID) -> Any:
    rows = Referral.objects.filter(client_id=client_id).select_related("owner__user", "next_owner__user")
    return rows.order_by("created_at")


def _issues(client_id: UUID) -> Any:
    rows = LinkIssue.objects.filter(delivery__referral__client_id=client_id)
    return rows.select_related("delivery", "by__user").order_by("at")


def _ranked(choice: Choice) -> list[str]:
    """The names behind the listings she put in order."""
    names = dict(Option.objects.filter(referral=choice.referral_id).values_list("listing_id", "listing__name"))
    return [names.get(one, str(one)) for one in choice.ranked]


def _handed_over(client_id: UUID) -> list[Disclosure]:
    """What left, each on a release: an authorized disclosure, which the law does not ask to be accounted for."""
    rows = Delivery.objects.filter(referral__client_id=client_id, handed_over_at__isnull=False)
    return [
        Disclosure(
            row.handed_over_at, row.listing.name, row.to.reveal(), tuple(row.packet.classes), row.referral.purpose,
            "release", required=False, release=str(row.release_id),
        )
        for row in rows.select_related("listing", "packet", "referral")
        if row.handed_over_at
    ]  # fmt: skip


def register() -> None:
    """The parts in the order in which she reads them."""
    part("Referrals", Referral, _referrals)
    part("Conversations", Conversation, _of(Conversation, "held_on", "by__user"))
    part("Options", Option, _of(Option, "order", "listing"))
    part("Choices", Choice, _of(Choice, "at"), ranked=_ranked)
    part("Packets", Packet, _of(Packet, "frozen_at", "frozen_by__user"))
    part("Deliveries", Delivery, _of(Delivery, "queued_at", "listing", "packet", "release"))
    part("Links given again", LinkIssue, _issues)
    part("Sessions", Attendance, _of(Attendance, "at"))
    part("Check-ins", CheckIn, _of(CheckIn, "at"))
    disclosures("handed over", _handed_over)
